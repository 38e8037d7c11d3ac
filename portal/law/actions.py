"""Changing the calendar by hand."""

from datetime import date, datetime

from django.db import transaction

from portal.law import policy, queries
from portal.law.errors import DayOutOfRange
from portal.law.models import DayOverride
from portal.law.provisions import FIRST_YEAR, LAST_YEAR
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import Invalid


@transaction.atomic
def set_day(
    jurisdiction: str, day: date, *, working: bool, source: str, note: str = "", actor: Actor, at: datetime
) -> DayOverride:
    """Say that `day` is, or is not, a working day, on the word of `source` (the notice, with its number).

    Setting a day again replaces what was said; the trail keeps both. Deadlines already counted stay as they were
    told; what is counted from now on follows. Raises NotPermitted, UnknownProvision, DayOutOfRange, Invalid.
    """
    policy.require(actor, "law.set_day")
    code = queries.jurisdiction(jurisdiction).code
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayOutOfRange(field="day")
    if not source.strip():
        raise Invalid(field="source")
    override, _ = DayOverride.objects.update_or_create(
        jurisdiction=code,
        day=day,
        defaults={"working": working, "source": source.strip(), "note": note.strip(), "set_at": at},
    )
    queries.forget_calendars()
    trail.record(
        "law.day.set",
        actor=actor,
        at=at,
        about=override,
        jurisdiction=code,
        day=day.isoformat(),
        working=working,
        source=override.source,
    )
    return override
