"""Every change to where an agency hears webhooks, by its administrator: registered, given a new secret, tried, off."""

from base64 import b64encode
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from portal.outbox import actions as outbox
from portal.outbox import policy, webhooks
from portal.outbox.errors import EndpointOff, NothingToResend
from portal.outbox.models import Endpoint, Webhook
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor
from portal.trail.errors import NotFound
from portal.trail.ids import new_id

OVERLAP: Final = timedelta(days=7)  # how long a former secret signs too
TEST: Final = "portal.test"


@transaction.atomic
def register(agency_id: UUID, *, url: str, actor: Actor, at: datetime) -> tuple[Endpoint, str]:
    """An address for an agency's webhooks, and the secret that signs them, told this once; raises AddressRefused."""
    policy.require_keeper(actor, agency_id)
    secret = _new_secret()
    endpoint = webhooks.register(agency_id, url, secret, at=at)
    _record("outbox.endpoint.registered", endpoint, actor, at)
    return endpoint, secret


@transaction.atomic
def rotate_secret(endpoint: Endpoint, *, actor: Actor, at: datetime, overlap: timedelta = OVERLAP) -> str:
    """A new secret, told this once. Until the overlap is over webhooks carry the former one's signature too."""
    endpoint = _locked(endpoint, actor)
    secret = _new_secret()
    endpoint.former_secret_sealed, endpoint.former_secret_until = endpoint.secret_sealed, at + overlap
    endpoint.secret_sealed = vault.seal(secret, place=webhooks.place(endpoint.pk))
    endpoint.save(update_fields=["secret_sealed", "former_secret_sealed", "former_secret_until"])
    _record("outbox.endpoint.secret_rotated", endpoint, actor, at, until=endpoint.former_secret_until)
    return secret


@transaction.atomic
def drop_former_secret(endpoint: Endpoint, *, actor: Actor, at: datetime) -> None:
    """End the overlap now: the receiver checks by the new secret, or the former one leaked."""
    endpoint = _locked(endpoint, actor)
    endpoint.former_secret_sealed, endpoint.former_secret_until = None, None
    endpoint.save(update_fields=["former_secret_sealed", "former_secret_until"])
    _record("outbox.endpoint.former_secret_dropped", endpoint, actor, at)


@transaction.atomic
def switch_off(endpoint: Endpoint, *, actor: Actor, at: datetime) -> None:
    """Nothing more is sent there; what waits is given up when its turn comes. Not undone: register it again."""
    endpoint = _locked(endpoint, actor)
    endpoint.active, endpoint.switched_off_at = False, at
    endpoint.save(update_fields=["active", "switched_off_at"])
    _record("outbox.endpoint.switched_off", endpoint, actor, at)


@transaction.atomic
def send_test(endpoint: Endpoint, *, actor: Actor, at: datetime) -> Webhook:
    """Send a webhook that says nothing but that it arrives. Each is an object of its own, so it waits for none."""
    endpoint = _locked(endpoint, actor)
    webhook = Webhook(
        endpoint=endpoint, event=TEST, object_id=f"test:{new_id()}", sequence=1, data={}, created_at=at
    )  # fmt: skip
    webhook.save(force_insert=True)
    outbox.put("outbox.webhook.created", webhook_id=webhook.pk)
    _record("outbox.endpoint.tested", endpoint, actor, at)
    return webhook


@transaction.atomic
def resend(endpoint: Endpoint, *, actor: Actor, at: datetime) -> int:
    """Try once more what was given up, each under its own id and in order; how many. Raises NothingToResend."""
    endpoint = _locked(endpoint, actor)
    given_up = Webhook.objects.filter(endpoint=endpoint, delivered_at=None, given_up_at__isnull=False)
    identifiers = list(given_up.order_by("created_at", "sequence").values_list("pk", flat=True))
    if not identifiers:
        raise NothingToResend
    for identifier in identifiers:
        outbox.put("outbox.webhook.created", webhook_id=identifier)
    _record("outbox.endpoint.resent", endpoint, actor, at, webhooks=len(identifiers))
    return len(identifiers)


def _locked(endpoint: Endpoint, actor: Actor) -> Endpoint:
    """The row, locked; raises NotFound for another agency's, NotPermitted, and EndpointOff for one that is off."""
    found = Endpoint.objects.select_for_update(of=("self",)).filter(pk=endpoint.pk).first()
    if found is None:
        raise NotFound
    policy.require_keeper(actor, found.agency_id)
    if not found.active:
        raise EndpointOff
    return found


def _record(event: str, endpoint: Endpoint, actor: Actor, at: datetime, **facts: Any) -> None:
    trail.record(event, actor=actor, at=at, about=endpoint, agency=endpoint.agency_id, **facts)


def _new_secret() -> str:
    return "whsec_" + b64encode(token_bytes(32)).decode()
