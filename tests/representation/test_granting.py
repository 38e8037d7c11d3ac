"""A proxy by the person's own will: asked, accepted, limited, ended by either side at any time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.representation import actions, queries
from portal.representation.actions import Grant
from portal.representation.errors import (
    AskedAlready,
    EndsBeforeItBegins,
    NameMissing,
    NothingGranted,
    NotOfAge,
    NotStanding,
    NotYourself,
    OwnGuardian,
    UnknownAgencies,
    UnknownRepresentation,
)
from portal.representation.states import Act, Kind
from portal.trail.actor import acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from portal.trail.ids import new_id
from tests import people
from tests.people import as_citizen
from tests.representation import factories as town

pytestmark = pytest.mark.django_db


def test_nothing_begins_before_the_proxy_accepts() -> None:
    wang, li = town.person(name="王武"), town.person(name="李梅")
    row = town.granted(wang, li, Act.SEE, Act.FILE)
    assert (row.kind, row.state, row.waits_for, row.acts) == ("proxy", "asked", "representative", ["file", "see"])
    assert town.letters(li) == ["representation_offered"]
    with pytest.raises(NotStanding):
        town.act("begin_acting", row, li)
    with pytest.raises(NotPermitted):
        town.act("accept", row, wang)
    accepted = town.act("accept", row, li)
    assert (accepted.state, accepted.proof) == ("proven", "grant")
    with acting_as(as_citizen(wang)):
        assert queries.shown(town.now(row), at=timezone.now()).representative == "李梅"  # who they really are
    assert town.letters(wang) == ["representation_began"]
    assert town.events(row)[:2] == ["representation.representation.granted", "representation.representation.proven"]


def test_an_agent_is_a_proxy_with_an_organisation() -> None:
    row = town.granted(town.person(), town.person(), organisation=" A law firm ")
    assert (row.kind, row.organisation) == ("agent", "A law firm")


def test_a_proxy_refuses_and_is_asked_again() -> None:
    wang, li = town.person(), town.person()
    row = town.granted(wang, li)
    with pytest.raises(AskedAlready):
        town.granted(wang, li)
    assert town.act("refuse", row, li).state == "refused"
    assert town.letters(wang) == ["representation_refused"]
    with pytest.raises(NotPermitted):  # nobody's answer is waited for any more
        town.act("accept", row, li)
    assert town.granted(wang, li).state == "asked"


@pytest.mark.parametrize("who", ["who granted it", "who was granted it"])
def test_either_side_ends_it_at_any_time_and_nothing_is_done_by_it_any_more(who: str) -> None:
    wang, li = town.person(), town.person()
    row = town.proxy(wang, li)
    ended = town.act("end", row, wang if who == "who granted it" else li)
    assert (ended.state, ended.ended_by) == ("ended", "citizen")
    assert town.letters(wang)[-1] == town.letters(li)[-1] == "representation_ended"
    with pytest.raises(NotStanding):
        town.act("begin_acting", row, li)
    with pytest.raises(IllegalMove):
        town.act("end", row, wang)


def test_it_ends_with_its_last_day() -> None:
    wang, li = town.person(), town.person()
    until = timezone.localdate() + timedelta(days=3)
    row = town.proxy(wang, li, until=until)
    assert row.valid_until
    assert timezone.localtime(row.valid_until).isoformat() == f"{until + timedelta(days=1)}T00:00:00+08:00"
    assert town.expire(row.valid_until - timedelta(seconds=1)) == 0
    with pytest.raises(NotStanding):
        town.act("begin_acting", row, li, at=row.valid_until)
    assert town.expire(row.valid_until) == 1
    assert town.now(row).state == "expired"
    assert town.came_of_age() == []


def test_what_nobody_accepts_lapses() -> None:
    row = town.granted(town.person(), town.person())
    assert row.answer_by
    assert town.expire(row.answer_by) == 1
    assert town.now(row).state == "expired"


def test_what_is_wrong_is_refused() -> None:
    wang, li = town.person(), town.person()
    number = town.number_of(li)
    yesterday = timezone.localdate() - timedelta(days=1)
    with acting_as(as_citizen(wang)) as actor:
        for wish, refusal in (
            (Grant(number, " ", (Act.SEE,)), NameMissing),
            (Grant(number, "李梅", ()), NothingGranted),
            (Grant(number, "李梅", (Act.SEE,), agencies=(new_id(),)), UnknownAgencies),
            (Grant(number, "李梅", (Act.SEE,), until=yesterday), EndsBeforeItBegins),
        ):
            with pytest.raises(refusal):
                actions.grant(wish, actor=actor, at=timezone.now())
    with pytest.raises(NotYourself):
        town.granted(wang, wang)


def test_a_child_and_an_adult_with_a_guardian_let_nobody_act() -> None:
    with pytest.raises(OwnGuardian):
        town.granted(town.person(8), town.person())
    guardian, adult = town.person(), town.person(85)
    town.shows(guardian, adult)
    town.asked(guardian, adult, Kind.ADULT)
    with pytest.raises(OwnGuardian):
        town.granted(adult, town.person())


def test_only_adults_act_for_others() -> None:
    young = town.person(17)
    row = town.granted(town.person(), young)
    with pytest.raises(NotOfAge):
        town.act("accept", row, young)
    town.shows(young, child := town.person(2))
    with pytest.raises(NotOfAge):
        town.asked(young, child)


def test_somebody_whom_nobody_knew_is_asked_like_anybody_else() -> None:
    stranger = people.number()
    with acting_as(as_citizen(town.person())) as actor:
        row = actions.grant(Grant(stranger, "陌生人", (Act.SEE,)), actor=actor, at=timezone.now())
    li = people.citizen(stranger)
    assert town.act("accept", row, li).state == "proven"


def test_others_know_nothing_of_it() -> None:
    row = town.proxy(town.person(), town.person())
    for name in ("accept", "refuse", "end", "begin_acting"):
        with pytest.raises(UnknownRepresentation):
            town.act(name, row, town.person())
    with acting_as(as_citizen(town.person())), pytest.raises(UnknownRepresentation):
        queries.one(row.pk)
