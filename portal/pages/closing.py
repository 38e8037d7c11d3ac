"""What closing an account means for what is open, and doing it: the one act that reaches into every app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from consent import actions as consent_actions
from consent import queries as consents
from consent.models import Consent, Way
from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.law import queries as law
from portal.law.provisions import Retention
from portal.pages.errors import RequestsOpen
from portal.trail.actor import Actor
from rights import actions as rights_actions
from rights import queries as rights
from rights.models import RightsRequest


@dataclass(frozen=True)
class Standing:
    """What is open when somebody wants to leave."""

    requests: Sequence[RightsRequest]
    allowed: Sequence[Consent]

    @classmethod
    def of(cls, subject_key: bytes) -> "Standing":
        return cls(list(rights.open_requests(subject_key)), consents.shelf(subject_key).allowed)


def article() -> str:
    """The article that has an account closed when its owner asks; none where the jurisdiction has no such rule."""
    return "netdata-23" if "netdata-23" in law.jurisdiction().articles else ""


def retentions() -> dict[str, Retention]:
    """How long what stays is kept, and by which article."""
    kept = law.jurisdiction().retentions
    return {name: kept[name] for name in ("provision_records", "consents", "requests", "use_records")}


@transaction.atomic
def close(user: User, *, take_back: bool, withdraw: bool, actor: Actor, at: datetime) -> None:
    """Close an account. Consents in force are withdrawn only if the person says so, else they go on to their day.

    Open requests hold it up, unless they are taken back with it: raises RequestsOpen, and nothing is changed.
    """
    standing = Standing.of(bytes(user.subject_key or b""))
    if standing.requests and not take_back:
        raise RequestsOpen
    for request in standing.requests:
        rights_actions.withdraw(request, actor=actor, at=at)
    stopped = list(standing.allowed) if withdraw else []
    for consent in stopped:
        consent_actions.withdraw(consent, actor=actor, at=at, way=Way.CLOSING)
    accounts.close_account(user, actor=actor, at=at, requests=len(standing.requests), consents=len(stopped))
