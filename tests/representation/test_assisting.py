"""At the counter: a code that the present person alone sees, thirty minutes, both recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.inbox.models import Letter
from portal.ledger.models import Holding
from portal.representation import actions, queries
from portal.representation.errors import NotStanding, UnknownRepresentation, WrongCode
from portal.representation.models import Representation
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests import people
from tests.people import as_citizen, as_clerk
from tests.representation import factories as town

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def clerk() -> Actor:
    return as_clerk(people.clerk(town.desk()))


def assisted(by: Actor, user: User) -> Representation:
    with acting_as(by):
        return actions.assist(town.number_of(user), clerk_name="Gao Jie", actor=by, at=timezone.now())


def code_of(user: User) -> str:
    with acting_as(as_citizen(user)):
        letter = Letter.objects.filter(kind="representation_code").latest("created_at")
        assert letter.params["code"] in letter.body
        return str(letter.params["code"])


def confirmed(by: Actor, row: Representation, code: str, *, later: timedelta = timedelta()) -> Representation:
    with acting_as(by):
        return actions.confirm(row, code=code, actor=by, at=timezone.now() + later)


def test_with_the_persons_code_the_clerk_acts_for_half_an_hour_and_both_are_recorded() -> None:
    sun, gao = town.person(85), clerk()
    row = assisted(gao, sun)
    code = code_of(sun)
    proven = confirmed(gao, row, f"{code[:4]} {code[4:]}")
    assert (proven.state, proven.proof) == ("proven", "code")
    assert proven.valid_until
    assert timedelta(minutes=29) < proven.valid_until - timezone.now() <= timedelta(minutes=30)
    with acting_as(gao):
        actions.begin_acting(proven, actor=gao, at=timezone.now())
    begun = town.entry("representation.acting.begun")
    assert (begun.actor_user, begun.actor_agency, begun.on_behalf_of) == (gao.user_id, gao.agency_id, sun.subject_key)
    assert begun.facts["representation"] == str(row.pk)
    with acting_as(as_citizen(sun)):
        (done,) = queries.done_for(sun.subject_key or b"")
    assert done.by == "Gao Jie"
    assert town.expire(proven.valid_until) == 1
    with acting_as(gao), pytest.raises(NotStanding):
        actions.begin_acting(proven, actor=gao, at=timezone.now())


def test_the_code_is_nowhere_but_in_the_persons_inbox() -> None:
    sun, gao = town.person(85), clerk()
    row = assisted(gao, sun)
    code = code_of(sun)
    with acting_as(gao):
        assert Letter.objects.count() == 0
        assert code not in str(Representation.objects.filter(pk=row.pk).values())
    assert code not in str(town.entry("representation.representation.asked").facts)


def test_five_wrong_guesses_are_the_last_even_with_the_right_code() -> None:
    sun, gao = town.person(85), clerk()
    row = assisted(gao, sun)
    code = code_of(sun)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(5):  # the page answers with the refusal, and what was counted stays
        with acting_as(gao), pytest.raises(WrongCode):
            actions.confirm(row, code=wrong, actor=gao, at=timezone.now())
    assert town.now(row).guesses == 5
    with pytest.raises(WrongCode):
        confirmed(gao, row, code)


def test_an_old_code_and_one_used_once_are_no_longer_good() -> None:
    sun, gao = town.person(85), clerk()
    row = assisted(gao, sun)
    with pytest.raises(WrongCode):
        confirmed(gao, row, code_of(sun), later=11 * MINUTE)
    confirmed(gao, row, code_of(sun))
    with pytest.raises(WrongCode):
        confirmed(gao, row, code_of(sun))


def test_another_clerk_cannot_use_it_and_citizens_cannot_assist() -> None:
    sun, gao = town.person(85), clerk()
    row = assisted(gao, sun)
    colleague = as_clerk(people.clerk(town.desk(), "colleague"))
    with pytest.raises(NotPermitted):
        confirmed(colleague, row, code_of(sun))
    foreign = as_clerk(people.clerk(people.agency("tax")))
    with pytest.raises(UnknownRepresentation):
        confirmed(foreign, row, code_of(sun))
    with pytest.raises(NotPermitted):
        assisted(as_citizen(town.person()), sun)


def test_somebody_who_never_signed_in_is_answered_alike() -> None:
    gao = clerk()
    with acting_as(gao):
        row = actions.assist(people.number(), clerk_name="Gao Jie", actor=gao, at=timezone.now())
    assert (row.state, row.waits_for) == ("asked", "code")


def test_the_person_ends_it_and_the_clerk_sees_nothing_more() -> None:
    sun, gao = town.person(85), clerk()
    row = confirmed(gao, assisted(gao, sun), code_of(sun))
    standing_in = gao.standing_in_for(sun.subject_key or b"", queries.mandate_of(row))
    with acting_as(standing_in):
        assert Representation.objects.filter(pk=row.pk).exists()
        assert Holding.objects.count() == 0
    assert town.act("end", row, sun).state == "ended"
    with acting_as(as_citizen(sun)):
        assert queries.sides(sun.subject_key or b"", at=timezone.now()).past[0].representative == "Gao Jie"
