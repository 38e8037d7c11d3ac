"""What a department's own books say of a month: the only sight of sharing that was never reported."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ledger import policy
from portal.ledger.models import StatedCount
from portal.ledger.rows import OLDEST
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import Invalid
from portal.trail.ids import new_id


class NoSuchMonth(Invalid):
    """A month that is not over, or from before the ledger."""

    code = "no-such-month"
    message = _("Name a month that is over, as 2026-10; the ledger begins in January 2023.")


def month_of(text: str, *, at: datetime) -> date:
    """The first day of a month written as 2026-10 that is over at `at`. Raises NoSuchMonth."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == len("2026-10") else None
    except ValueError as error:
        raise NoSuchMonth from error
    this_month = timezone.localtime(at, timezone.get_default_timezone()).date().replace(day=1)
    if first is None or not OLDEST.date() <= first < this_month:
        raise NoSuchMonth
    return first


@transaction.atomic
def state(month: date, *, sent: int, denied: int, actor: Actor, at: datetime) -> StatedCount:
    """Take what the actor's agency counted for a month; an earlier statement stays on record.

    Sealed by its trail entry. Raises NotPermitted.
    """
    agency: UUID = policy.reporting_agency(actor)
    row = StatedCount(id=new_id(), agency_id=agency, month=month, sent=sent, denied=denied, stated_at=at)
    row.save(force_insert=True)
    trail.record(
        "ledger.count.stated", actor=actor, at=at, about=row, agency=agency, month=month, sent=sent, denied=denied
    )
    return row
