"""The portal's own health in numbers. The worker counts and leaves them in the cache: the web role may not count."""

from datetime import datetime, timedelta
from typing import Final, TypedDict

from django.core.cache import cache

from portal.outbox import queries as outbox
from portal.trail import sealing
from portal.trail.actor import Actor, acting_as
from rights import queries as rights

KEY: Final = "pages.numbers"
KEPT: Final = timedelta(minutes=5)


class Numbers(TypedDict):
    """What was counted at `at`; ages in seconds."""

    at: datetime
    waiting_messages: int
    oldest_message_age: float
    dead_messages: int
    unsealed_leaves: int
    open_parts: int
    overdue_parts: int


def measure(*, at: datetime) -> Numbers:
    """Count anew, and keep it for whoever asks. Run by beat."""
    with acting_as(Actor.portal()):
        backlog = outbox.backlog(at=at)
        late = rights.overdue_by_agency(at=at)
        numbers = Numbers(
            at=at,
            waiting_messages=backlog.waiting,
            oldest_message_age=backlog.oldest.total_seconds(),
            dead_messages=backlog.dead,
            unsealed_leaves=sealing.unsealed(),
            open_parts=sum(row.open for row in late),
            overdue_parts=sum(row.overdue for row in late),
        )
    cache.set(KEY, numbers, KEPT.total_seconds())
    return numbers


def newest() -> Numbers | None:
    """The last count; None when the worker has not counted for a while."""
    numbers: Numbers | None = cache.get(KEY)
    return numbers
