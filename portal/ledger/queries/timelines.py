"""A person's sharing as a timeline: filtered, paged by key, by month, repeats folded into one line.

Every query starts from the subject's own rows (the key begins with it); words are looked for among these alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, UUIDField, Value, When
from django.db.models.functions import TruncMonth
from django.utils import timezone

from portal.ledger.ids import first_at, time_of
from portal.ledger.models import ASKED, FLAGS, NoteKind, SharingEvent, SharingNote
from portal.ledger.queries.challenges import Asked, challenges_of, with_answers
from portal.ledger.queries.records import notes_of

PAGE = 50
SHOWN: Final = 12  # of a line's repeats; a page of their own has them all
WINDOW: Final = 1_000  # events folded for one page, and what else their oldest month holds
# What must be alike for events to be told in one line.
LIKENESS: Final = (
    "provider_id recipient_id recipient_name dataset_id purpose_zh purpose_en legal_basis depth outcome"
).split()


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see; nothing given, everything. Days are whole days of the site's time zone."""

    year: int | None = None
    since: date | None = None
    until: date | None = None  # that day too
    agency: UUID | None = None
    recipient: UUID | None = None
    dataset: UUID | None = None
    purpose: str = ""
    basis: str = ""
    depth: str = ""
    flagged: bool = False
    search: str = ""
    like: UUID | None = None  # those that this event stands for in a folded line


@dataclass
class Line:
    """One line of the timeline: an event, or several that differ in nothing but their time, the newest first."""

    first: SharingEvent
    times: int
    ids: list[UUID]  # at most SHOWN of them, the newest first
    notes: list[SharingNote] = field(default_factory=list)
    challenges: list[Asked] = field(default_factory=list)

    @property
    def is_asked(self) -> bool:
        """Whether an answer is owed."""
        return any(asked.challenge.is_open for asked in self.challenges)

    @property
    def each(self) -> list[tuple[UUID, datetime]]:
        """The newest of the events and when they happened."""
        return [(identifier, time_of(identifier)) for identifier in self.ids]

    @property
    def is_cut(self) -> bool:
        return self.times > len(self.ids)

    @property
    def is_uncovered(self) -> bool:
        return self._has(NoteKind.UNCOVERED)

    @property
    def is_unlawful(self) -> bool:
        return self._has(NoteKind.UNLAWFUL)

    def _has(self, kind: NoteKind) -> bool:
        return any(note.kind == kind for note in self.notes)


@dataclass
class Month:
    """The lines of one month, in the site's time zone."""

    on: date
    lines: list[Line]
    viewings: list[Any] = field(default_factory=list)  # portal.ledger.queries.viewings.Viewing


@dataclass(frozen=True)
class Page:
    """One page of events with what was said of them, and the cursor of the next page, or None at the end."""

    events: list[SharingEvent]
    notes: dict[UUID, list[SharingNote]]
    next: UUID | None


@dataclass(frozen=True)
class Folded:
    """One page of lines by month, and the cursor of the next page, or None at the end."""

    months: list[Month]
    next: UUID | None

    @property
    def lines(self) -> list[Line]:
        return [line for month in self.months for line in month.lines]


def filtered(subject_key: bytes, filters: Filters) -> QuerySet[SharingEvent]:
    """The events that the filters leave, newest first, with agencies and dataset."""
    rows = SharingEvent.objects.filter(subject_key=subject_key)
    zone = timezone.get_default_timezone()
    if filters.year is not None:
        begins, ends = datetime(filters.year, 1, 1, tzinfo=zone), datetime(filters.year + 1, 1, 1, tzinfo=zone)
        rows = rows.filter(id__gte=first_at(begins), id__lt=first_at(ends))
    if filters.since is not None:
        rows = rows.filter(id__gte=first_at(_midnight(filters.since)))
    if filters.until is not None:
        rows = rows.filter(id__lt=first_at(_midnight(filters.until + timedelta(days=1))))
    exact = {
        "provider_id": filters.agency,
        "recipient_id": filters.recipient,
        "dataset_id": filters.dataset,
        "legal_basis": filters.basis,
        "depth": filters.depth,
    }
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    if filters.purpose:
        rows = rows.filter(Q(purpose_zh=filters.purpose) | Q(purpose_en=filters.purpose))
    if filters.flagged:
        rows = rows.filter(Exists(_notes(subject_key).filter(kind__in=FLAGS)))
    if filters.search:
        rows = rows.filter(_matching(filters.search))
    if filters.like is not None:
        rows = rows.filter(_alike(subject_key, filters.like))
    return rows.select_related("provider", "recipient", "dataset").order_by("-id")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def _notes(subject_key: bytes) -> QuerySet[SharingNote]:
    return SharingNote.objects.filter(subject_key=subject_key, event_id=OuterRef("id"))


def _matching(words: str) -> Q:
    columns = (
        "purpose_zh purpose_en recipient_name citation dataset__name_zh dataset__name_en "
        "provider__name_zh provider__name_en recipient__name_zh recipient__name_en"
    ).split()
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__icontains": words})
    return found


def _alike(subject_key: bytes, identifier: UUID) -> Q:
    """What a line that this event stands for holds: its likes of the same month; nothing for an unknown event."""
    event = SharingEvent.objects.filter(subject_key=subject_key, id=identifier).first()
    if event is None:
        return Q(id__in=[])
    begins = _month_of(identifier)
    bounds = Q(id__gte=first_at(begins), id__lt=first_at(_after(begins)))
    return bounds & Q(**{name: getattr(event, name) for name in LIKENESS if getattr(event, name) is not None})


