"""What one agency corrected, erased or restricted goes to every agency that received it from there (GDPR 19).

Each gets a part of its own, with its own clock from the provider's answer; the request is not complete before they
have followed, and the person sees who has.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from portal.ledger import queries as ledger
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id
from rights import clock, minors
from rights.models import Kind, Part, RightsRequest
from rights.states import OPEN, Outcome, PartState

EVENT: Final = "rights.correction.propagated"
SPREADS: Final = (Kind.CORRECTION, Kind.ERASURE, Kind.RESTRICTION)
DONE: Final = (Outcome.FULFILLED, Outcome.PARTLY)


def spread(request: RightsRequest, *, at: datetime) -> int:
    """Make the parts of those who must follow what this request's answers did; how many.

    The request is locked by the caller. Run again it makes none: each answer is followed once by each agency.
    """
    if request.kind not in SPREADS:
        return 0
    done = Part.objects.select_for_update(of=("self",)).select_related("request", "dataset")
    sources = done.filter(request=request, propagated_from=None, state=PartState.ANSWERED, outcome__in=DONE)
    return sum(_spread(source, agency, at=at) for source in sources for agency in _followers(source))


def _followers(source: Part) -> list[UUID]:
    if source.dataset_id is None:
        return []
    received: set[UUID] = ledger.recipients_of(bytes(source.subject_key), source.dataset_id)
    return sorted(received - {source.agency_id})


def _spread(source: Part, agency_id: UUID, *, at: datetime) -> bool:
    before = Part.objects.filter(propagated_from=source, agency_id=agency_id)
    if before.filter(source_answered_at=source.answered_at).exists() or before.filter(state__in=OPEN).exists():
        return False
    request, started_at = source.request, source.answered_at or at
    part = Part(
        id=new_id(),
        request=request,
        agency_id=agency_id,
        dataset_id=source.dataset_id,
        subject_key=source.subject_key,
        kind=source.kind,
        of_minor=minors.is_minor(bytes(source.subject_key), at=at, jurisdiction=request.jurisdiction),
        submitted_at=started_at,
        created_at=at,
        propagated_from=source,
        source_answered_at=source.answered_at,
    )
    clock.set_due(part, clock.first_due(part.kind, request.jurisdiction, started_at))
    part.save(force_insert=True)
    trail.record(
        "rights.part.propagated",
        actor=Actor.portal(),
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=agency_id,
        request=request.pk,
        source=source.pk,
        due_at=part.due_at,
        article=part.due_article,
    )
    data = {
        "part": str(part.pk),
        "request": str(request.pk),
        "kind": part.kind,
        "dataset": source.dataset.code if source.dataset else None,
        "due_at": part.due_at.isoformat(),
    }
    outbox.notify(agency_id, EVENT, str(part.pk), data, at=at)
    return True
