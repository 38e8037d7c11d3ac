"""Who may do what with purposes and consents; and how often people may be asked. Denied by default."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from consent.errors import SamePerson
from consent.models import Consent, Purpose
from portal.law import queries as law
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import NotPermitted

# No law names these periods; the ban on frequent asking is 网络数据安全管理条例 22(5), the numbers are our policy.
ANSWER_WITHIN: Final = timedelta(days=30)
AFTER_REFUSAL: Final = timedelta(days=90)
AFTER_LAPSE: Final = timedelta(days=30)
COMMENTS_AT_LEAST: Final = timedelta(days=15)  # our policy too: no law names a time for the public's word

OF_AN_AGENCY: Final = frozenset({ActorKind.CLERK, ActorKind.CLIENT})
ABOVE_AGENCIES: Final = frozenset({ActorKind.AUTHORITY, ActorKind.PORTAL})


def require(actor: Actor, act: str, about: UUID | Purpose | Consent | None = None) -> None:
    """Raise NotPermitted unless `actor` may do `act` to `about`."""
    if not may(actor, act, about):
        raise NotPermitted


def may(actor: Actor, act: str, about: UUID | Purpose | Consent | None = None) -> bool:
    """Whether `actor` may do `act` (consent.verb) to `about`: also what buttons ask."""
    match act, about:
        case "consent.register", UUID():
            return actor.kind in ABOVE_AGENCIES or _is_of(actor, about)
        case "consent.publish_notice" | "consent.end", Purpose():
            return actor.kind in ABOVE_AGENCIES or _is_of(actor, about.agency_id)
        case "consent.approve" | "consent.open_for_comment", Purpose():
            return actor.kind is ActorKind.AUTHORITY
        case "consent.comment", Purpose():
            return actor.kind is ActorKind.CITIZEN and actor.mandate is None
        case "consent.ask", Purpose():
            return _is_of(actor, about.agency_id) or actor.kind is ActorKind.PORTAL
        case "consent.answer", Consent():
            return _is_theirs(actor, about) and actor.may_act("consent", about.purpose.agency_id)
        case "consent.extend", Consent():
            return _is_theirs(actor, about) and actor.mandate is None  # never a representative's to give
        case "consent.expire", None:
            return actor.kind is ActorKind.PORTAL
    return False


def decides_alone(born_on: date, on: date) -> bool:
    """Whether somebody is old enough to consent without a guardian (PIPL 31; GDPR 8)."""
    return law.age(born_on, on) >= law.jurisdiction().ages.guardian_below


def deciding_agency(actor: Actor) -> UUID:
    """The agency whose system asks for a decision; raises NotPermitted for everybody else."""
    if actor.kind is not ActorKind.CLIENT or actor.agency_id is None:
        raise NotPermitted
    return actor.agency_id


def signature(actor: Actor) -> str:
    """Who did it, in a form that is compared when a second person must decide."""
    if actor.user_id:
        return f"user:{actor.user_id}"
    return f"client:{actor.client_id}" if actor.client_id else actor.kind.value


def require_second_person(actor: Actor, proposed_by: str) -> None:
    """Raise SamePerson if `actor` is who proposed; the database says it again by a constraint."""
    if signature(actor) == proposed_by:
        raise SamePerson


def _is_theirs(actor: Actor, consent: Consent) -> bool:
    return actor.kind is ActorKind.CITIZEN and actor.subject_key == consent.subject_key


def _is_of(actor: Actor, agency_id: UUID) -> bool:
    return actor.kind in OF_AN_AGENCY and actor.agency_id == agency_id
