"""Where a citizen is signed in: a row a session, and its end. What is ended here is gone from the store at once."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts import devices, policy, queries
from portal.accounts.errors import UnknownSession
from portal.accounts.models import Session, User, UserSession
from portal.accounts.session_store import digest
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.errors import NotPermitted

NAME = re.compile("[0-9a-f]{40}")


@transaction.atomic
def begin_session(user: User, session_key: str, *, agent: str, at: datetime) -> None:
    """Note a session that the sign-in has just made (and stored); signing in again within it renews the row."""
    subject_key = bytes(user.subject_key) if user.subject_key else None
    with acting_as(Actor(ActorKind.GATE, subject_key=subject_key)):
        UserSession.objects.update_or_create(
            session_key_digest=digest(session_key),
            defaults={"user": user, "seen_at": at, "agent": devices.family(agent)},
            create_defaults={"user": user, "created_at": at, "seen_at": at, "agent": devices.family(agent)},
        )


def see_session(session_key: str | None, *, at: datetime) -> None:
    """Note that a session is in use; asked once a minute at most (portal.accounts.standing.see)."""
    if session_key:
        UserSession.objects.filter(pk=digest(session_key)).update(seen_at=at)


@transaction.atomic
def end_session(identifier: str, *, actor: Actor, at: datetime) -> None:
    """Sign the actor out of one of their sessions; raises UnknownSession."""
    row = _own(actor).filter(pk=identifier).first() if NAME.fullmatch(identifier) else None
    if row is None:
        raise UnknownSession
    _end([row], actor=actor, at=at)


@transaction.atomic
def end_other_sessions(current: str | None, *, actor: Actor, at: datetime) -> int:
    """Sign the actor out everywhere but in the session `current` (None: everywhere); of how many."""
    rows = _own(actor)
    if current:
        rows = rows.exclude(pk=digest(current))
    ended = list(rows)
    if ended:
        _end(ended, actor=actor, at=at)
    return len(ended)


def end_all(user: User) -> None:
    """End every session of somebody whose account closes."""
    Session.objects.filter(user=user).delete()


@transaction.atomic
def end_at_provider(*, provider: str, subject: str, sid: str, at: datetime) -> int:
    """End what the identity provider ended: the session `sid`, or every one of `subject`; how many were open."""
    ended = list(queries.sessions_at(provider, subject=subject, sid=sid).select_related("user"))
    Session.objects.filter(pk__in=[row.pk for row in ended]).delete()
    with acting_as(Actor.gate()) as gate:
        for user in {row.user for row in ended if row.user}:
            trail.record(
                "accounts.sessions.ended", actor=gate, at=at, about=user, subject=user.subject_key, door=provider
            )
    return len(ended)


def _own(actor: Actor) -> QuerySet[UserSession]:
    if actor.user_id is None:
        raise NotPermitted
    return UserSession.objects.select_for_update().filter(user_id=actor.user_id)


def _end(rows: list[UserSession], *, actor: Actor, at: datetime) -> None:
    for row in rows:
        policy.require(actor, "accounts.end_session", row)
    Session.objects.filter(pk__in=[row.pk for row in rows]).delete()  # the rows go with it (ON DELETE CASCADE)
    trail.record("accounts.session.ended", actor=actor, at=at, subject=actor.subject_key, sessions=len(rows))


def forget_sessions(*, at: datetime) -> int:
    """Drop what has expired, and with it where it was; how many."""
    return Session.objects.filter(expire_date__lte=at).delete()[0]
