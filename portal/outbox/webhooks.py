"""Webhooks to departments (Standard Webhooks 1.0): one row an endpoint, in their order, tried for 75 hours."""

import json
import time
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from django.utils import timezone
from standardwebhooks import Webhook as Signer

from portal.outbox import actions, addresses, calling
from portal.outbox.errors import NotYet, SecretRefused
from portal.outbox.models import Attempt, Endpoint, Message, MessageState, Webhook
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id

GONE = 410
LONGEST_PATIENCE = 6 * 3600.0  # seconds
SHORTEST_SECRET, LONGEST_SECRET = 24, 64  # bytes
GIVE_UP_AFTER = timedelta(hours=75)  # less than the outbox's own patience (outbox.actions.MAX_ATTEMPTS)


@dataclass(frozen=True)
class Delivery:
    """One webhook, ready to be sent."""

    webhook_id: UUID
    endpoint_id: UUID
    url: str
    body: bytes
    secrets: tuple[str, ...]  # the newest first


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or what kept one from coming."""

    status: int | None
    error: str
    seconds: float
    retry_after: float | None


@dataclass(frozen=True)
class Outcome:
    """An answer, and whether it ended the matter."""

    answer: Answer
    finished: bool


class NotTaken(Exception):
    """The receiver did not take it; the outbox tries again."""


def _require_secret(secret: str) -> None:
    """Raise SecretRefused unless it is `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks has it."""
    prefix, found, encoded = secret.partition("whsec_")
    try:
        size = len(b64decode(encoded, validate=True)) if found and not prefix else 0
    except ValueError as error:
        raise SecretRefused(field="secret") from error
    if not SHORTEST_SECRET <= size <= LONGEST_SECRET:
        raise SecretRefused(field="secret")


def register(agency_id: UUID, url: str, secret: str, *, at: datetime) -> Endpoint:
    """Note where an agency wants its webhooks; `secret` is Standard Webhooks' (`whsec_` and base64).

    Raises AddressRefused, and SecretRefused for a secret that nothing could be signed with.
    """
    addresses.target(url)
    _require_secret(secret)
    endpoint = Endpoint(id=new_id(), agency_id=agency_id, url=url, created_at=at)
    endpoint.secret_sealed = vault.seal(secret, place=place(endpoint.pk))
    endpoint.save(force_insert=True)
    return endpoint


def fan_out(message: Message, at: datetime) -> None:
    """Make a webhook for each endpoint of the agency, numbered in the order of the acts."""
    note = message.payload
    earlier = Message.objects.filter(
        topic=message.topic,
        state=MessageState.WAITING,
        pk__lt=message.pk,
        payload__agency=note["agency"],
        payload__object=note["object"],
    )
    if earlier.exists():
        raise NotYet(0.5, "an earlier event of the same object is not yet numbered")
    for endpoint in Endpoint.objects.select_for_update().filter(agency_id=note["agency"], active=True):
        sent = Webhook.objects.filter(endpoint=endpoint, object_id=note["object"]).count()
        webhook = Webhook.objects.create(
            endpoint=endpoint,
            event=note["event"],
            object_id=note["object"],
            sequence=sent + 1,
            data={**note["data"], "occurred_at": note["at"]},
            created_at=at,
        )
        actions.put("outbox.webhook.created", webhook_id=webhook.pk)


def prepare(message: Message, at: datetime) -> Delivery | None:
    """What to send, or None when the endpoint is off; waits for the object's earlier webhooks."""
    webhook = Webhook.objects.select_related("endpoint").get(pk=message.payload["webhook_id"])
    endpoint = webhook.endpoint
    if webhook.delivered_at or not endpoint.active:
        return None
    before = Webhook.objects.filter(
        endpoint=endpoint,
        object_id=webhook.object_id,
        sequence__lt=webhook.sequence,
        delivered_at=None,
        given_up_at=None,
    )
    if before.exists():
        raise NotYet(2, "an earlier webhook of the same object is not yet delivered")
    body = {
        "type": webhook.event,
        "timestamp": webhook.created_at.isoformat(),
        "sequence": webhook.sequence,
        "data": webhook.data,
    }
    return Delivery(webhook.pk, endpoint.pk, endpoint.url, json.dumps(body).encode(), _secrets(endpoint, at))


def place(endpoint_id: UUID) -> str:
    """Where an endpoint's secrets belong in the vault."""
    return f"outbox.endpoint:{endpoint_id}"


def _secrets(endpoint: Endpoint, at: datetime) -> tuple[str, ...]:
    sealed = [endpoint.secret_sealed]
    if endpoint.former_secret_sealed and endpoint.former_secret_until and at < endpoint.former_secret_until:
        sealed.append(endpoint.former_secret_sealed)
    return tuple(vault.open_sealed(secret, place=place(endpoint.pk)) for secret in sealed)


def send(delivery: Delivery) -> Answer:
    """POST it; redirects are answers like any other, and no 2xx."""
    now, started = timezone.now(), time.monotonic()
    name = f"msg_{delivery.webhook_id}"
    signatures = [Signer(secret).sign(name, now, delivery.body.decode()) for secret in delivery.secrets]
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),  # a receiver takes what one of them proves
    }
    try:
        answer = calling.post(delivery.url, delivery.body, headers)
        return Answer(answer.status_code, "", time.monotonic() - started, _retry_after(answer))
    except calling.FAILURES as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:300], time.monotonic() - started, None)


def _retry_after(answer: calling.Answer) -> float | None:
    """Seconds until the receiver wants to hear again, six hours at most: it may say them, or a date (RFC 9110)."""
    given = answer.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_PATIENCE)
    try:
        wanted = parsedate_to_datetime(given)
    except (ValueError, TypeError, OverflowError):
        return None
    if wanted.tzinfo is None:
        return None
    return min(max((wanted - timezone.now()).total_seconds(), 0.0), LONGEST_PATIENCE)


def deliver(message_id: str) -> None:
    """Send what the message names, keep the attempt, and try again later where it was not taken."""
    actions.handle_outside(
        message_id,
        prepare=prepare,
        send=lambda delivery: note(delivery, send(delivery), at=timezone.now()),
        settle=lambda _delivery, outcome, _at: verdict(outcome),
    )


def taken(answer: Answer) -> bool:
    """Whether the receiver said that it has it."""
    return answer.status is not None and 200 <= answer.status < 300


def note(delivery: Delivery, answer: Answer, *, at: datetime) -> Outcome:
    """Keep the attempt in a transaction of its own, whatever came of it; tell the apps above of a delivery."""
    with acting_as(Actor.portal()):
        webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
        Attempt.objects.create(webhook=webhook, at=at, status=answer.status, error=answer.error, seconds=answer.seconds)
        if taken(answer):
            webhook.delivered_at = at
            actions.put("outbox.webhook.delivered", event=webhook.event, object=webhook.object_id)
        elif answer.status == GONE:
            _gone(delivery.endpoint_id, at)
            webhook.given_up_at = at
        elif at - webhook.created_at > GIVE_UP_AFTER:
            webhook.given_up_at = at  # the next event of the same object has its turn
        webhook.save(update_fields=["delivered_at", "given_up_at"])
    return Outcome(answer, finished=webhook.delivered_at is not None or webhook.given_up_at is not None)


def _gone(endpoint_id: UUID, at: datetime) -> None:
    """Switch it off and tell the agency, in its trail and on the endpoint's page."""
    if Endpoint.objects.filter(pk=endpoint_id, active=True).update(active=False, switched_off_at=at):
        endpoint = Endpoint.objects.get(pk=endpoint_id)
        trail.record(
            "outbox.endpoint.gone", actor=Actor.portal(), at=at, about=endpoint, agency=endpoint.agency_id, status=GONE
        )


def verdict(outcome: Outcome) -> None:
    """Raise unless nothing is left to try."""
    answer = outcome.answer
    if outcome.finished:
        return
    if answer.retry_after is not None:
        raise NotYet(answer.retry_after, f"the receiver answered {answer.status} and asks for patience")
    raise NotTaken(answer.error or f"the receiver answered {answer.status}")
