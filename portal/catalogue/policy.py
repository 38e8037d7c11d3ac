"""Who may do what with the catalogue. What isn't allowed here is refused."""

from uuid import UUID

from portal.catalogue.errors import SamePerson
from portal.catalogue.models import Agency, Agreement, Dataset
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

OF_AN_AGENCY = frozenset({ActorKind.CLERK, ActorKind.CLIENT})
ABOVE_AGENCIES = frozenset({ActorKind.AUTHORITY, ActorKind.PORTAL})


def require(actor: Actor, act: str, about: Agency | Dataset | Agreement | None = None) -> None:
    """Raise NotPermitted unless `actor` may do `act` to `about`."""
    if not may(actor, act, about):
        raise NotPermitted()


def may(actor: Actor, act: str, about: Agency | Dataset | Agreement | None = None) -> bool:
    """Whether `actor` may do `act` (app.verb_noun) to `about`: also what buttons and lists ask."""
    match act, about:
        case "catalogue.register_agency", _:
            return actor.kind in ABOVE_AGENCIES
        case "catalogue.register_system" | "catalogue.propose_dataset" | "catalogue.propose_agreement", Agency():
            return actor.kind in ABOVE_AGENCIES or _is_of(actor, about.pk)
        case "catalogue.decide_dataset" | "catalogue.withdraw_dataset", Dataset():
            return actor.kind is ActorKind.AUTHORITY
        case "catalogue.decide_agreement" | "catalogue.end_agreement", Agreement():
            return actor.kind is ActorKind.AUTHORITY or _is_of(actor, about.provider_id)
        case "catalogue.supply" | "catalogue.dispose", Agreement():
            return _is_of(actor, about.recipient_id)
        case "catalogue.extend_answer" | "catalogue.allow_as_it_is", Agreement():
            return actor.kind is ActorKind.AUTHORITY
        case "catalogue.record_test", Agreement():
            return actor.kind is ActorKind.AUTHORITY or _is_of(actor, about.provider_id)
        case "catalogue.note_change", Dataset():
            return actor.kind is ActorKind.AUTHORITY or _is_of(actor, about.agency_id)
        case "catalogue.take_over" | "catalogue.rebuild_listings" | "catalogue.keep_time", None:
            return actor.kind is ActorKind.PORTAL
    return False


def signature(actor: Actor) -> str:
    """Who did it, in a form that is compared when a second person must decide."""
    if actor.user_id:
        return f"user:{actor.user_id}"
    return f"client:{actor.client_id}" if actor.client_id else actor.kind.value


def require_second_person(actor: Actor, proposed_by: str) -> None:
    """Raise SamePerson if `actor` is who proposed; the database says it again by a constraint."""
    if signature(actor) == proposed_by:
        raise SamePerson()


def _is_of(actor: Actor, agency_id: UUID) -> bool:
    return actor.kind in OF_AN_AGENCY and actor.agency_id == agency_id
