"""Whether an agreement covers what was shared (Decree 809, Articles 20, 21 and 25), and the public count of it all.

Consumers of `ledger.events.stored`: they see a batch's events as the portal, after the call that brought them.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils import timezone

from portal.ledger import actions, queries
from portal.ledger.models import Outcome, SharingEvent
from portal.outbox.models import Message
from portal.trail.actor import current

_COUNT = """
INSERT INTO ledger_publicflow AS known (month, provider_id, recipient_id, sent, denied, uncovered)
SELECT date_trunc('month', event.occurred_at AT TIME ZONE %(zone)s)::date, event.provider_id, event.recipient_id,
       count(*) FILTER (WHERE event.outcome = 'sent' AND NOT %(flagged)s),
       count(*) FILTER (WHERE event.outcome = 'denied' AND NOT %(flagged)s),
       count(*) FILTER (WHERE %(flagged)s)
FROM ledger_sharingevent AS event
WHERE event.batch_id = %(batch)s AND (NOT %(flagged)s OR event.id = ANY (%(ids)s::uuid[]))
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (month, provider_id, recipient_id) DO UPDATE
SET sent = known.sent + excluded.sent, denied = known.denied + excluded.denied,
    uncovered = known.uncovered + excluded.uncovered
"""


class Terms(Protocol):
    """What is read of an agreement."""

    recipient_id: UUID
    status: str
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
    uncovered = without_agreement(doubtful)
    if uncovered:
        actions.flag_uncovered(uncovered, actor=current(), at=at)
        _count(message.payload["batch_id"], [event.id for event in uncovered])


def count_flows(message: Message, _at: datetime) -> None:
    """Add a batch to the public figures."""
    _count(message.payload["batch_id"], None)


def without_agreement(events: Sequence[SharingEvent]) -> list[SharingEvent]:
    """Those of the events that no agreement in force on their day covers; three queries whatever their number."""
    datasets = {event.dataset_id: event.dataset for event in events}
    if datasets:
        prefetch_related_objects(list(datasets.values()), "agreements", "agreements__items")
    return [
        event
        for event in events
        if not any(_covers(terms, event) for terms in datasets[event.dataset_id].agreements.all())
    ]


def _covers(terms: Terms, event: SharingEvent) -> bool:
    on = timezone.localtime(event.occurred_at, timezone.get_default_timezone()).date()
    in_term = terms.valid_from <= on and (terms.valid_until is None or on <= terms.valid_until)
    in_force = terms.status == "granted" or (terms.ended_at is not None and event.occurred_at < terms.ended_at)
    if terms.recipient_id != event.recipient_id or not in_term or not in_force:
        return False
    return _includes([item.code for item in terms.items.all()], event.items)


def _includes(agreed: Iterable[str], shared: Sequence[str]) -> bool:
    """An agreement that names no items covers all; one that names some covers no more than these."""
    named = set(agreed)
    return not named or (bool(shared) and named.issuperset(shared))


def _count(batch: str, flagged: list[UUID] | None) -> None:
    given: dict[str, Any] = {
        "zone": settings.TIME_ZONE,
        "batch": batch,
        "flagged": flagged is not None,
        "ids": flagged or [],
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
