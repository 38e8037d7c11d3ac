"""Assisted mode: a community clerk acts for somebody who is present and confirms it with a code on their own device."""

import hmac
from datetime import datetime
from hashlib import sha256
from secrets import randbelow
from typing import Final
from uuid import UUID

from django.db import transaction

from portal.accounts import queries as people
from portal.representation import names, policy
from portal.representation.actions import steps
from portal.representation.errors import WrongCode
from portal.representation.models import Representation
from portal.representation.states import RULES, Kind, Proof, State, WaitsFor
from portal.trail import secrets
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.ids import new_id

DIGITS: Final = 8


@transaction.atomic
def assist(number: str, *, clerk_name: str, actor: Actor, at: datetime) -> Representation:
    """Ask somebody who is present for a code. It goes to their inbox alone; the clerk learns nothing of them by this.

    Raises InvalidNumber; a number that nobody uses here is answered alike.
    """
    policy.require(actor, "representation.assist")
    normal = steps.number_of(number)
    key = steps.key_of(normal, at=at)
    with acting_as(Actor(ActorKind.GATE, subject_key=key)):
        person = people.identity_of(key)
    row = Representation(id=new_id(), kind=Kind.ASSISTED, subject_key=key, agency_id=actor.agency_id, asked_at=at)
    row.representative_user, row.waits_for = actor.user_id, WaitsFor.CODE
    row.represented_sealed = names.seal_represented(row.id, person.name, person.born_on)
    row.representative_sealed = names.seal_representative(row.id, clerk_name)
    row.acts = sorted(act.value for act in RULES[Kind.ASSISTED].acts)
    row.answer_by = at + policy.CODE_LASTS
    code = f"{randbelow(10**DIGITS):0{DIGITS}d}"
    row.code_digest = _digest(row.id, code)
    steps.begin(row, "representation.asked", actor=actor, at=at)
    steps.tell_person(row, "representation_code", at=at, code=code)
    return row


def confirm(row: Representation, *, code: str, actor: Actor, at: datetime) -> Representation:
    """Enter the code that the person reads out: for thirty minutes the clerk acts for them. Raises WrongCode.

    A wrong guess stays counted, so it commits and is refused afterwards.
    """
    tried = _tried(row, code, actor=actor, at=at)
    if tried.state != State.PROVEN:
        raise WrongCode
    return tried


@transaction.atomic
def _tried(row: Representation, code: str, *, actor: Actor, at: datetime) -> Representation:
    row = steps.locked(row, "representation.confirm", actor)
    is_open = row.state == State.ASKED and row.answer_by is not None and at < row.answer_by
    if not is_open or row.guesses >= policy.GUESSES:
        raise WrongCode
    if not hmac.compare_digest(_digest(row.id, "".join(code.split())), bytes(row.code_digest or b"")):
        row.guesses += 1
        steps.keep(row, "code.refused", "guesses", actor=actor, at=at, guesses=row.guesses)
        return row
    row.proof, row.code_digest = Proof.CODE, None
    row.valid_until = at + policy.ASSISTED_LASTS
    steps.prove(row, actor=actor, at=at)
    steps.keep(row, "representation.proven", "valid_until", "code_digest", *steps.PROVEN, actor=actor, at=at)
    steps.tell_person(row, "representation_began", at=at)
    return row


def _digest(identifier: UUID, code: str) -> bytes:
    """Keyed by the pepper: eight digits alone could be tried out by whoever reads the table."""
    return hmac.digest(secrets.load().pepper.key(), f"representation.code:{identifier}:{code}".encode(), sha256)
