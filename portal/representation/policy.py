"""Who may do what with a representation. What is not allowed here is refused."""

from datetime import timedelta
from typing import Final

from portal.representation.models import Representation
from portal.representation.states import GRANTED, RULES, Kind, WaitsFor
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

# No law names these; they are the portal's own.
ANSWER_WITHIN: Final = timedelta(days=30)
ASSISTED_LASTS: Final = timedelta(minutes=30)
CODE_LASTS: Final = timedelta(minutes=10)
GUESSES: Final = 5
MOST_ASKED: Final = 10  # open at once, by one person
MOST_DOCUMENTS: Final = 10


def require(actor: Actor, act: str, about: Representation | None = None) -> None:
    """Raise NotPermitted unless `actor` may do `act`."""
    if not may(actor, act, about):
        raise NotPermitted


def may(actor: Actor, act: str, about: Representation | None = None) -> bool:
    """Whether `actor` may do `act` (representation.verb) to `about`. Nobody does any of it in another's name."""
    if actor.mandate is not None:
        return False
    if about is None:
        return _may_begin(actor, act)
    is_person = actor.kind is ActorKind.CITIZEN and actor.subject_key == bytes(about.subject_key)
    is_representative = _represents(actor, about)
    is_checker = actor.kind is ActorKind.CLERK and actor.agency_id == about.agency_id and about.kind != Kind.ASSISTED
    match act:
        case "representation.see":
            return is_person or is_representative
        case "representation.answer":
            return {WaitsFor.PERSON: is_person, WaitsFor.REPRESENTATIVE: is_representative}.get(
                WaitsFor(about.waits_for), False
            )
        case "representation.refuse_counter":
            return is_person and about.kind == Kind.ASSISTED
        case "representation.hand_in":
            return is_representative and about.waits_for == WaitsFor.DOCUMENTS
        case "representation.check":
            return is_checker
        case "representation.confirm" | "representation.act":
            return is_representative
        case "representation.end":
            return is_representative or is_checker or (is_person and _person_may_end(about))
    return False


def _may_begin(actor: Actor, act: str) -> bool:
    match act:
        case "representation.ask" | "representation.grant" | "representation.arrange":
            return actor.kind is ActorKind.CITIZEN and actor.subject_key is not None
        case "representation.assist":
            return actor.kind is ActorKind.CLERK and actor.agency_id is not None
        case "representation.expire" | "representation.leave":
            return actor.kind is ActorKind.PORTAL
    return False


def _represents(actor: Actor, about: Representation) -> bool:
    if about.kind == Kind.ASSISTED:
        return actor.kind is ActorKind.CLERK and actor.user_id == about.representative_user
    return actor.kind is ActorKind.CITIZEN and actor.subject_key == bytes(about.representative_key or b"")


def _person_may_end(about: Representation) -> bool:
    """What one granted, one ends at any time; who is represented by law may not send a guardian away."""
    return about.kind in GRANTED or RULES[Kind(about.kind)].person_may_end
