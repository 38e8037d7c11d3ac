"""Withdrawals that recipients must obey: who acknowledged, who has not, and who is late."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from consent import policy
from consent.errors import AcknowledgedAlready, UnknownChange
from consent.models import Stop
from portal.trail import actions as trail
from portal.trail.actor import Actor

OPEN = Q(stopped_at=None) | Q(erase_due_at__isnull=False, erased_at=None)


@transaction.atomic
def acknowledge(stop: Stop, *, erased: bool = False, actor: Actor, at: datetime) -> Stop:
    """Note that a recipient has stopped a use and, with `erased`, that what it used is gone.

    A recipient may say first that it stopped, and later that it erased. Raises AcknowledgedAlready for a repeat that
    adds nothing, NotPermitted.
    """
    policy.require(actor, "consent.acknowledge", stop.agency_id)
    held = Stop.objects.select_for_update(of=("self",)).filter(pk=stop.pk).first()
    if held is None:
        raise UnknownChange
    if held.stopped_at is not None and (not erased or held.erased_at is not None):
        raise AcknowledgedAlready
    held.stopped_at = held.stopped_at or at
    held.erased_at = held.erased_at or (at if erased else None)
    held.acknowledged_by = policy.signature(actor)
    held.save(update_fields=["stopped_at", "erased_at", "acknowledged_by"])
    trail.record(
        "consent.withdrawal.acknowledged",
        actor=actor,
        at=at,
        about=held,
        subject=held.subject_key,
        agency=held.agency_id,
        consent=held.consent_id,
        erased=erased,
    )
    return held


def stop_of(agency_id: UUID, change: UUID) -> Stop:
    """What an agency must obey by this change of its feed; raises UnknownChange."""
    found = Stop.objects.filter(agency=agency_id, pk=change).first()
    if found is None:
        raise UnknownChange
    return found


def stops_of(subject_key: bytes, consent_id: UUID) -> list[Stop]:
    """Who must stop after a person's withdrawal, and who said that they did; the open ones first."""
    rows = Stop.objects.filter(subject_key=subject_key, consent_id=consent_id).select_related("agency")
    return sorted(rows, key=lambda stop: (not stop.is_open, stop.due_at))


def open_stops() -> QuerySet[Stop]:
    """What the reader may see of withdrawals that somebody has still to obey, the most urgent first."""
    return Stop.objects.filter(OPEN).select_related("agency", "purpose").order_by("due_at", "id")


def late_stops(*, at: datetime) -> QuerySet[Stop]:
    """Those whose time has passed."""
    late = Q(stopped_at=None, due_at__lte=at) | Q(erase_due_at__lte=at, erased_at=None)
    return Stop.objects.filter(late).select_related("agency", "purpose").order_by("due_at", "id")
