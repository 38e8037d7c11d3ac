"""Who may do what with a request. What is not allowed here is refused."""

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted
from rights.models import Part, RightsRequest

OF_AN_AGENCY = frozenset({ActorKind.CLERK, ActorKind.CLIENT})
BY_THE_AGENCY = frozenset(
    f"rights.{act}"
    for act in ("deliver", "acknowledge", "ask", "extend", "transfer", "reply", "attach", "disclose", "ask_approval")
)
BY_THE_PERSON = frozenset(
    f"rights.{act}" for act in ("draft", "submit", "join", "withdraw", "answer_question", "ask_package", "download")
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
