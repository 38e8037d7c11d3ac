"""Whether an agreement covers what was shared (Decree 809, Articles 20, 21 and 25): what is unlawful on its face.

Consumers of `ledger.events.stored`: they see a batch's events as the portal, after the call that brought them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils import timezone

from portal.ledger import actions, counting, queries
from portal.ledger.models import FaceFault, Outcome, SharingEvent
from portal.outbox.models import Message
from portal.trail.actor import current

# The catalogue's word for a legal basis, and the law's. One that was not stated when an old register was taken over
# is held against nobody.
_SAME_BASIS: Final[Mapping[str, str]] = {
    "duty": "statutory_duty",
    "consent": "consent",
    "contract": "contract",
    "emergency": "emergency",
    "public-interest": "public_interest_news",
    "disclosed": "self_disclosed",
    "other-law": "other_law",
}
Faults = dict[tuple[bytes, UUID], tuple[FaceFault, ...]]


class Terms(Protocol):
    """What is read of an agreement."""

    pk: UUID
    recipient_id: UUID
    status: str
    legal_basis: str
    valid_from: date
    valid_until: date | None
    ended_at: datetime | None
    items: Any


def check_coverage(message: Message, at: datetime) -> None:
    """Flag the events of a batch that rest on no agreement and name no consent (that one is consent's to check)."""
    doubtful = [
        event
        for event in queries.events_of_batch(UUID(message.payload["batch_id"])).select_related("dataset")
        if event.outcome == Outcome.SENT and event.consent_id is None and event.recipient_id != event.provider_id
    ]
    faults = faults_of(doubtful)
    if faults:
        uncovered = [event for event in doubtful if (event.subject_key, event.id) in faults]
        actions.flag_uncovered(uncovered, faults=faults, actor=current(), at=at)


def count_flows(message: Message, _at: datetime) -> None:
    """Add a batch to the public figures."""
    counting.count_batch(message.payload["batch_id"])


def faults_of(events: Sequence[SharingEvent]) -> Faults:
    """The events that no agreement covered on their day, and in what; three queries whatever their number.

    An event that names an agreement must be covered by that one; one that names none, by any.
    """
    datasets = {event.dataset_id: event.dataset for event in events}
    if datasets:
        prefetch_related_objects(list(datasets.values()), "agreements", "agreements__items")
    found: Faults = {}
    for event in events:
        faults = _faults(event, datasets[event.dataset_id].agreements.all())
        if faults:
            found[event.subject_key, event.id] = faults
    return found


def _faults(event: SharingEvent, agreements: Iterable[Terms]) -> tuple[FaceFault, ...]:
    if event.agreement_id is None:
        covered = any(not _missed(terms, event) for terms in agreements)
        return () if covered else (FaceFault.NONE,)
    named = next((terms for terms in agreements if terms.pk == event.agreement_id), None)
    return (FaceFault.DATASET,) if named is None else _missed(named, event)


def _missed(terms: Terms, event: SharingEvent) -> tuple[FaceFault, ...]:
    """In what an agreement does not cover an event; nothing where it does.

    Plain words can't be compared by a machine: of the purpose it sees whether the legal basis is the agreed one.
    """
    on = timezone.localtime(event.occurred_at, timezone.get_default_timezone()).date()
    in_term = terms.valid_from <= on and (terms.valid_until is None or on <= terms.valid_until)
    in_force = terms.status == "granted" or (terms.ended_at is not None and event.occurred_at < terms.ended_at)
    agreed_basis = _SAME_BASIS.get(terms.legal_basis, event.legal_basis)
    checks = {
        FaceFault.RECIPIENT: terms.recipient_id == event.recipient_id,
        FaceFault.ITEMS: _includes([item.code for item in terms.items.all()], event.items),
        FaceFault.PURPOSE: event.agreement_id is None or agreed_basis == event.legal_basis,
        FaceFault.DATE: in_term and in_force,
    }
    return tuple(fault for fault, holds in checks.items() if not holds)


def _includes(agreed: Iterable[str], shared: Sequence[str]) -> bool:
    """An agreement that names no items covers all; one that names some covers no more than these."""
    named = set(agreed)
    return not named or (bool(shared) and named.issuperset(shared))
