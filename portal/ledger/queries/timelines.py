"""A person's sharing as a timeline: filtered, paged by key, grouped by month, repeats folded into one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.ledger.ids import first_at
from portal.ledger.models import FLAGS, NoteKind, SharingEvent, SharingNote
from portal.ledger.queries.records import notes_of

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see; nothing given, everything."""

    year: int | None = None
    agency: UUID | None = None
    recipient: UUID | None = None
    basis: str = ""
    flagged: bool = False
    search: str = ""


@dataclass
class Line:
    """One line of the timeline: an event, or several that differ in nothing but their time, the newest first."""

    events: list[SharingEvent]
    notes: dict[UUID, list[SharingNote]] = field(default_factory=dict)

    @property
    def first(self) -> SharingEvent:
        return self.events[0]

    @property
    def times(self) -> int:
        return len(self.events)

    @property
    def is_uncovered(self) -> bool:
        return self._has(NoteKind.UNCOVERED)

    @property
    def is_unlawful(self) -> bool:
        return self._has(NoteKind.UNLAWFUL)

    def _has(self, kind: NoteKind) -> bool:
        return any(note.kind == kind for event in self.events for note in self.notes.get(event.id, ()))


@dataclass
class Month:
    """The lines of one month, in the reader's time zone."""

    on: date
    lines: list[Line]


@dataclass(frozen=True)
class Page:
    """One page of a timeline and the cursor of the next, or None at the end."""

    events: list[SharingEvent]
    months: list[Month]
    next: UUID | None


def filtered(subject_key: bytes, filters: Filters) -> QuerySet[SharingEvent]:
    """The events that the filters leave, newest first, with agencies and dataset."""
    rows = SharingEvent.objects.filter(subject_key=subject_key)
    if filters.year is not None:
        zone = timezone.get_current_timezone()
        begins, ends = datetime(filters.year, 1, 1, tzinfo=zone), datetime(filters.year + 1, 1, 1, tzinfo=zone)
        rows = rows.filter(id__gte=first_at(begins), id__lt=first_at(ends))
    if filters.agency is not None:
        rows = rows.filter(provider_id=filters.agency)
    if filters.recipient is not None:
        rows = rows.filter(recipient_id=filters.recipient)
    if filters.basis:
        rows = rows.filter(legal_basis=filters.basis)
    if filters.flagged:
        flags = SharingNote.objects.filter(subject_key=subject_key, event_id=OuterRef("id"), kind__in=FLAGS)
        rows = rows.filter(Exists(flags))
    if filters.search:
        rows = rows.filter(_matching(filters.search))
    return rows.select_related("provider", "recipient", "dataset").order_by("-id")


def _matching(words: str) -> Q:
    columns = (
        "purpose_zh purpose_en recipient_name citation dataset__name_zh dataset__name_en "
        "provider__name_zh provider__name_en recipient__name_zh recipient__name_en"
    ).split()
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__icontains": words})
    return found


def timeline(subject_key: bytes, filters: Filters, cursor: UUID | None = None, size: int = PAGE) -> Page:
    """A page of at most `size` events older than `cursor`; two queries whatever the size."""
    rows = filtered(subject_key, filters)
    if cursor is not None:
        rows = rows.filter(id__lt=cursor)
    found = list(rows[: size + 1])
    events = found[:size]
    notes = notes_of(subject_key, [event.id for event in events])
    return Page(events, list(_months(events, notes)), events[-1].id if len(found) > size else None)


def _months(events: Sequence[SharingEvent], notes: dict[UUID, list[SharingNote]]) -> Iterable[Month]:
    months: dict[date, dict[object, Line]] = {}
    for event in events:
        on = timezone.localtime(event.occurred_at).date().replace(day=1)
        key = event.id if notes.get(event.id) else _likeness(event)  # what was said of one is not said of its likes
        line = months.setdefault(on, {}).setdefault(key, Line([], notes))
        line.events.append(event)
    return [Month(on, list(lines.values())) for on, lines in months.items()]


def _likeness(event: SharingEvent) -> tuple[object, ...]:
    """What must be alike for events to be told in one line."""
    return (
        event.provider_id,
        event.recipient_id or event.recipient_name,
        event.dataset_id,
        event.purpose_zh,
        event.purpose_en,
        event.legal_basis,
        event.depth,
        event.outcome,
    )


def choices_of(subject_key: bytes) -> dict[str, list[UUID]]:
    """The agencies that occur as provider and as recipient in a person's events: what there is to filter by."""
    pairs = SharingEvent.objects.filter(subject_key=subject_key).values_list("provider_id", "recipient_id").distinct()
    found = list(pairs)
    return {
        "providers": sorted({provider for provider, _ in found}),
        "recipients": sorted({recipient for _, recipient in found if recipient}),
    }
