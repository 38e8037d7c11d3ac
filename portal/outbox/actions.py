"""Putting messages into the outbox, handing them to Celery, and handling each once.

A row is written in the transaction of the act and is the truth; what goes through Redis is its id, and may be
lost, doubled or late: the sweep hands out again what nobody finished, and `handle` finishes a row once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import uniform
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.outbox.errors import NotYet, UnknownTopic
from portal.outbox.models import Heartbeat, Message, MessageState
from portal.trail.actor import Actor, acting_as
from portal.trail.canonical import plain

log = structlog.get_logger(__name__)

TASK_OPTIONS: Final[dict[str, Any]] = {"acks_late": True, "ignore_result": True, "max_retries": 0}
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)
# Until the sweep hands out again what nobody finished. Twice is harmless: a message that is worked on is locked or
# claimed. A worker that was killed costs this long, and a task that takes longer costs an id.
HANDED_OUT = timedelta(seconds=20)
MAX_ATTEMPTS = 30  # 84 to 126 hours: longer than a webhook is tried (outbox.webhooks.GIVE_UP_AFTER)
SWEEP = 500
BEAT = "beat"  # the heartbeat of the sweep, and so of beat itself

P = TypeVar("P")
R = TypeVar("R")


def put(topic: str, **ids: Any) -> None:
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
        transaction.on_commit(partial(hand_over, message.task, message.id), robust=True)


def put_each(topic: str, payloads: Iterable[Mapping[str, Any]]) -> None:
    """The same for many at once: nothing is handed over here, the next sweeps take them in their turn."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is written in the transaction of the act")
    try:
        tasks = settings.PORTAL_OUTBOX_ROUTES[topic]
    except KeyError as error:
        raise UnknownTopic(topic) from error
    rows = [Message(topic=topic, task=task, payload=plain(ids)) for ids in payloads for task in tasks]
    Message.objects.bulk_create(rows, batch_size=1_000)


def notify(agency_id: UUID, event: str, object_id: str, data: dict[str, Any], *, at: datetime) -> None:
    """Tell a department's endpoints that `event` happened to `object_id`; `data` are identifiers."""
    put("outbox.webhook.due", agency=agency_id, event=event, object=object_id, data=data, at=at)


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
        Message.objects.filter(pk__in=[message.pk for message in due]).update(next_attempt_at=at + HANDED_OUT)
        Heartbeat.objects.update_or_create(worker=BEAT, defaults={"at": at, "token": ""})
    for message in due:
        hand_over(message.task, message.id)
    return len(due)


def beat(worker: str, token: str, *, at: datetime) -> None:
    """Note that `worker` took this heartbeat from the broker and ran it."""
    with acting_as(Actor.portal()):
        Heartbeat.objects.update_or_create(worker=worker, defaults={"at": at, "token": token})


def handle(message_id: str, consumer: Callable[[Message, datetime], None]) -> None:
    """Let `consumer` act on the message in one transaction as the portal, and mark it done in the same.

    Skips a message that another worker holds or that is done. A failure leaves nothing behind but the count of
    attempts and the time of the next one.
    """
    at = timezone.now()  # nosemgrep: no-clock-in-the-domain  # the task's edge: consumers are told the time
    try:
        with acting_as(Actor.portal()):
            message = _claimed(message_id)
            if message is None:
                return
            consumer(message, at)
            Message.objects.filter(pk=message.pk).update(
                state=MessageState.DONE, done_at=at, attempts=message.attempts + 1
            )
    except Exception as error:
        _put_off(message_id, error, at)


def handle_outside(
    message_id: str,
    *,
    prepare: Callable[[Message, datetime], P | None],
    send: Callable[[P], R],
    settle: Callable[[P, R, datetime], None],
) -> None:
    """Do what the message asks of the world outside, with no transaction open while the network is waited for.

    `prepare` reads what is to be sent (None: nothing any more), `send` talks, `settle` writes what came of it; an
    exception in any of them puts the message off. Delivery is at least once: the receiver tells repeats by their id.
    """
    at = timezone.now()  # nosemgrep: no-clock-in-the-domain  # the task's edge: consumers are told the time
    try:
        with acting_as(Actor.portal()):
            message = _claimed_for_network(message_id, at)
            if message is None:
                return
            prepared = prepare(message, at)
        result = None if prepared is None else send(prepared)
        done_at = timezone.now()  # nosemgrep: no-clock-in-the-domain  # the network took its time
        with acting_as(Actor.portal()):
            if prepared is not None and result is not None:
                settle(prepared, result, done_at)
            Message.objects.filter(pk=message.pk, state=MessageState.WAITING).update(
                state=MessageState.DONE, done_at=done_at, attempts=message.attempts + 1, claimed_until=None
            )
    except Exception as error:
        _put_off(message_id, error, at)


def _claimed_for_network(message_id: str, at: datetime) -> Message | None:
    """A conditional UPDATE, so that a doubled Celery message does not send twice at once."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    waiting = Message.objects.filter(pk=message_id, state=MessageState.WAITING)
    if waiting.filter(free).update(claimed_until=at + LEASE):
        return Message.objects.get(pk=message_id)
    waiting.update(next_attempt_at=F("claimed_until"))  # whoever claimed it may have been killed: not before, not later
    return None


def _put_off(message_id: str, error: Exception, at: datetime) -> None:
    match error:
        case NotYet(seconds=seconds, reason=reason):
            _postpone(message_id, at + timedelta(seconds=seconds), reason)
        case _:
            log.exception("outbox.failed", message=message_id, error=type(error).__name__)
            _failed(message_id, at, f"{type(error).__name__}: {error}"[:500])


def _claimed(message_id: str) -> Message | None:
    return Message.objects.select_for_update(skip_locked=True).filter(pk=message_id, state=MessageState.WAITING).first()


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
        message.claimed_until = None
        message.next_attempt_at = at + backoff(message.attempts)
        if message.attempts >= MAX_ATTEMPTS:
            message.state = MessageState.DEAD  # nosemgrep: state-by-move-to  # no machine: it waits, or is over
        message.save(update_fields=["attempts", "last_error", "claimed_until", "next_attempt_at", "state"])


def _postpone(message_id: str, until: datetime, reason: str) -> None:
    with acting_as(Actor.portal()):
        Message.objects.filter(pk=message_id, state=MessageState.WAITING).update(
            next_attempt_at=until, claimed_until=None, last_error=reason
        )