def timeline(subject_key: bytes, filters: Filters, cursor: UUID | None = None, size: int = PAGE) -> Page:
    """A page of at most `size` events older than `cursor`, each by itself; two queries whatever the size."""
    rows = filtered(subject_key, filters)
    if cursor is not None:
        rows = rows.filter(id__lt=cursor)
    found = list(rows[: size + 1])
    events = found[:size]
    notes = notes_of(subject_key, [event.id for event in events])
    return Page(events, notes, events[-1].id if len(found) > size else None)


def folded(subject_key: bytes, filters: Filters, cursor: UUID | None = None, size: int = PAGE) -> Folded:
    """A page of at most `size` lines whose newest event is older than `cursor`; four queries whatever their number.

    A line holds all its repeats of the month, also those that lie further down than the page: so whole months are
    folded, as many as the next WINDOW events reach into.
    """
    rows = filtered(subject_key, filters)
    while True:
        older = rows if cursor is None else rows.filter(id__lt=cursor)
        beyond = older.values_list("id", flat=True)[WINDOW : WINDOW + 1].first()
        floor = first_at(_month_of(beyond)) if beyond else None
        groups = _groups(subject_key, rows, cursor, floor, size + 1)
        if groups or floor is None:
            break
        cursor = floor  # all that is left of this month stands in lines of the page before
    shown = groups[:size]
    after = shown[-1]["newest"][0] if len(groups) > size else floor
    return Folded(_months(subject_key, shown), after)


def _groups(
    subject_key: bytes, rows: QuerySet[SharingEvent], cursor: UUID | None, floor: UUID | None, most: int
) -> list[dict[str, Any]]:
    """The lines between two ends; what was said of one event is not said of its likes, so that one stands alone."""
    if cursor is not None:
        rows = rows.filter(id__lt=first_at(_after(_month_of(cursor))))
    if floor is not None:
        rows = rows.filter(id__gte=floor)
    alone = Case(When(Exists(_notes(subject_key)), then=F("id")), default=Value(None), output_field=UUIDField())
    lines = (
        rows.order_by()
        .annotate(month=TruncMonth("occurred_at", tzinfo=timezone.get_default_timezone()), alone=alone)
        .values("month", "alone", *LIKENESS)
        .annotate(times=Count("*"), newest=_first_ids(SHOWN), newest_id=_newest_id())
    )
    if cursor is not None:
        lines = lines.filter(newest_id__lt=cursor)
    return list(lines.order_by("-newest_id")[:most])


def _first_ids(many: int) -> Func:
    return Func(ArrayAgg("id", order_by="-id"), template=f"(%(expressions)s)[1:{many}]")


def _newest_id() -> Func:
    return Func(ArrayAgg("id", order_by="-id"), template="(%(expressions)s)[1]", output_field=UUIDField())


def _months(subject_key: bytes, groups: Iterable[dict[str, Any]]) -> list[Month]:
    groups = list(groups)
    newest = [group["newest"][0] for group in groups]
    rows = SharingEvent.objects.filter(subject_key=subject_key, id__in=newest)
    events = {event.id: event for event in rows.select_related("provider", "recipient", "dataset")}
    notes = notes_of(subject_key, newest)
    questions = {event for event, said in notes.items() if any(note.kind in ASKED for note in said)}
    asked = challenges_of(subject_key, questions) if questions else {}
    months: dict[date, Month] = {}
    for group in groups:
        on, first = group["month"].date(), group["newest"][0]
        said = notes.get(first, [])
        line = Line(events[first], group["times"], group["newest"], said, with_answers(asked.get(first, []), said))
        months.setdefault(on, Month(on, [])).lines.append(line)
    return list(months.values())


def _month_of(identifier: UUID) -> datetime:
    """The first instant of the month in which an event happened."""
    local = timezone.localtime(time_of(identifier), timezone.get_default_timezone())
    return _midnight(local.date().replace(day=1))


def _after(month: datetime) -> datetime:
    """The first instant of the month after."""
    return _midnight((month.date() + timedelta(days=31)).replace(day=1))


PURPOSES: Final = 50
LOOKED_AT: Final = 10_000  # the newest events: with more than these a page would wait for its choices


@dataclass(frozen=True)
class Choices:
    """What occurs in a person's LOOKED_AT newest events, to filter by: agencies, datasets, the frequent purposes."""

    providers: frozenset[UUID]
    recipients: frozenset[UUID]
    datasets: frozenset[UUID]
    purposes: list[str]


def choices_of(subject_key: bytes, *, english: bool = False) -> Choices:
    """What there is to filter by; two queries."""
    newest = SharingEvent.objects.filter(subject_key=subject_key).order_by("-id").values("id")[:LOOKED_AT]
    rows = SharingEvent.objects.filter(subject_key=subject_key, id__in=newest)
    found = list(rows.values_list("provider_id", "recipient_id", "dataset_id").distinct())
    counted: Any = rows.values("purpose_zh", "purpose_en").annotate(times=Count("*")).order_by("-times", "purpose_zh")
    first, second = ("purpose_en", "purpose_zh") if english else ("purpose_zh", "purpose_en")
    purposes = [row[first] or row[second] for row in counted[:PURPOSES]]
    return Choices(
        frozenset(provider for provider, _, _ in found),
        frozenset(recipient for _, recipient, _ in found if recipient),
        frozenset(dataset for _, _, dataset in found),
        list(dict.fromkeys(purposes)),
    )
