"""How the outbox is doing: for the health page and the supervisor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from portal.outbox.models import Attempt, Endpoint, Heartbeat, Message, MessageState


@dataclass(frozen=True)
class Backlog:
    """What has not left yet: how many messages wait, since when the oldest is due, how many were given up."""

    waiting: int
    oldest: timedelta
    dead: int


def last_beat(worker: str) -> datetime | None:
    """When `worker` last proved that it takes work; None if it never did."""
    return Heartbeat.objects.filter(worker=worker).values_list("at", flat=True).first()


def endpoints_of(agency_id: UUID) -> QuerySet[Endpoint]:
    """Where an agency hears webhooks, or did, the newest first."""
    return Endpoint.objects.filter(agency_id=agency_id).order_by("-created_at", "-id")


def attempts_at(endpoint: Endpoint, most: int) -> list[Attempt]:
    """The last tries to deliver to an endpoint, each with its webhook, the newest first."""
    found = Attempt.objects.filter(webhook__endpoint=endpoint).select_related("webhook")
    return list(found.order_by("-at", "-id")[:most])


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
