"""How the outbox is doing: for the health page and the supervisor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from portal.outbox.models import Heartbeat, Message, MessageState


@dataclass(frozen=True)
class Backlog:
    """What has not left yet: how many messages wait, since when the oldest is due, how many were given up."""

    waiting: int
    oldest: timedelta
    dead: int


def last_beat(worker: str) -> datetime | None:
    """When `worker` last proved that it takes work; None if it never did."""
    return Heartbeat.objects.filter(worker=worker).values_list("at", flat=True).first()


def backlog(*, at: datetime) -> Backlog:
    """The outbox in numbers, as the portal sees it; one query."""
    waiting = Q(state=MessageState.WAITING)
    found = Message.objects.exclude(state=MessageState.DONE).aggregate(
        waiting=Count("pk", filter=waiting),
        due_since=Min("next_attempt_at", filter=waiting),
        dead=Count("pk", filter=Q(state=MessageState.DEAD)),
    )
    due_since = found["due_since"] or at
    return Backlog(found["waiting"], max(at - due_since, timedelta()), found["dead"])
