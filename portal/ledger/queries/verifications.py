"""Doubts about data, and what came of them."""

from uuid import UUID

from portal.ledger.errors import UnknownVerification
from portal.ledger.models import Verification


def verification(identifier: UUID) -> Verification:
    """One that the actor may see, with its agencies and dataset; raises UnknownVerification."""
    found = Verification.objects.select_related("provider", "doubter", "dataset").filter(pk=identifier).first()
    if found is None:
        raise UnknownVerification
    return found


def verifications_of(subject_key: bytes, event_id: UUID | None = None) -> list[Verification]:
    """The doubts about a person's data, or about one event of theirs, the newest first."""
    rows = Verification.objects.filter(subject_key=subject_key).select_related("provider", "doubter", "dataset")
    if event_id is not None:
        rows = rows.filter(event_id=event_id)
    return list(rows.order_by("-asked_at", "-id"))
