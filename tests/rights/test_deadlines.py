"""Deadlines are watched: a warning before, a note after, each once; a stopped clock is never late."""

from datetime import datetime, timedelta

import pytest

from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from rights import deadlines, queries
from rights.between import Escalation, Rung
from rights.deadlines import RUNGS, Watched
from rights.models import Part
from rights.states import Outcome
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def test_a_late_part_is_noted_once_and_everybody_concerned_hears_of_it() -> None:
    request = town.routed()
    part = town.part(request)
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    late = part.due_at + timedelta(seconds=1)
    assert deadlines.watch(at=late) == Watched(0, 1)
    assert deadlines.watch(at=late).late == 0
    assert town.now(part).overdue_at == late
    assert town.events(part)[-1] == "rights.part.overdue"
    assert town.letters(request)[-1] == "part_overdue"
    assert town.webhooks()[-1] == ("rights.part.overdue", str(part.pk))


def test_a_department_is_warned_once_three_working_days_before() -> None:
    part = town.part()
    assert deadlines.watch(at=part.due_at - 10 * DAY) == Watched(0, 0)
    assert deadlines.watch(at=part.due_at - 2 * DAY) == Watched(2, 0)
    assert deadlines.watch(at=part.due_at - DAY) == Watched(0, 0)
    assert town.events(part)[-1] == "rights.part.warned"
    assert ("rights.part.due_soon", str(part.pk)) in town.webhooks()


def test_after_an_extension_it_is_warned_of_the_new_day_too() -> None:
    part = town.part()
    deadlines.watch(at=part.due_at - DAY)
    extended = town.act("extend", part, reason="Many records.", at=part.due_at - DAY)
    assert deadlines.watch(at=extended.due_at - DAY).soon == 1


def _days_late(part: Part, days: int) -> datetime:
    """The first day on which a part is so many working days late."""
    at = part.due_at
    while law.working_days_left(part.due_at, at=at) > -days:
        at += DAY
    return at


def _one_late() -> Part:
    request = town.routed()
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    return town.part(request)


def test_a_late_part_goes_up_to_the_head_and_then_to_the_regulator_once_each() -> None:
    part = _one_late()
    for rung, after in RUNGS.items():
        at = _days_late(part, after)
        deadlines.watch(at=at - DAY)
        assert deadlines.watch(at=at).escalated == 1
        assert deadlines.watch(at=at).escalated == 0
        assert town.now(town.escalation(part, rung)).at == at
    assert town.events(part).count("rights.part.escalated") == 2
    with acting_as(catalogue.REGULATOR):
        assert [row.pk for row in deadlines.escalated_to_regulator()] == [part.pk]


def test_when_the_watch_stood_still_all_is_made_up_for_in_one_go() -> None:
    part = _one_late()
    at = _days_late(part, RUNGS[Rung.REGULATOR]) + 3 * DAY
    assert deadlines.watch(at=at) == Watched(0, 1, 2)
    assert deadlines.watch(at=at) == Watched(0, 0)
    with acting_as(Actor.portal()):
        assert list(Escalation.objects.order_by("at", "id").values_list("rung", flat=True)) == ["head", "regulator"]


def test_what_is_answered_late_goes_up_no_further() -> None:
    part = _one_late()
    deadlines.watch(at=_days_late(part, RUNGS[Rung.HEAD]))
    town.replied(part, Outcome.NOTHING_HELD, at=part.due_at + 4 * DAY)
    assert deadlines.watch(at=part.due_at + 60 * DAY).escalated == 0
    with acting_as(catalogue.REGULATOR):
        assert deadlines.escalated_to_regulator() == []


def test_while_the_person_is_asked_nothing_is_late() -> None:
    request = town.routed()
    for of in ("tax", "housing"):
        town.act("ask", town.part(request, of), text="Which year?")
    assert deadlines.watch(at=AT + 100 * DAY) == Watched(0, 0)


def test_the_regulator_sees_who_is_late() -> None:
    request = town.routed()
    part = town.part(request)
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    with acting_as(catalogue.REGULATOR):
        (row,) = queries.overdue_by_agency(at=part.due_at + DAY)
        assert (row.agency_id, row.open, row.overdue) == (part.agency_id, 1, 1)
        assert queries.overdue_by_agency(at=AT)[0].overdue == 0
    with acting_as(Actor.visitor()):
        assert queries.overdue_by_agency(at=AT) == []
