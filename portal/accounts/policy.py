"""Who may do what with people and accounts. What is not allowed here is refused."""

from typing import Any

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

OPERATORS = frozenset({ActorKind.OPERATOR, ActorKind.PORTAL})


def require(actor: Actor, act: str, about: Any = None) -> None:
    """Raise NotPermitted unless `actor` may do `act`."""
    if not may(actor, act, about):
        raise NotPermitted


def may(actor: Actor, act: str, about: Any = None) -> bool:
    """Whether `actor` may do `act`."""
    match act:
        case "accounts.set_mail":
            return actor.kind is ActorKind.CITIZEN and actor.subject_key == about and actor.mandate is None
        case "accounts.disclose":
            return actor.kind in (ActorKind.CLERK, ActorKind.CLIENT) and actor.agency_id is not None
        case "accounts.create_staff" | "accounts.create_api_client":
            return actor.kind in OPERATORS
    return False
