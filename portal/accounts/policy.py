"""Who may do what with people and accounts. What is not allowed here is refused."""

from typing import Any

from portal.accounts.models import UserSession
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
        case "accounts.change_mail" | "accounts.take_copy" | "accounts.close":
            return _is_own(actor) and actor.subject_key == about
        case "accounts.end_session":
            return _is_own(actor) and isinstance(about, UserSession) and actor.user_id == about.user_id
        case "accounts.disclose":
            return actor.kind in (ActorKind.CLERK, ActorKind.CLIENT) and actor.agency_id is not None
        case "accounts.create_staff" | "accounts.grant_scopes" | "accounts.set_role":
            return actor.kind in OPERATORS
        case "accounts.keep_clients":  # of the agency `about`
            return actor.kind in OPERATORS or (actor.is_administrator and actor.agency_id == about)
    return False


def _is_own(actor: Actor) -> bool:
    """A citizen in their own name: whoever acts for another leaves that person's account alone."""
    return actor.kind is ActorKind.CITIZEN and actor.on_behalf_of is None
