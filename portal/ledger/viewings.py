"""Looking at a person's record leaves a row in the trail, which the person sees; their own looks leave none."""

from datetime import datetime
from typing import Final

from portal.ledger import queries
from portal.ledger.models import SharingEvent
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind

EVENT: Final = "ledger.record.viewed"


def note(subject_key: bytes, *, page: str, actor: Actor, at: datetime) -> None:
    """Note that somebody other than the person looked at a page of their record."""
    if actor.kind is ActorKind.CITIZEN and actor.mandate is None:
        return
    trail.record(EVENT, actor=actor, at=at, subject=subject_key, agency=actor.agency_id, page=page)


def note_event(event: SharingEvent, *, page: str, actor: Actor, at: datetime) -> None:
    """The same of one event; a look at what is withheld would tell of it, and names nobody until it is lifted."""
    subject = None if queries.withheld([event]) else event.subject_key
    trail.record(EVENT, actor=actor, at=at, subject=subject, agency=actor.agency_id, page=page, sharing=event.id)
