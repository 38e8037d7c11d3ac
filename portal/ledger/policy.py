"""Who may write what in the ledger; denied by default."""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from portal.ledger.models import NoteKind, SharingEvent
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

SAY_WHAT: Final = _("Say in a sentence what was done.")
SAY_WHY: Final = _("Say in a sentence what is not right.")
SAY_WHY_SHARED: Final = _("Say in a sentence why it was shared.")
SAY_DOUBT: Final = _("Say in a sentence what you doubt.")
NOT_SHARED: Final = _("Name items that the event brought.")
SAY_FINDING: Final = _("Say in a sentence what you found.")
_OVERSEERS = frozenset({ActorKind.PORTAL, ActorKind.REGULATOR})


def reporting_agency(actor: Actor) -> UUID:
    """The agency that `actor` reports for: a department, by its system or its clerk. Raises NotPermitted."""
    if actor.kind not in {ActorKind.CLIENT, ActorKind.CLERK} or actor.agency_id is None:
        raise NotPermitted
    return actor.agency_id


def require_note(actor: Actor, kind: NoteKind, event: SharingEvent) -> None:
    """A correction is the provider's, disposals and answers also the recipient's, all flags the portal's or the
    regulator's; the citizen asks."""
    if not (_may_report(actor, kind, event) or _may_oversee(actor, kind) or _may_ask(actor, kind, event)):
        raise NotPermitted


def _may_report(actor: Actor, kind: NoteKind, event: SharingEvent) -> bool:
    if actor.kind not in {ActorKind.CLIENT, ActorKind.CLERK} or actor.agency_id is None:
        return False
    match kind:
        case NoteKind.CORRECTION:
            return actor.agency_id == event.provider_id
        case NoteKind.DISPOSAL | NoteKind.ANSWER:
            return actor.agency_id in {event.provider_id, event.recipient_id}
        case NoteKind.EMBARGO | NoteKind.LIFTED:  # a trigger asks for the second person's approval
            return _is_clerk_of(actor, event.provider_id)
    return False


def _may_oversee(actor: Actor, kind: NoteKind) -> bool:
    match kind:
        case NoteKind.UNCOVERED | NoteKind.REUSED:
            return actor.kind is ActorKind.PORTAL
        case NoteKind.LIFTED | NoteKind.REVIEW | NoteKind.UNLAWFUL:
            return actor.kind in _OVERSEERS
    return False


def _may_ask(actor: Actor, kind: NoteKind, event: SharingEvent) -> bool:
    of_self = actor.kind is ActorKind.CITIZEN and actor.subject_key == event.subject_key
    return of_self and kind in {NoteKind.QUESTION, NoteKind.CHALLENGE} and actor.may_act("file")


def _is_clerk_of(actor: Actor, agency_id: UUID) -> bool:
    return actor.kind is ActorKind.CLERK and actor.user_id is not None and actor.agency_id == agency_id


def require_embargo(actor: Actor, provider_id: UUID) -> UUID:
    """Who asks for or decides an embargo: people of the provider alone, never its systems."""
    if not _is_clerk_of(actor, provider_id) or actor.user_id is None:
        raise NotPermitted
    return actor.user_id


def require_own_alerts(actor: Actor, subject_key: bytes) -> None:
    """A person chooses in their own name what they hear of."""
    if actor.kind is not ActorKind.CITIZEN or actor.mandate is not None or actor.subject_key != subject_key:
        raise NotPermitted


def require_doubt(actor: Actor, event: SharingEvent) -> None:
    """Whoever got the data doubts it, and not its provider."""
    if actor.agency_id is None or actor.agency_id != event.recipient_id or event.recipient_id == event.provider_id:
        raise NotPermitted


def require_lift(actor: Actor, provider_id: UUID) -> None:
    """The provider's clerks, the regulator, and the portal where the time is over."""
    if actor.kind not in _OVERSEERS and not _is_clerk_of(actor, provider_id):
        raise NotPermitted


def require_review(actor: Actor) -> None:
    """The regulator's alone."""
    if actor.kind is not ActorKind.REGULATOR:
        raise NotPermitted


def require_retention(actor: Actor) -> None:
    """Only the portal's own task drops what outlived its term."""
    if actor.kind is not ActorKind.PORTAL:
        raise NotPermitted


def require_holder(actor: Actor) -> UUID:
    """The regulator's user who sets or lifts a hold. Raises NotPermitted."""
    if actor.kind is not ActorKind.REGULATOR or actor.user_id is None:
        raise NotPermitted
    return actor.user_id
