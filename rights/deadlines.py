"""Every deadline is counted, and its breach is visible: to the person, the department and the regulator, once each."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from portal.law import clock as days
from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from rights.actions import steps
from rights.models import Part
from rights.states import RUNNING

SOON = 3  # working days
LONGEST_HOLIDAY = timedelta(days=21)  # no three working days lie further apart


def watch(*, at: datetime) -> tuple[int, int]:
    """Warn of parts that are due soon and note those that are late; how many of each. Harmless when run twice."""
    with acting_as(Actor.portal()) as portal:
        late = list(_running().filter(due_at__lt=at, overdue_at=None))
        for part in late:
            part.overdue_at = at
            steps.note(part, "overdue", actor=portal, at=at, fields=["overdue_at"], due_at=part.due_at)
            steps.tell_person(part, "part_overdue", at=at)
            steps.tell_agency(part, "overdue", at=at)
        calendar = law.calendar()
        waiting = _running().filter(due_at__gte=at, due_at__lt=at + LONGEST_HOLIDAY, warned_at=None)
        soon = [part for part in waiting if days.working_days_left(part.due_at, at=at, calendar=calendar) <= SOON]
        for part in soon:
            part.warned_at = at
            steps.note(part, "warned", actor=portal, at=at, fields=["warned_at"], due_at=part.due_at)
            steps.tell_agency(part, "due_soon", at=at)
    return len(soon), len(late)


def _running() -> QuerySet[Part]:
    rows = Part.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("request", "agency").filter(state__in=RUNNING).order_by("due_at")
