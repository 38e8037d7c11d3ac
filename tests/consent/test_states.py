"""The moves between states: over every pair, in Python and in the database."""

import ast
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

import consent
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


def _writes_a_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "state" and isinstance(node.ctx, ast.Store)
    is_update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    return is_update and isinstance(node, ast.Call) and any(word.arg == "state" for word in node.keywords)


def test_a_state_is_written_by_the_moves_alone() -> None:
    """A consent's by steps.move_to (setattr: no other place looks like it), a purpose's and a round's by their own."""
    package = Path(consent.__file__).parent
    files = [file for file in package.rglob("*.py") if any(map(_writes_a_state, ast.walk(ast.parse(file.read_text()))))]
    assert [file.relative_to(package).as_posix() for file in sorted(files)] == [
        "models/purposes.py",
        "models/rounds.py",
    ]


@pytest.mark.django_db
def test_the_database_allows_exactly_the_moves_of_the_table(as_owner: AsOwner) -> None:
    question = town.asked()
    with as_owner():
        for before, after in PAIRS:
            if before == after:
                continue
            with transaction.atomic():
                for step in WAYS[before]:
                    _force(question, step)
                assert _moves(question, after) == (after in MOVES[before]), (before, after)
                transaction.set_rollback(True)


def _moves(question: Consent, after: ConsentState) -> bool:
    """Whether the trigger lets it pass; any other fault of the database is a fault of this test."""
    try:
        with transaction.atomic():
            _force(question, after)
    except DatabaseError as error:
        if "pgtrigger" not in str(error):
            raise
        return False
    return True


def _force(question: Consent, state: ConsentState) -> None:
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
                question.id,
            ],
        )
