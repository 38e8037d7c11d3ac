"""Asking to act for somebody by law: for a child, for an adult under guardianship, for a relative who died."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from portal.accounts import queries as people
from portal.law import queries as law
from portal.representation import names, policy, queries, register
from portal.representation.actions import steps
from portal.representation.errors import (
    ArrangedOtherwise,
    InterestMissing,
    NameMissing,
    NobodyChecks,
    NotOfThatAge,
    NotYourself,
)
from portal.representation.models import Representation
from portal.representation.register import Found
from portal.representation.states import RULES, Kind, Proof, WaitsFor
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.ids import new_id

YOUNG: Final = (Kind.CHILD, Kind.MINOR)
LONGEST_INTEREST: Final = 1000


@dataclass(frozen=True)
class Wish:
    """For whom somebody wants to act, and as what. CHILD stands for everybody under age; the age decides the rest."""

    kind: Kind
    number: str
    name: str
    interest: str = ""


@transaction.atomic
def ask(wish: Wish, *, actor: Actor, at: datetime) -> Representation:
    """Ask to act for somebody by law. What the household register shows is proven at once; else documents are checked.

    A guardian of somebody over the age of their own consent waits for that person's answer. Raises InvalidNumber,
    NameMissing, NotYourself, NotOfThatAge, NotOfAge, InterestMissing,
    ArrangedOtherwise, AskedAlready, TooMany, NobodyChecks.
    """
    policy.require(actor, "representation.ask")
    number, own = steps.number_of(wish.number), actor.subject_key or b""
    born_on = people.born_on_of(number)
    kind = _kind(wish.kind, born_on, on=timezone.localdate(at))
    if not wish.name.strip():
        raise NameMissing
    if kind == Kind.RELATIVE and not wish.interest.strip():
        raise InterestMissing
    me = people.identity_of(own)
    steps.require_adult(me.born_on, at=at)
    steps.require_room(own)
    key = steps.key_of(number, at=at)
    if key == own:
        raise NotYourself
    if kind == Kind.RELATIVE:
        _require_not_arranged_otherwise(key)
    found = register.relation(number, me.number)
    row = Representation(id=new_id(), kind=kind, subject_key=key, representative_key=own, asked_at=at)
    row.represented_sealed = names.seal_represented(row.id, found.name if found else wish.name.strip(), born_on)
    row.representative_sealed = names.seal_representative(row.id, me.name)
    row.acts = sorted(act.value for act in RULES[kind].acts)
    row.interest = wish.interest.strip()[:LONGEST_INTEREST] if kind == Kind.RELATIVE else ""
    row.valid_until = _ends(kind, born_on)
    return _entered(row, is_registered=_shows(found, kind), actor=actor, at=at)


def _entered(row: Representation, *, is_registered: bool, actor: Actor, at: datetime) -> Representation:
    if not is_registered:
        row.waits_for, row.agency = WaitsFor.DOCUMENTS, queries.desk()
        if row.agency is None:
            raise NobodyChecks
        row.answer_by = at + policy.ANSWER_WITHIN
        steps.begin(row, "representation.asked", actor=actor, at=at)
        return row
    row.proof = Proof.REGISTER
    if row.kind == Kind.MINOR:
        row.waits_for, row.answer_by = WaitsFor.PERSON, at + policy.ANSWER_WITHIN
        steps.begin(row, "representation.asked", actor=actor, at=at)
        steps.tell_person(row, "representation_asked", at=at)
        return row
    steps.prove(row, actor=actor, at=at)
    steps.begin(row, "representation.proven", actor=actor, at=at)
    steps.tell_person(row, "representation_began", at=at)
    return row


def _kind(wished: Kind, born_on: date, *, on: date) -> Kind:
    """The kind that the age allows."""
    ages, age = law.jurisdiction().ages, law.age(born_on, on)
    if wished in YOUNG and age < ages.adult:
        return Kind.CHILD if age < ages.guardian_below else Kind.MINOR
    if wished == Kind.RELATIVE or (wished == Kind.ADULT and age >= ages.adult):
        return wished
    raise NotOfThatAge


def _ends(kind: Kind, born_on: date) -> datetime | None:
    """When it ends by law: on the birthday on which the person decides, or comes of age."""
    ages = law.jurisdiction().ages
    if kind == Kind.CHILD:
        return law.comes_of_age_at(born_on, ages.guardian_below)
    return law.comes_of_age_at(born_on, ages.adult) if kind == Kind.MINOR else None


def _shows(found: Found | None, kind: Kind) -> bool:
    if found is None:
        return False
    if kind == Kind.RELATIVE:
        return found.is_close_relative and found.died_on is not None
    return found.is_guardian and found.died_on is None


def _require_not_arranged_otherwise(key: bytes) -> None:
    with acting_as(Actor(ActorKind.GATE, subject_key=key)):
        if not queries.relatives_may(key):
            raise ArrangedOtherwise
