"""Who may write what in the ledger; denied by default."""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from portal.ledger.models import NoteKind, SharingEvent
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

SAY_WHAT: Final = _("Say in a sentence what was done.")
_OF_AGENCIES = frozenset({NoteKind.DISPOSAL, NoteKind.CORRECTION})


def reporting_agency(actor: Actor) -> UUID:
    """The agency that `actor` reports for: a department, by its system or its clerk. Raises NotPermitted."""
    if actor.kind not in {ActorKind.CLIENT, ActorKind.CLERK} or actor.agency_id is None:
        raise NotPermitted
    return actor.agency_id


def require_note(actor: Actor, kind: NoteKind, event: SharingEvent) -> None:
    """A correction is the provider's, a disposal also the recipient's, all flags the portal's or the regulator's."""
    match kind:
        case NoteKind.CORRECTION:
            allowed = actor.agency_id == event.provider_id
        case NoteKind.DISPOSAL:
            allowed = actor.agency_id in {event.provider_id, event.recipient_id} - {None}
        case NoteKind.UNCOVERED | NoteKind.REUSED:
            allowed = actor.kind is ActorKind.PORTAL
        case NoteKind.EMBARGO | NoteKind.REVIEW | NoteKind.LIFTED | NoteKind.UNLAWFUL:
            allowed = actor.kind in {ActorKind.PORTAL, ActorKind.REGULATOR}
        case _:
            allowed = False
    if allowed and kind in _OF_AGENCIES:
        allowed = actor.kind in {ActorKind.CLIENT, ActorKind.CLERK}
    if not allowed:
        raise NotPermitted
