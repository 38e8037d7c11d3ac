"""Who may do what with a request. What is not allowed here is refused."""

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted
from rights.models import Appeal, Complaint, Mediation, Part, RightsRequest
from rights.remedies import Level

OF_AN_AGENCY = frozenset({ActorKind.CLERK, ActorKind.CLIENT})
BY_THE_AGENCY = frozenset(
    f"rights.{act}"
    for act in ("deliver", "acknowledge", "ask", "extend", "transfer", "reply", "attach", "disclose", "ask_approval")
)
BY_THE_PERSON = frozenset(
    f"rights.{act}"
    for act in ("draft", "submit", "join", "withdraw", "answer_question", "ask_package", "download", "appeal")
)


def require(actor: Actor, act: str, about: RightsRequest | Part) -> None:
    """Raise NotPermitted unless `actor` may do `act` to `about`."""
    if not may(actor, act, about):
        raise NotPermitted


def may(actor: Actor, act: str, about: RightsRequest | Part) -> bool:
    """Whether `actor` may do `act` (rights.verb): an agency with its own parts, a person with their own requests."""
    if act in BY_THE_AGENCY and isinstance(about, Part):
        return actor.kind in OF_AN_AGENCY and actor.agency_id == about.agency_id
    if act == "rights.approve" and isinstance(about, Part):  # by somebody, never by a system
        return actor.kind is ActorKind.CLERK and actor.agency_id == about.agency_id
    if act in BY_THE_PERSON:
        return (
            actor.kind is ActorKind.CITIZEN
            and actor.subject_key == bytes(about.subject_key)
            and _is_covered(actor, about)
        )
    return False


def _is_covered(actor: Actor, about: RightsRequest | Part) -> bool:
    """Whether a representative may do it: with their agencies' parts, and with requests as a whole that they filed."""
    if isinstance(about, Part):
        return actor.may_act("file", about.agency_id)
    is_limited = actor.mandate is not None and bool(actor.mandate.agencies)
    return actor.may_act("file") and (not is_limited or about.filed_by == actor.user_id)


def require_own(actor: Actor, about: Appeal | Complaint | Mediation) -> None:
    """Raise NotPermitted unless it is the person's own, or of whom they may file for."""
    agencies = [about.agency_id] if about.agency_id else []
    is_theirs = actor.kind is ActorKind.CITIZEN and actor.subject_key == bytes(about.subject_key)
    if not (is_theirs and actor.may_act("file", *agencies)):
        raise NotPermitted


def require_reviewer(actor: Actor, appeal: Appeal) -> None:
    """Raise NotPermitted unless `actor` is somebody of those who review it: of the agency, or of the regulator."""
    if appeal.level == Level.REGULATOR:
        allowed = actor.kind is ActorKind.REGULATOR
    else:
        allowed = actor.kind is ActorKind.CLERK and actor.agency_id == appeal.agency_id
    if not allowed:
        raise NotPermitted


def require_regulator(actor: Actor) -> None:
    """Raise NotPermitted unless `actor` is of the regulator."""
    if actor.kind is not ActorKind.REGULATOR:
        raise NotPermitted


def require_side(actor: Actor, mediation: Mediation) -> bool:
    """Whether `actor` speaks for the agency in a mediation, False for the person; raises NotPermitted for others."""
    if actor.kind is ActorKind.CLERK and actor.agency_id == mediation.agency_id:
        return True
    require_own(actor, mediation)
    return False
