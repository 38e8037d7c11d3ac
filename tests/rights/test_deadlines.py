"""Deadlines are watched: a warning before, a note after, each once; a stopped clock is never late."""

import pytest

from portal.trail.actor import Actor, acting_as
from rights import deadlines, queries
from rights.states import Outcome
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def test_a_late_part_is_noted_once_and_everybody_concerned_hears_of_it() -> None:
    request = town.routed()
    part = town.part(request)
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    late = part.due_at + DAY
    assert deadlines.watch(at=late) == (0, 1)
    assert deadlines.watch(at=late + DAY) == (0, 0)
    assert town.now(part).overdue_at == late
    assert town.events(part)[-1] == "rights.part.overdue"
    assert town.letters(request)[-1] == "part_overdue"
    assert town.webhooks()[-1] == ("rights.part.overdue", str(part.pk))


def test_a_department_is_warned_once_three_working_days_before() -> None:
    part = town.part()
    assert deadlines.watch(at=part.due_at - 10 * DAY) == (0, 0)
    assert deadlines.watch(at=part.due_at - 2 * DAY) == (2, 0)
    assert deadlines.watch(at=part.due_at - DAY) == (0, 0)
    assert town.events(part)[-1] == "rights.part.warned"
    assert ("rights.part.due_soon", str(part.pk)) in town.webhooks()


def test_after_an_extension_it_is_warned_of_the_new_day_too() -> None:
    part = town.part()
    deadlines.watch(at=part.due_at - DAY)
    extended = town.act("extend", part, reason="Many records.", at=part.due_at - DAY)
    assert deadlines.watch(at=extended.due_at - DAY) == (1, 1)  # the other part became late meanwhile


def test_while_the_person_is_asked_nothing_is_late() -> None:
    request = town.routed()
    for of in ("tax", "housing"):
        town.act("ask", town.part(request, of), text="Which year?")
    assert deadlines.watch(at=AT + 100 * DAY) == (0, 0)


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
