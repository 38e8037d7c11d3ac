"""Putting messages into the outbox, handing them to Celery, and handling each once.

A row is written in the transaction of the act and is the truth; what goes through Redis is its id, and may be
lost, doubled or late: the sweep hands out again what nobody finished, and `handle` finishes a row once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import uniform
from typing import Any, Final
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.outbox.errors import NotYet, UnknownTopic
from portal.outbox.models import Message, MessageState
from portal.trail.actor import Actor, acting_as
from portal.trail.canonical import plain

log = structlog.get_logger(__name__)

TASK_OPTIONS: Final[dict[str, Any]] = {"acks_late": True, "ignore_result": True, "max_retries": 0}
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)
MAX_ATTEMPTS = 20
SWEEP = 500


def put(topic: str, **ids: str | UUID | int) -> None:
    """Tell every consumer of `topic`, once the caller's transaction commits. `ids` are identifiers only."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is written in the transaction of the act")
    try:
        tasks = settings.PORTAL_OUTBOX_ROUTES[topic]
    except KeyError as error:
        raise UnknownTopic(topic) from error
    messages = [Message(topic=topic, task=task, payload=plain(ids)) for task in tasks]
    Message.objects.bulk_create(messages)
    for message in messages:
        transaction.on_commit(lambda message=message: hand_over(message.task, message.id), robust=True)


def hand_over(task: str, message_id: UUID) -> None:
    """Give Celery the id now rather than at the next sweep. The broker may be away: the sweep makes up for it."""
    try:
        current_app.send_task(task, args=[str(message_id)], expires=LEASE.total_seconds())
    except (OperationalError, OSError) as error:
        log.warning("outbox.broker_away", task=task, error=type(error).__name__)


def sweep(*, at: datetime) -> int:
    """Hand to Celery what is due and that nobody works on; how many. Run by beat, and harmless when run twice."""
    with acting_as(Actor.portal()):
        due = list(
            Message.objects.select_for_update(skip_locked=True)
            .filter(state=MessageState.WAITING, next_attempt_at__lte=at)
            .order_by("next_attempt_at")[:SWEEP]
        )
        Message.objects.filter(pk__in=[message.pk for message in due]).update(
            leased_until=at + LEASE, next_attempt_at=at + LEASE
        )
    for message in due:
        hand_over(message.task, message.id)
    return len(due)


def handle(message_id: str, consumer: Callable[[Message, datetime], None]) -> None:
    """Let `consumer` act on the message in one transaction as the portal, and mark it done in the same.

    Skips a message that another worker holds or that is done. A failure leaves nothing behind but the count of
    attempts and the time of the next one.
    """
    at = timezone.now()
    try:
        with acting_as(Actor.portal()):
            message = _claimed(message_id)
            if message is None:
                return
            consumer(message, at)
            Message.objects.filter(pk=message.pk).update(
                state=MessageState.DONE, done_at=at, attempts=message.attempts + 1, leased_until=None
            )
    except NotYet as later:
        _postpone(message_id, at + timedelta(seconds=later.seconds), later.reason)
    except Exception as error:
        log.exception("outbox.failed", message=message_id, error=type(error).__name__)
        _failed(message_id, at, f"{type(error).__name__}: {error}"[:500])


def _claimed(message_id: str) -> Message | None:
    return (
        Message.objects.select_for_update(skip_locked=True).filter(pk=message_id, state=MessageState.WAITING).first()
    )


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of attempts: 2 s doubling to 6 hours, with jitter against herds."""
    return timedelta(seconds=min(2.0**attempts, 6 * 3600) * uniform(0.8, 1.2))  # noqa: S311  # spreads load, hides nothing


def _failed(message_id: str, at: datetime, error: str) -> None:
    with acting_as(Actor.portal()):
        message = _claimed(message_id)
        if message is None:
            return
        message.attempts += 1
        message.last_error = error
        message.leased_until = None
        message.next_attempt_at = at + backoff(message.attempts)
        if message.attempts >= MAX_ATTEMPTS:
            message.state = MessageState.DEAD
        message.save(update_fields=["attempts", "last_error", "leased_until", "next_attempt_at", "state"])


def _postpone(message_id: str, until: datetime, reason: str) -> None:
    with acting_as(Actor.portal()):
        Message.objects.filter(pk=message_id, state=MessageState.WAITING).update(
            next_attempt_at=until, leased_until=None, last_error=reason
        )
