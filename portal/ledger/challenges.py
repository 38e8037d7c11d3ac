"""What citizens ask of the agencies behind an event, and the agencies' answers.

A question ("why?") and a challenge ("this is not right") are notes of the event, seen by both agencies, and a row for
each agency that owes an answer. How long it has is the law's time for explaining processing rules, or the portal's own
target where the law names none; the rule says which.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.law.provisions import Rule
from portal.ledger import actions, policy, queries
from portal.ledger.errors import AlreadyAsked, NothingAsked, RowRefused
from portal.ledger.models import Challenge, NoteKind, SharingEvent, SharingNote
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor

MOST_WORDS: Final = 2_000


def rule() -> Rule:
    """Within what time an agency explains itself; `is_target` where that is our own target."""
    return law.jurisdiction().rights["explanation_of_rules"].deadline


@transaction.atomic
def ask(identifier: UUID, kind: NoteKind, *, text: str, actor: Actor, at: datetime) -> list[Challenge]:
    """Ask the provider and the recipient of an event of the actor's own why, or challenge it.

    Raises UnknownEvent, NotPermitted, AlreadyAsked while an answer is owed, RowRefused for a challenge without words.
    """
    event = queries.event(actor.subject_key or b"", identifier)
    policy.require_note(actor, kind, event)
    if kind == NoteKind.CHALLENGE and not text.strip():
        raise RowRefused("missing", policy.SAY_WHY, "/text")
    if Challenge.objects.filter(subject_key=event.subject_key, event_id=event.id, answered_at=None).exists():
        raise AlreadyAsked
    (note,) = actions.add_notes([event], kind, text=text.strip()[:MOST_WORDS], actor=actor, at=at)
    due = law.due(rule(), at)
    rows = [
        Challenge(
            subject_key=event.subject_key, event_id=event.id, note_id=note.id, agency_id=agency, kind=kind,
            asked_at=at, due_at=due.at, due_article=due.article,
        )
        for agency in _asked(event)
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Challenge.objects.bulk_create(rows)
    except IntegrityError as error:  # somebody asked in the same moment
        raise AlreadyAsked from error
    for row in rows:
        trail.record(
            "ledger.event.challenged", actor=actor, at=at, about=row, subject=event.subject_key, agency=row.agency_id,
            sharing=event.id, kind=kind,
        )  # fmt: skip
        data = {"event": str(event.id), "challenge": str(row.id), "kind": kind.value, "due_at": due.at.isoformat()}
        outbox.notify(row.agency_id, "sharing.challenged", str(event.id), data, at=at)
    return rows


def _asked(event: SharingEvent) -> list[UUID]:
    """Who owes an answer: the provider, and the recipient where it is another agency of the register."""
    return list(dict.fromkeys(agency for agency in (event.provider_id, event.recipient_id) if agency))


@transaction.atomic
def answer(challenge_id: UUID, *, text: str, actor: Actor, at: datetime) -> SharingNote:
    """Answer what the actor's agency was asked; its citizen is told. The row is locked: an answer is given once.

    Raises NothingAsked where the agency owes no answer here, RowRefused for an answer without words.
    """
    agency_id = policy.reporting_agency(actor)
    rows = Challenge.objects.select_for_update(of=("self",)).select_related("agency")
    row = rows.filter(pk=challenge_id, agency_id=agency_id, answered_at=None).first()
    if row is None:
        raise NothingAsked
    if not text.strip():
        raise RowRefused("missing", policy.SAY_WHY_SHARED, "/text")
    event = queries.event(bytes(row.subject_key), row.event_id)
    policy.require_note(actor, NoteKind.ANSWER, event)
    (note,) = actions.add_notes([event], NoteKind.ANSWER, text=text.strip()[:MOST_WORDS], actor=actor, at=at)
    row.answered_at, row.answer_id = at, note.id
    row.save(update_fields=["answered_at", "answer_id"])
    trail.record(
        "ledger.challenge.answered", actor=actor, at=at, about=row, subject=event.subject_key, agency=agency_id,
        sharing=event.id, late=at > row.due_at,
    )  # fmt: skip
    names: dict[str, Any] = {"agency_zh": row.agency.name_zh, "agency_en": row.agency.name_en}
    inbox.tell(event.subject_key, "sharing_answered", at=at, about=event, **names)
    return note


@transaction.atomic
def answer_event(identifier: UUID, *, text: str, actor: Actor, at: datetime) -> SharingNote:
    """The same, by the event's id, as a department's system names it."""
    agency_id = policy.reporting_agency(actor)
    queries.event_of_agency(identifier, agency_id)
    row = Challenge.objects.filter(event_id=identifier, agency_id=agency_id, answered_at=None).order_by("id").first()
    if row is None:
        raise NothingAsked
    return answer(row.pk, text=text, actor=actor, at=at)
