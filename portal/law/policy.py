"""Who may change the calendar: the catalogue authority, the operator, the portal's own tasks. Others: denied."""

from typing import Final

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

ALLOWED: Final = {"law.set_day": frozenset({ActorKind.AUTHORITY, ActorKind.OPERATOR, ActorKind.PORTAL})}


def permits(actor: Actor, act: str) -> bool:
    """Whether `actor` may do `act`."""
    return actor.kind in ALLOWED.get(act, frozenset())


def require(actor: Actor, act: str) -> None:
    """Raise NotPermitted unless `actor` may do `act`."""
    if not permits(actor, act):
        raise NotPermitted
