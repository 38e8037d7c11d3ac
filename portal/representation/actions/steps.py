"""What every step of a representation leaves behind: the row, the trail, letters to both."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from portal.accounts import actions as accounts
from portal.accounts import queries as people
from portal.accounts.errors import InvalidNumber
from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.representation import policy, queries
from portal.representation.errors import AskedAlready, NotOfAge, TooMany, UnknownRepresentation
from portal.representation.models import Representation
from portal.representation.states import State, WaitsFor
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as


def locked(row: Representation, act: str, actor: Actor) -> Representation:
    """The row as it is now, held until the transaction ends; raises UnknownRepresentation, NotPermitted."""
    found = Representation.objects.select_for_update(of=("self",)).select_related("agency").filter(pk=row.pk).first()
    if found is None:
        raise UnknownRepresentation
    policy.require(actor, act, found)
    return found


def number_of(text: str) -> str:
    """The national number as it is stored; raises InvalidNumber."""
    found = people.valid_numbers([text]).get(text)
    if found is None:
        raise InvalidNumber
    return found


def key_of(number: str, *, at: datetime) -> bytes:
    """The subject key behind a number, issued now if nobody has it: whoever asks learns nothing by it."""
    with acting_as(Actor.gate()):
        return accounts.register_subject(number, at=at)


def require_adult(born_on: date, *, at: datetime) -> None:
    """Raise NotOfAge for somebody who is not an adult yet."""
    if law.age(born_on, timezone.localdate(at)) < law.jurisdiction().ages.adult:
        raise NotOfAge


def require_room(own_key: bytes) -> None:
    """Raise TooMany for somebody who has left many questions open."""
    if queries.open_of(own_key).count() >= policy.MOST_ASKED:
        raise TooMany


def begin(row: Representation, event: str, *, actor: Actor, at: datetime) -> None:
    """Save a new row; raises AskedAlready where there is a live one of its kind."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "one_live_a_kind" in str(error):
            raise AskedAlready from error
        raise
    note(row, event, actor=actor, at=at)


def keep(row: Representation, event: str, *fields: str, actor: Actor, at: datetime, **facts: Any) -> None:
    """Save a step's columns and write it into the trail."""
    row.save(update_fields=["state", *fields])
    note(row, event, actor=actor, at=at, **facts)


def note(row: Representation, event: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    """The trail's entry, which the represented person sees."""
    trail.record(
        f"representation.{event}",
        actor=actor,
        at=at,
        about=row,
        subject=bytes(row.subject_key),
        agency=row.agency_id,
        kind=row.kind,
        acts=list(row.acts),
        **facts,
    )


def prove(row: Representation, *, actor: Actor, at: datetime) -> None:
    """Put a row in force; the caller has checked its proof, and saves it."""
    row.move_to(State.PROVEN)
    row.proven_at, row.proven_by, row.answer_by, row.waits_for = at, actor.user_id, None, WaitsFor.NOBODY


PROVEN: Sequence[str] = ("proof", "proven_at", "proven_by", "answer_by", "waits_for")


def close(row: Representation, state: State, *, by: Actor, at: datetime) -> None:
    """End a row in one of its ends; the caller saves it."""
    row.move_to(state)
    row.ended_at, row.ended_by, row.waits_for, row.answer_by = at, by.kind.value, WaitsFor.NOBODY, None


CLOSED: Sequence[str] = ("ended_at", "ended_by", "waits_for", "answer_by")


def tell_person(row: Representation, kind: str, *, at: datetime, **params: Any) -> None:
    inbox.tell(bytes(row.subject_key), kind, at=at, about=row, **named(row), **params)


def tell_representative(row: Representation, kind: str, *, at: datetime, **params: Any) -> None:
    if row.representative_key is not None:
        inbox.tell(bytes(row.representative_key), kind, at=at, about=row, **named(row), **params)


def named(row: Representation) -> dict[str, Any]:
    """What kind of representation it is, in both languages: letters name no person."""
    found = {}
    for ending, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            found[f"kind_{ending}"] = str(row.get_kind_display())
    return found
