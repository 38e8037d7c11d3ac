"""What is flagged, for those whom it concerns: both agencies, and the regulator. Persons are never named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from portal.ledger.models import FLAGS, NoteKind, SharingEvent, SharingNote

PAGE: Final = 100
_REUSED: Final = """
WITH fresh AS (
    SELECT event.subject_key, event.id, event.provider_id, event.reference, event.recorded_at
    FROM ledger_sharingevent AS event JOIN ledger_batch AS batch ON batch.id = event.batch_id
    WHERE batch.kind = 'events' AND batch.received_at >= %s
)
SELECT DISTINCT fresh.subject_key, fresh.id FROM fresh
JOIN ledger_sharingevent AS known USING (provider_id, reference)
WHERE (known.subject_key, known.id) <> (fresh.subject_key, fresh.id) AND known.recorded_at <= fresh.recorded_at
"""


@dataclass(frozen=True)
class Flagged:
    """One flag and its event, with agencies and dataset."""

    note: SharingNote
    event: SharingEvent

    @property
    def lag(self) -> timedelta:
        """How long after the sharing it was reported."""
        return max(timedelta(), self.event.recorded_at - self.event.occurred_at)


@dataclass(frozen=True)
class FlaggedPage:
    """One page, the newest first, and the cursor of the next, or None at the end."""

    flagged: list[Flagged]
    next: UUID | None


def flagged(*, agency_id: UUID | None = None, after: UUID | None = None, size: int = PAGE) -> FlaggedPage:
    """What was flagged, of one agency's sharing or of all that the actor may see; two queries."""
    notes = SharingNote.objects.filter(kind__in=FLAGS)
    if agency_id is not None:
        notes = notes.filter(Q(provider_id=agency_id) | Q(recipient_id=agency_id))
    if after is not None:
        notes = notes.filter(id__lt=after)
    found = list(notes.order_by("-id")[: size + 1])
    shown = found[:size]
    events = _events(shown)
    rows = [Flagged(note, events[note.subject_key, note.event_id]) for note in shown if _key(note) in events]
    return FlaggedPage(rows, shown[-1].id if len(found) > size else None)


def flags_of_batch(batch_id: UUID) -> list[Flagged]:
    """The flags that one act set, with their events."""
    notes = list(SharingNote.objects.filter(batch_id=batch_id, kind__in=FLAGS).order_by("subject_key", "event_id"))
    events = _events(notes)
    return [Flagged(note, events[_key(note)]) for note in notes if _key(note) in events]


def withheld(events: Iterable[SharingEvent]) -> set[tuple[bytes, UUID]]:
    """Those of the events of which their citizen must not hear for now."""
    rows = list(events)
    notes = SharingNote.objects.filter(
        subject_key__in={event.subject_key for event in rows},
        event_id__in=[event.id for event in rows],
        kind__in=(NoteKind.EMBARGO, NoteKind.LIFTED),
    )
    newest = {_key(note): note.kind for note in notes.order_by("at", "id")}
    return {key for key, kind in newest.items() if kind == NoteKind.EMBARGO}


def reused_references(since: datetime) -> QuerySet[SharingEvent]:
    """Events reported since then under a reference that their provider used for another person or time as well."""
    with connection.cursor() as cursor:
        cursor.execute(_REUSED, [since])
        keys = [(bytes(subject), identifier) for subject, identifier in cursor.fetchall()]
    found = SharingEvent.objects.filter(subject_key__in={key for key, _ in keys}, id__in=[pk for _, pk in keys])
    return found.order_by("id", "subject_key")


def _key(note: SharingNote) -> tuple[bytes, UUID]:
    return note.subject_key, note.event_id


def _events(notes: Iterable[SharingNote]) -> Mapping[tuple[bytes, UUID], SharingEvent]:
    rows = list(notes)
    events = SharingEvent.objects.filter(
        subject_key__in={note.subject_key for note in rows}, id__in=[note.event_id for note in rows]
    ).select_related("provider", "recipient", "dataset")
    return {(event.subject_key, event.id): event for event in events}
