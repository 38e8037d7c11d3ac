"""The moves between states: over every pair, in Python and in the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import Consent
from consent.states import LIVE, MOVES, STANDING, ConsentState, require_move
from portal.trail.errors import IllegalMove
from tests.consent import factories as town
from tests.consent.factories import AT, YEAR

AsOwner = Callable[[], AbstractContextManager[None]]
PAIRS = [(before, after) for before in ConsentState for after in ConsentState]
# How each state is reached from the first, by legal moves.
WAYS = {state: (state,) for state in MOVES[ConsentState.REQUESTED]} | {
    ConsentState.REQUESTED: (),
    ConsentState.PAUSED: (ConsentState.GIVEN, ConsentState.PAUSED),
    ConsentState.WITHDRAWN: (ConsentState.GIVEN, ConsentState.WITHDRAWN),
    ConsentState.EXPIRED: (ConsentState.GIVEN, ConsentState.EXPIRED),
}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_python_allows_exactly_the_moves_of_the_table(before: ConsentState, after: ConsentState) -> None:
    if after in MOVES[before]:
        require_move(before, after)
    else:
        with pytest.raises(IllegalMove):
            require_move(before, after)


@pytest.mark.django_db
def test_the_database_allows_exactly_the_moves_of_the_table(as_owner: AsOwner) -> None:
    consent = town.asked()
    with as_owner():
        for before, after in PAIRS:
            if before == after:
                continue
            with transaction.atomic():
                for step in WAYS[before]:
                    _force(consent, step)
                assert _moves(consent, after) == (after in MOVES[before]), (before, after)
                transaction.set_rollback(True)


def _moves(consent: Consent, after: ConsentState) -> bool:
    """Whether the trigger lets it pass; any other fault of the database is a fault of this test."""
    try:
        with transaction.atomic():
            _force(consent, after)
    except DatabaseError as error:
        if "pgtrigger" not in str(error):
            raise
        return False
    return True


def _force(consent: Consent, state: ConsentState) -> None:
    """Write a state as SQL would, with the columns that its constraints ask for."""
    stands = state in STANDING
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_consent SET state = %s, items = %s, language = %s, decided_at = %s, valid_from = %s,"
            " valid_until = %s, paused_at = %s, ended_at = %s WHERE id = %s",
            [
                state.value,
                town.chosen("year") if stands else [],
                "en",
                AT,
                AT,
                AT + YEAR,
                AT if state == ConsentState.PAUSED else None,
                None if state in LIVE else AT,
                consent.id,
            ],
        )
