"""Withholding an event from its citizen for a time: by a ground of the law and a second person.

At its review date an embargo lifts by itself where its ground is one that passes (PIPL 18(2), 35); one that rests on a
duty of secrecy (PIPL 18(1)) goes to the regulator, is counted in public, and never lifts by itself.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.ledger import actions, policy, queries
from portal.ledger.errors import AlreadyWithheld, GroundUnknown, ReviewTooFar, SecondPersonNeeded, UnknownEmbargo
from portal.ledger.models import Embargo, NoteKind
from portal.ledger.states import EmbargoState
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.errors import IllegalMove

LONGEST: Final = 366  # days until a review
A_BATCH: Final = 100


@transaction.atomic
def ask(identifier: UUID, *, ground: str, reason: str, review_on: date, actor: Actor, at: datetime) -> Embargo:
    """Ask that an event of the actor's agency be withheld; nothing is hidden before a second person approves.

    Raises UnknownEvent, NotPermitted, GroundUnknown, ReviewTooFar, AlreadyWithheld.
    """
    event = queries.event_of_agency(identifier, policy.reporting_agency(actor))
    asked_by = policy.require_embargo(actor, event.provider_id)
    if ground not in law.jurisdiction().withholdings:
        raise GroundUnknown
    _require_review(review_on, at)
    row = Embargo(
        subject_key=event.subject_key, event_id=event.id, provider_id=event.provider_id, ground=ground,
        reason=reason.strip(), review_on=review_on, asked_by=asked_by, asked_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyWithheld from error
    _record("asked", row, actor, at)
    return row


@transaction.atomic
def decide(embargo: Embargo, *, approved: bool, actor: Actor, at: datetime) -> Embargo:
    """A second person of the same agency approves or refuses. Raises SecondPersonNeeded, IllegalMove, NotPermitted."""
    row = _locked(embargo, actor)
    policy.require_embargo(actor, row.provider_id)
    if actor.user_id == row.asked_by:
        raise SecondPersonNeeded
    row.move_to(EmbargoState.IN_FORCE if approved else EmbargoState.REFUSED)
    row.decided_by, row.decided_at = actor.user_id, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if approved:
        _note(row, NoteKind.EMBARGO, row.ground, actor, at)
    _record("approved" if approved else "refused", row, actor, at)
    return row


@transaction.atomic
def lift(embargo: Embargo, *, actor: Actor, at: datetime) -> Embargo:
    """The citizen sees the event from now on, and for how long it was withheld; they are told."""
    row = _locked(embargo, actor)
    policy.require_lift(actor, row.provider_id)
    row.move_to(EmbargoState.LIFTED)
    row.lifted_at = at
    if actor.kind is ActorKind.REGULATOR:
        _reviewed(row, lifted=at, until=None)
    else:
        row.save(update_fields=["state", "lifted_at"])
    _note(row, NoteKind.LIFTED, row.ground, actor, at)
    _record("lifted", row, actor, at, subject=bytes(row.subject_key))
    event = queries.event(bytes(row.subject_key), row.event_id)
    names: dict[str, Any] = {"agency_zh": event.provider.name_zh, "agency_en": event.provider.name_en}
    inbox.tell(event.subject_key, "sharing_lifted", at=at, about=event, **names)
    return row


@transaction.atomic
def prolong(embargo: Embargo, *, review_on: date, reason: str, actor: Actor, at: datetime) -> Embargo:
    """The regulator has reviewed it and lets it stand until another review. Raises NotPermitted, ReviewTooFar."""
    row = _locked(embargo, actor)
    policy.require_review(actor)
    _require_review(review_on, at)
    if row.state != EmbargoState.IN_FORCE:
        raise UnknownEmbargo
    row.review_on, row.with_regulator_at = review_on, None
    _reviewed(row, lifted=None, until=review_on)
    _note(row, NoteKind.REVIEW, reason.strip(), actor, at)
    _record("prolonged", row, actor, at)
    return row


def review_due(*, at: datetime) -> int:
    """Lift or hand to the regulator what has passed its review date; how many. Each in a transaction of its own."""
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    with acting_as(Actor.portal()):
        due = Embargo.objects.filter(state=EmbargoState.IN_FORCE, review_on__lt=today, with_regulator_at=None)
        ids = list(due.order_by("review_on", "id").values_list("pk", flat=True)[:A_BATCH])
    for identifier in ids:
        with acting_as(Actor.portal()) as portal:
            _review(identifier, portal, at)
    return len(ids)


def _review(identifier: UUID, actor: Actor, at: datetime) -> None:
    row = Embargo.objects.select_for_update().get(pk=identifier)
    if row.state != EmbargoState.IN_FORCE or row.with_regulator_at is not None:
        return  # somebody was here first
    if law.jurisdiction().withholdings[row.ground].lifts_by_itself:
        lift(row, actor=actor, at=at)
        return
    row.with_regulator_at = at
    row.save(update_fields=["with_regulator_at"])
    _note(row, NoteKind.REVIEW, "", actor, at)
    _record("referred", row, actor, at)


def _locked(embargo: Embargo, actor: Actor) -> Embargo:
    """The row as it stands; the regulator, who writes no rows, locks none: the database's function decides."""
    rows = Embargo.objects.all() if actor.kind is ActorKind.REGULATOR else Embargo.objects.select_for_update()
    row = rows.filter(pk=embargo.pk).first()
    if row is None:
        raise UnknownEmbargo
    return row


def _reviewed(row: Embargo, *, lifted: datetime | None, until: date | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_review_embargo(%s, %s, %s)", [row.pk, lifted, until])
        (done,) = cursor.fetchone()
    if not done:
        raise IllegalMove  # somebody lifted it in the same moment


def _require_review(review_on: date, at: datetime) -> None:
    today = timezone.localtime(at, timezone.get_default_timezone()).date()
    if not 0 < (review_on - today).days <= LONGEST:
        raise ReviewTooFar(field="review_on")


def _note(row: Embargo, kind: NoteKind, text: str, actor: Actor, at: datetime) -> None:
    event = queries.event(bytes(row.subject_key), row.event_id)
    policy.require_note(actor, kind, event)
    actions.add_notes([event], kind, text=text, actor=actor, at=at)


def _record(act: str, row: Embargo, actor: Actor, at: datetime, subject: bytes | None = None) -> None:
    """Without the person until it is lifted: their own trail must not tell what their timeline withholds."""
    trail.record(
        f"ledger.embargo.{act}", actor=actor, at=at, about=row, subject=subject, agency=row.provider_id,
        ground=row.ground, review_on=row.review_on,
    )  # fmt: skip
