"""Who may set what with their inbox. What is not allowed here is refused."""

from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted


def require(actor: Actor, act: str, about: bytes) -> None:
    """Raise NotPermitted unless `actor` may do `act` to the inbox of the person `about`."""
    if not may(actor, act, about):
        raise NotPermitted


def may(actor: Actor, act: str, about: bytes) -> bool:
    """Whether `actor` may do `act`: a person in their own name, with their own inbox."""
    if act == "inbox.set_mail_times":
        return actor.kind is ActorKind.CITIZEN and actor.on_behalf_of is None and actor.subject_key == about
    return False
