"""Shares that named a consent which did not stand: flagged for the citizen and the regulator.

Consumer of `ledger.events.stored`. What a consent allowed at a moment is read from its events, which are never
changed, so it does not matter how late a department reports.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from consent.models import Consent, ConsentEvent, Decision, Move, PurposeItem
from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.ledger import actions as ledger
from portal.ledger import queries as ledger_queries
from portal.outbox.models import Message
from portal.trail.actor import current

_STANDS_AFTER = frozenset({Move.GIVEN, Move.RESUMED, Move.SHORTENED})


class Share(Protocol):
    """What is read of a sharing event."""

    id: UUID
    subject_key: bytes
    dataset_id: UUID
    consent_id: UUID | None
    recipient_id: UUID | None
    items: Any
    occurred_at: datetime


AnyShare = TypeVar("AnyShare", bound=Share)


def flag_uncovered(message: Message, at: datetime) -> None:
    """Flag the events of a batch that rest on consent where none stood when they happened, and tell their citizens."""
    by_consent = {code for code, basis in law.jurisdiction().legal_bases.items() if basis.consent_based}
    events = [
        event
        for event in ledger_queries.events_of_batch(UUID(message.payload["batch_id"])).select_related("provider")
        if event.outcome == "sent" and (event.legal_basis in by_consent or event.consent_id)
    ]
    doubtful = without_consent(events)
    if not doubtful:
        return
    notes = ledger.flag_uncovered(doubtful, actor=current(), at=at)
    fresh = {(note.subject_key, note.event_id) for note in notes}
    for event in doubtful:
        if (event.subject_key, event.id) in fresh:
            agency: dict[str, Any] = {"agency_zh": event.provider.name_zh, "agency_en": event.provider.name_en}
            inbox.tell(event.subject_key, "sharing_flagged", at=at, about=event, **agency)


def without_consent(events: Sequence[AnyShare]) -> list[AnyShare]:
    """Those that no consent allowed when they happened; four queries whatever their number.

    A release that a decision recorded is covered by that decision: its consent may have been for a single use.
    """
    named = [event for event in events if event.consent_id]
    keys = {"subject_key__in": {event.subject_key for event in named}}
    ids = {event.consent_id for event in named if event.consent_id}
    consents = {(one.subject_key, one.id): one for one in Consent.objects.filter(**keys, id__in=ids)}
    steps: dict[tuple[bytes, UUID], list[ConsentEvent]] = defaultdict(list)
    for step in ConsentEvent.objects.filter(**keys, consent_id__in=ids).order_by("at", "id"):
        steps[step.subject_key, step.consent_id].append(step)
    decided = set(
        Decision.objects.filter(**keys, shared_event__in=[event.id for event in named]).values_list(
            "subject_key", "shared_event"
        )
    )
    codes = _codes(consents.values())
    uncovered = []
    for event in events:
        consent = consents.get((event.subject_key, event.consent_id)) if event.consent_id else None
        if (event.subject_key, event.id) in decided:
            continue
        if consent is None or not _allowed(event, consent, steps[consent.subject_key, consent.id], codes):
            uncovered.append(event)
    return uncovered


def _codes(consents: Iterable[Consent]) -> Mapping[UUID, tuple[UUID, str]]:
    """The dataset and code of every item that the consents' purposes ask for."""
    wishes = PurposeItem.objects.filter(purpose__in={one.purpose_id for one in consents}).select_related("item")
    return {wish.item_id: (wish.item.dataset_id, wish.item.code) for wish in wishes}


def _allowed(
    event: Share, consent: Consent, steps: Sequence[ConsentEvent], codes: Mapping[UUID, tuple[UUID, str]]
) -> bool:
    """Whether the consent stood at that moment and covers recipient and named items."""
    before = [step for step in steps if step.at <= event.occurred_at]
    if not before or before[-1].move not in _STANDS_AFTER:
        return False
    last = before[-1]
    if last.valid_until is None or last.valid_until <= event.occurred_at:
        return False
    ticked = {codes[item] for item in last.items if item in codes}
    return (
        event.recipient_id in consent.recipients
        and any(dataset == event.dataset_id for dataset, _ in ticked)
        and {(event.dataset_id, code) for code in event.items} <= ticked
    )
