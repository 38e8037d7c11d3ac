"""Every deadline is counted, and its breach is visible: to the person, the department and the regulator, once each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet

from portal.inbox import actions as inbox
from portal.law import clock as days
from portal.law import queries as law
from portal.law.calendars import Calendar
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as
from rights.actions import appeals, steps
from rights.between import Escalation, Rung
from rights.models import Appeal, Complaint, Part
from rights.states import APPEAL_OPEN, COMPLAINT_OPEN, RUNNING

SOON = 3  # working days
LONGEST_HOLIDAY = timedelta(days=21)  # no three working days lie further apart
# How many working days after its deadline a part goes up; the portal's own rule, since no law has one.
RUNGS: Final[Mapping[Rung, int]] = {Rung.HEAD: 2, Rung.REGULATOR: 5}
PORTAL: Final = Actor.portal()


@dataclass(frozen=True)
class Watched:
    """How many parts were warned of, became late, went up; how many reviews became late."""

    soon: int
    late: int
    escalated: int = 0
    reviews: int = 0


def watch(*, at: datetime) -> Watched:
    """Warn of parts that are due soon, note those that are late and have them go up; how many of each.

    Everything is judged by the deadline alone: run twice it changes nothing, and after a day without it all is made
    up for.
    """
    with acting_as(PORTAL):
        calendar = law.calendar()
        late = _late(at)
        return Watched(_soon(at, calendar), late, _escalated(at, calendar), _late_reviews(at))


def _late(at: datetime) -> int:
    late = list(_running().filter(due_at__lt=at, overdue_at=None))
    for part in late:
        part.overdue_at = at
        steps.note(part, "overdue", actor=PORTAL, at=at, fields=["overdue_at"], due_at=part.due_at)
        steps.tell_person(part, "part_overdue", at=at)
        steps.tell_agency(part, "overdue", at=at)
    return len(late)


def _soon(at: datetime, calendar: Calendar) -> int:
    waiting = _running().filter(due_at__gte=at, due_at__lt=at + LONGEST_HOLIDAY, warned_at=None)
    soon = [part for part in waiting if days.working_days_left(part.due_at, at=at, calendar=calendar) <= SOON]
    for part in soon:
        part.warned_at = at
        steps.note(part, "warned", actor=PORTAL, at=at, fields=["warned_at"], due_at=part.due_at)
        steps.tell_agency(part, "due_soon", at=at)
    return len(soon)


def _escalated(at: datetime, calendar: Calendar) -> int:
    """The lowest rung first, also where both are due at once."""
    count = 0
    for rung, after in RUNGS.items():
        above = Q(escalations__rung=rung, escalations__due_at=F("due_at"))
        gone_up = Part.objects.filter(above).values("pk")
        for part in _running().filter(due_at__lt=at).exclude(pk__in=gone_up):
            if -days.working_days_left(part.due_at, at=at, calendar=calendar) < after:
                continue
            Escalation.objects.create(
                part=part, agency_id=part.agency_id, subject_key=part.subject_key, rung=rung, due_at=part.due_at, at=at
            )
            steps.note(part, "escalated", actor=PORTAL, at=at, rung=rung, due_at=part.due_at)
            steps.tell_agency(part, "overdue", at=at, rung=rung.value)
            count += 1
    return count


def _late_reviews(at: datetime) -> int:
    """Appeals and complaints that nobody decided in time: the person is told, and may go on."""
    late = Appeal.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "part__request", "part__agency"
    )
    found = list(late.filter(state__in=APPEAL_OPEN, due_at__lt=at, overdue_at=None).order_by("due_at"))
    for appeal in found:
        appeal.overdue_at = at
        appeal.save(update_fields=["overdue_at"])
        appeals.note(appeal, "overdue", actor=PORTAL, at=at, due_at=appeal.due_at)
        appeals.tell(appeal, "appeal_overdue", at=at)
    complaints = Complaint.objects.select_for_update(skip_locked=True)
    unheard = list(complaints.filter(state__in=COMPLAINT_OPEN, due_at__lt=at, overdue_at=None).order_by("due_at"))
    for complaint in unheard:
        complaint.overdue_at = at
        complaint.save(update_fields=["overdue_at"])
        key = bytes(complaint.subject_key)
        trail.record(
            "rights.complaint.overdue", actor=PORTAL, at=at, about=complaint, subject=key, due_at=complaint.due_at
        )
        inbox.tell(key, "complaint_overdue", at=at, about=complaint, number=complaint.number)
    return len(found) + len(unheard)


def _running() -> QuerySet[Part]:
    rows = Part.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("request", "agency").filter(state__in=RUNNING).order_by("due_at")


def escalated_to_regulator() -> list[Part]:
    """Late parts that went up to the regulator and still wait, the latest first."""
    rows = Part.objects.filter(
        state__in=RUNNING, escalations__rung=Rung.REGULATOR, escalations__due_at=F("due_at")
    )  # fmt: skip
    return list(rows.select_related("request", "agency", "dataset").order_by("due_at", "id"))
