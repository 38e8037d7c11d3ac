"""A package goes to the controller that the person named: offered to its system, fetched, acknowledged."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail import keys
from portal.trail.actor import Actor, ActorKind
from portal.trail.canonical import plain
from portal.trail.errors import NotPermitted
from rights import files
from rights.errors import HashWrong, UnknownTransfer
from rights.models import Package, Receiver, RightsRequest, Transfer

SCHEMA = "my-data-rights.transfer/1"


@transaction.atomic
def take_over(*, active: bool, actor: Actor, at: datetime) -> Receiver:
    """Say that this agency's system takes over packages that people move to it, or no longer does."""
    if actor.kind is not ActorKind.CLIENT or actor.agency_id is None:
        raise NotPermitted
    receiver, _ = Receiver.objects.update_or_create(
        agency_id=actor.agency_id, defaults={"active": active, "changed_at": at}
    )
    trail.record("rights.receiver.set", actor=actor, at=at, agency=actor.agency_id, active=active)
    return receiver


def offer(package: Package, *, actor: Actor, at: datetime) -> None:
    """Offer a package that was just sealed to the controller that its request names, if it names one.

    A package that was built anew takes the place of the one that was offered before, unless that was received.
    """
    request = package.request
    if request.receiver_id is None or request.closed_at is None:
        return
    found, is_new = Transfer.objects.get_or_create(
        request=request,
        agency_id=request.receiver_id,
        defaults={"number": request.number, "subject_key": request.subject_key, "offered_at": at, **_content(package)},
    )
    if not is_new:
        if found.received_at is not None:
            return
        Transfer.objects.filter(pk=found.pk).update(offered_at=at, fetched_at=None, **_content(package))
    _record("offered", found, actor=actor, at=at)
    data = {"transfer": str(found.pk), "request": str(request.pk)}
    outbox.notify(found.agency_id, "rights.transfer.offered", str(found.pk), data, at=at)


def _content(package: Package) -> dict[str, object]:
    return {"size": package.size, "sha256": package.sha256, "stored_as": package.stored_as}


@transaction.atomic
def fetch(identifier: UUID, *, actor: Actor, at: datetime) -> tuple[Transfer, Iterator[bytes]]:
    """The package, for the system it was offered to; also again, until it was received. Raises UnknownTransfer."""
    transfer = _locked(identifier, actor)
    if not transfer.stored_as or transfer.received_at is not None:
        raise UnknownTransfer
    transfer.fetched_at = at
    transfer.save(update_fields=["fetched_at"])
    _record("fetched", transfer, actor=actor, at=at)
    return transfer, files.opened(transfer.stored_as)


@transaction.atomic
def acknowledge_transfer(identifier: UUID, *, sha256: str, actor: Actor, at: datetime) -> Transfer:
    """Say that the package came whole: the hash is that of what came. Signed, it is the person's receipt.

    Said again it changes nothing. Raises UnknownTransfer, or HashWrong where something else came.
    """
    transfer = _locked(identifier, actor)
    if sha256.lower() != bytes(transfer.sha256).hex():
        raise HashWrong
    if transfer.received_at is not None:
        return transfer
    told = {
        "schema": SCHEMA,
        "transfer": transfer.pk,
        "request": transfer.number,
        "receiver": transfer.agency.code,
        "size": transfer.size,
        "sha256": bytes(transfer.sha256).hex(),
        "received_at": at,
    }
    transfer.received_at, transfer.receipt = at, keys.sign(plain(told), use="packages")
    transfer.save(update_fields=["received_at", "receipt"])
    _record("received", transfer, actor=actor, at=at)
    return transfer


def _locked(identifier: UUID, actor: Actor) -> Transfer:
    if actor.kind is not ActorKind.CLIENT or actor.agency_id is None:
        raise UnknownTransfer
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("agency")
    found = rows.filter(pk=identifier, agency_id=actor.agency_id).first()
    if found is None:
        raise UnknownTransfer
    return found


def _record(what: str, transfer: Transfer, *, actor: Actor, at: datetime) -> None:
    trail.record(
        f"rights.transfer.{what}",
        actor=actor,
        at=at,
        about=RightsRequest(pk=transfer.request_id),
        subject=bytes(transfer.subject_key),
        agency=transfer.agency_id,
        transfer=transfer.pk,
    )
