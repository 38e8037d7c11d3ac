"""How often the ledger tells of a use that a consent allowed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from portal.ledger.models import Outcome, SharingEvent


@dataclass(frozen=True)
class Uses:
    """So many times, the last of them then."""

    count: int
    last_at: datetime


def uses_by_consent(subject_key: bytes) -> dict[UUID, Uses]:
    """What was sent about a person under each consent that an event names; one query."""
    rows = SharingEvent.objects.filter(subject_key=subject_key, consent_id__isnull=False, outcome=Outcome.SENT)
    counted = rows.order_by().values("consent_id").annotate(count=Count("id"), last_at=Max("occurred_at"))
    return {row["consent_id"]: Uses(row["count"], row["last_at"]) for row in counted if row["consent_id"]}
