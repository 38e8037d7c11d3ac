"""Handing over: a part is offered to the agency that really holds the data, and taken or not."""

from datetime import datetime
from typing import Any

from django.db import transaction

from portal.catalogue import queries as catalogue
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights import policy
from rights.actions.handling import mark_delivered
from rights.actions.steps import locked, note, say, words
from rights.errors import AgencyUnknown, OfferStanding, SameAgency, UnknownOffer
from rights.models import Handover, Part
from rights.states import HandoverState


@transaction.atomic
def transfer(part: Part, *, agency: str, reason: str, actor: Actor, at: datetime) -> Part:
    """Offer a part to another agency. It stays here, and its clock runs, until that one takes it.

    Raises AgencyUnknown, SameAgency, OfferStanding.
    """
    part = locked(part, "rights.transfer", actor)
    reason = words(reason, "reason")
    receiver = catalogue.agencies([agency]).get(agency)
    if receiver is None or not receiver.active:
        raise AgencyUnknown
    if receiver.pk == part.agency_id:
        raise SameAgency
    part.require_open()
    if Handover.objects.filter(part=part, state=HandoverState.OFFERED).exists():
        raise OfferStanding
    part = mark_delivered(part, actor=actor, at=at)
    offer = Handover.objects.create(
        part=part,
        agency_id=part.agency_id,
        recipient_id=receiver.pk,
        subject_key=part.subject_key,
        number=part.request.number,
        kind=part.kind,
        dataset_id=part.dataset_id,
        due_at=part.due_at,
        reason=reason,
        offered_at=at,
        offered_by=actor.user_id,
    )
    say(part, reason, is_from_agency=True, at=at)
    note(part, "offered", actor=actor, at=at, receiver=receiver.code)
    data = {"offer": str(offer.pk), "due_at": part.due_at.isoformat(), "kind": part.kind}
    outbox.notify(receiver.pk, "rights.part.offered", str(offer.pk), data, at=at)
    return part


@transaction.atomic
def accept_offer(offer: Handover, *, actor: Actor, at: datetime) -> Handover:
    """Take the part. The portal makes it after commit: no agency writes into another's rows."""
    offer = _locked(offer, actor)
    offer.move_to(HandoverState.ACCEPTED)
    _decided(offer, "", "accepted", actor=actor, at=at)
    outbox.put("rights.part.transferred", offer_id=offer.pk)
    return offer


@transaction.atomic
def decline_offer(offer: Handover, *, reason: str, actor: Actor, at: datetime) -> Handover:
    """Not take it, and say why; the agency that offered it goes on."""
    offer = _locked(offer, actor)
    offer.move_to(HandoverState.DECLINED)
    _decided(offer, words(reason, "reason"), "declined", actor=actor, at=at)
    outbox.notify(offer.agency_id, "rights.part.declined", str(offer.part_id), {"part": str(offer.part_id)}, at=at)
    return offer


def _locked(offer: Handover, actor: Actor) -> Handover:
    found = Handover.objects.select_for_update().filter(pk=offer.pk).first()
    if found is None:
        raise UnknownOffer
    policy.require_receiver(actor, found)
    return found


def _decided(offer: Handover, answer: str, event: str, *, actor: Actor, at: datetime) -> None:
    offer.answer, offer.decided_at = answer, at
    offer.decided_by, offer.decided_by_client = actor.user_id, actor.client_id or ""
    offer.save(update_fields=["state", "answer", "decided_at", "decided_by", "decided_by_client"])
    facts: dict[str, Any] = {"part": offer.part_id, "receiver": offer.recipient_id}
    key = bytes(offer.subject_key)
    trail.record(f"rights.offer.{event}", actor=actor, at=at, about=offer, subject=key, agency=offer.agency_id, **facts)
