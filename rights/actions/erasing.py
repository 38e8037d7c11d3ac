"""Erasing takes two people: one states what was erased, another of the agency confirms it, and then it is answered."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from portal.law import queries as law
from portal.law.errors import UnknownProvision
from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights.actions.steps import few_words, locked, words
from rights.errors import (
    ErasedInFuture,
    ErasurePointless,
    ErasureUnproven,
    KeptWithoutProvision,
    SamePerson,
)
from rights.models import Erasure, Kind, Part
from rights.states import Outcome


@dataclass(frozen=True)
class Statement:
    """What was erased and how, and what a law has kept: then only stored (PIPL 47(2))."""

    erased: str
    method: str
    erased_at: datetime
    kept: str = ""
    kept_until: date | None = None
    kept_article: str = ""


@transaction.atomic
def prepare_erasure(part: Part, *, statement: Statement, actor: Actor, at: datetime) -> Erasure:
    """State what was erased; a statement that nobody confirmed yet is replaced.

    Raises ErasurePointless for another right or a closed part, ErasedInFuture, KeptWithoutProvision.
    """
    part = locked(part, "rights.erase", actor)
    if part.kind != Kind.ERASURE or not part.is_open:
        raise ErasurePointless
    if statement.erased_at > at:
        raise ErasedInFuture
    kept = few_words(statement.kept, "kept")
    Erasure.objects.filter(part=part, confirmed_at=None).delete()
    erasure = Erasure.objects.create(
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        erased=words(statement.erased, "erased"),
        method=words(statement.method, "method"),
        erased_at=statement.erased_at,
        kept=kept,
        kept_until=statement.kept_until if kept else None,
        kept_article=_provision(statement) if kept else "",
        prepared_at=at,
        prepared_by=actor.user_id,
        prepared_by_client=actor.client_id or "",
    )
    _note(part, erasure, "prepared", actor=actor, at=at)
    return erasure


def state_erasure(part: Part, *, actor: Actor, at: datetime, **given: Any) -> Erasure:
    """The same, as a form or a body gives it: field by field."""
    return prepare_erasure(part, statement=Statement(**given), actor=actor, at=at)


@transaction.atomic
def confirm_erasure(part: Part, *, actor: Actor, at: datetime) -> Erasure:
    """A second person confirms it, never a system. Raises SamePerson, ErasurePointless."""
    part = locked(part, "rights.approve", actor)
    erasure = Erasure.objects.select_for_update().filter(part=part, confirmed_at=None).first()
    if erasure is None or not part.is_open:
        raise ErasurePointless
    if erasure.prepared_by == actor.user_id:
        raise SamePerson
    erasure.confirmed_by, erasure.confirmed_at = actor.user_id, at
    erasure.save(update_fields=["confirmed_by", "confirmed_at"])
    _note(part, erasure, "confirmed", actor=actor, at=at)
    return erasure


def require_proof(part: Part, outcome: Outcome) -> None:
    """Raise ErasureUnproven where erasing is claimed without a confirmed statement; the database says it again."""
    if part.kind != Kind.ERASURE or outcome not in (Outcome.FULFILLED, Outcome.PARTLY):
        return
    since = part.reopened_at or part.submitted_at
    if not Erasure.objects.filter(part=part, confirmed_at__gte=since).exists():
        raise ErasureUnproven


def _provision(statement: Statement) -> str:
    try:
        ref: str = law.article(statement.kept_article).ref
    except UnknownProvision as error:
        raise KeptWithoutProvision from error
    return ref


def _note(part: Part, erasure: Erasure, event: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        f"rights.erasure.{event}",
        actor=actor,
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        statement=erasure.pk,
    )
