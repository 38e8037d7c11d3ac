"""Questions and challenges: those of an event, and how each agency answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from portal.ledger.models import Challenge, SharingNote


@dataclass(frozen=True)
class Asked:
    """What one agency was asked about an event, and what it answered."""

    challenge: Challenge
    answer: SharingNote | None


@dataclass(frozen=True)
class AnswerScore:
    """How an agency answers what it is asked: counts, no persons."""

    agency_id: UUID
    asked: int
    in_time: int
    late: int  # answered, but late
    overdue: int  # not answered, and the time is over


def challenges_of(subject_key: bytes, events: Iterable[UUID]) -> dict[UUID, list[Challenge]]:
    """What is asked about these events, the newest first, by event; one query."""
    found: dict[UUID, list[Challenge]] = {}
    rows = Challenge.objects.filter(subject_key=subject_key, event_id__in=list(events)).select_related("agency")
    for row in rows.order_by("-asked_at", "agency__code"):
        found.setdefault(row.event_id, []).append(row)
    return found


def asked_about(subject_key: bytes, event_id: UUID, notes: Iterable[SharingNote]) -> list[Asked]:
    """What was asked about one event, with the answers among its notes."""
    return with_answers(challenges_of(subject_key, [event_id]).get(event_id, []), notes)


def with_answers(rows: Iterable[Challenge], notes: Iterable[SharingNote]) -> list[Asked]:
    """Each question with its answer among the event's notes."""
    answers = {note.id: note for note in notes}
    return [Asked(row, answers.get(row.answer_id) if row.answer_id else None) for row in rows]


def answer_scores(at: datetime) -> list[AnswerScore]:
    """Every agency that was ever asked, by how many answers it owes and is late with; for everybody to see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_answer_scores(%s)", [at])
        return [AnswerScore(*row) for row in cursor.fetchall()]
