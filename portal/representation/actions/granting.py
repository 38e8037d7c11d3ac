"""What a person allows by their own will: a proxy, a professional agent; and what holds after their death."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.accounts import queries as people
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.representation import names, policy, queries
from portal.representation.actions import steps
from portal.representation.errors import (
    EndsBeforeItBegins,
    NameMissing,
    NothingGranted,
    NotYourself,
    OwnGuardian,
    UnknownAgencies,
)
from portal.representation.models import Arrangement, Representation
from portal.representation.states import Act, Kind, WaitsFor
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id


@dataclass(frozen=True)
class Grant:
    """Whom somebody lets act for them, and how far. No agencies: all of them; no last day: until it is ended."""

    number: str
    name: str
    acts: Sequence[Act]
    organisation: str = ""
    agencies: Sequence[UUID] = ()
    until: date | None = None


@transaction.atomic
def grant(wish: Grant, *, actor: Actor, at: datetime) -> Representation:
    """Let somebody act for oneself, from when they accept. Either of the two ends it at any time.

    Raises InvalidNumber, NameMissing, NotYourself, NothingGranted, UnknownAgencies, EndsBeforeItBegins, OwnGuardian,
    AskedAlready, TooMany.
    """
    policy.require(actor, "representation.grant")
    own, number = actor.subject_key or b"", steps.number_of(wish.number)
    if not wish.name.strip():
        raise NameMissing
    if not wish.acts:
        raise NothingGranted
    if set(wish.agencies) - catalogue.names_of_agencies(wish.agencies).keys():
        raise UnknownAgencies
    if wish.until is not None and wish.until < timezone.localdate(at):
        raise EndsBeforeItBegins
    me = people.identity_of(own)
    if law.age(me.born_on, timezone.localdate(at)) < law.jurisdiction().ages.guardian_below or queries.has_guardian(
        own
    ):
        raise OwnGuardian
    steps.require_room(own)
    key = steps.key_of(number, at=at)
    if key == own:
        raise NotYourself
    row = Representation(id=new_id(), kind=Kind.AGENT if wish.organisation.strip() else Kind.PROXY, asked_at=at)
    row.subject_key, row.representative_key, row.organisation = own, key, wish.organisation.strip()[:120]
    row.represented_sealed = names.seal_represented(row.id, me.name, me.born_on)
    row.representative_sealed = names.seal_representative(row.id, wish.name.strip())
    row.acts, row.agencies = sorted({act.value for act in wish.acts}), sorted(set(wish.agencies))
    row.valid_until = _end_of(wish.until) if wish.until else None
    row.waits_for, row.answer_by = WaitsFor.REPRESENTATIVE, at + policy.ANSWER_WITHIN
    steps.begin(row, "representation.granted", actor=actor, at=at)
    steps.tell_representative(row, "representation_offered", at=at)
    return row


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


@transaction.atomic
def arrange(*, relatives_may: bool, actor: Actor, at: datetime) -> Arrangement:
    """Record whether close relatives may use one's rights after one's death (PIPL 49); the last word counts."""
    policy.require(actor, "representation.arrange")
    own = actor.subject_key or b""
    row, _ = Arrangement.objects.update_or_create(pk=own, defaults={"relatives_may": relatives_may, "at": at})
    trail.record(
        "representation.arrangement.made", actor=actor, at=at, about=row, subject=own, relatives_may=relatives_may
    )
    return row
