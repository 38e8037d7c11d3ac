"""Every move between states, in Python and in the database; and what each kind may at most."""

from itertools import product

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.law import queries as law
from portal.representation.models import Representation
from portal.representation.states import MOVES, RULES, Act, Kind, State, require_move
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove
from tests.representation import factories as town

PAIRS = list(product(State, State))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_move_is_made_where_the_table_has_it_and_nowhere_else(before: State, after: State) -> None:
    if after in MOVES[before]:
        require_move(before, after)
    else:
        with pytest.raises(IllegalMove):
            require_move(before, after)


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), [(one, two) for one, two in PAIRS if one != two])
def test_the_database_says_the_same(before: State, after: State) -> None:
    row = town.granted(town.person(), town.person())
    facts = {"proven_at": timezone.now(), "proof": "grant", "waits_for": "", "answer_by": None}
    with acting_as(Actor.portal()):
        rows = Representation.objects.filter(pk=row.pk)
        if before != State.ASKED:
            rows.update(state=before, ended_at=None if before == State.PROVEN else timezone.now(), **facts)
        changes = {"state": after, "ended_at": None if after in (State.ASKED, State.PROVEN) else timezone.now()}
        if after in MOVES[before]:
            rows.update(**changes, **facts)
        else:
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**changes, **facts)


def test_consent_is_never_a_young_persons_guardians_nor_a_dead_persons_relatives() -> None:
    for kind in (Kind.MINOR, Kind.RELATIVE):
        assert Act.CONSENT not in RULES[kind].acts
    assert [kind for kind in Kind if RULES[kind].is_guardian] == [Kind.CHILD, Kind.ADULT]


@pytest.mark.django_db
def test_parties_and_scope_never_change_and_no_row_is_removed() -> None:
    row = town.granted(town.person(), town.person(), Act.SEE)
    with acting_as(Actor.portal()):
        rows = Representation.objects.filter(pk=row.pk)
        for change in ({"acts": ["see", "consent"]}, {"kind": "agent"}, {"subject_key": bytes(16)}):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_the_ages_are_those_of_the_law() -> None:
    assert (law.jurisdiction("cn").ages.guardian_below, law.jurisdiction("gdpr").ages.guardian_below) == (14, 16)
