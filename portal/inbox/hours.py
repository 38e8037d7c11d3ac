"""When a mail may go out: never in quiet hours, and in digests at the hours set here. Pure: in and out come instants.

Hours are those of the site's time zone. Quiet hours may run over midnight.
"""

from datetime import datetime, time, timedelta
from typing import Final

from django.utils import timezone

DIGEST_AT: Final = time(8)
WEEKLY_ON: Final = 0  # Monday
URGENT: Final = timedelta(hours=48)  # what must be answered sooner is mailed at once, whatever is set

Quiet = tuple[time, time] | None


def awake(quiet: Quiet, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours it falls into."""
    if quiet is None:
        return at
    begins, ends = quiet
    local = timezone.localtime(at, timezone.get_default_timezone())
    now = local.time()
    over_midnight = begins > ends
    if not ((now >= begins or now < ends) if over_midnight else (begins <= now < ends)):
        return at
    day = local.date() + timedelta(days=int(over_midnight and now >= begins))
    return datetime.combine(day, ends, tzinfo=local.tzinfo)


def next_digest(at: datetime, *, weekly: bool) -> datetime:
    """The first hour of digests after `at`."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    day = local.date()
    while True:
        moment = datetime.combine(day, DIGEST_AT, tzinfo=local.tzinfo)
        if moment > at and (not weekly or day.weekday() == WEEKLY_ON):
            return moment
        day += timedelta(days=1)


def is_urgent(answer_by: datetime | None, at: datetime) -> bool:
    """Whether an answer is needed within 48 hours of `at`."""
    return answer_by is not None and answer_by - at <= URGENT
