"""Who may keep an agency's endpoints. What is not allowed here is refused."""

from uuid import UUID

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted


def require_keeper(actor: Actor, agency_id: UUID) -> None:
    """Raise NotPermitted unless `actor` may keep the endpoints of this agency."""
    if not may_keep(actor, agency_id):
        raise NotPermitted


def may_keep(actor: Actor, agency_id: UUID) -> bool:
    """Whether `actor` is the agency's administrator, or the portal itself."""
    return actor.kind is ActorKind.PORTAL or (actor.is_administrator and actor.agency_id == agency_id)
