"""Single records of the ledger, and a person's records as other parts need them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from portal.ledger.errors import UnknownBatch, UnknownEvent
from portal.ledger.ids import first_at
from portal.ledger.models import Batch, Depth, Holding, NoteKind, Outcome, SharingEvent, SharingNote


@dataclass(frozen=True)
class Holder:
    """A dataset that holds records about somebody, and whose it is: where a request must go."""

    agency_id: UUID
    dataset_id: UUID
    items: tuple[str, ...]
    since: date | None
    until: date | None


def holdings_of(subject_key: bytes) -> list[Holding]:
    """What is held about a person, with dataset and agency: what is held still comes first."""
    rows = Holding.objects.filter(subject_key=subject_key).select_related("dataset", "agency")
    return list(rows.order_by(F("until").asc(nulls_first=True), "agency__code", "dataset__code"))


def holders_of(subject_key: bytes, datasets: Iterable[UUID] | None = None) -> list[Holder]:
    """Who holds records about a person, of all datasets or of those named; also what is held no longer, by its date."""
    rows = Holding.objects.filter(subject_key=subject_key)
    if datasets is not None:
        rows = rows.filter(dataset_id__in=list(datasets))
    return [
        Holder(row.agency_id, row.dataset_id, tuple(row.items), row.since, row.until)
        for row in rows.order_by("agency_id", "dataset_id")
    ]


@dataclass(frozen=True)
class Trace:
    """That one agency's records of a person went to another, however often."""

    provider_id: UUID
    recipient_id: UUID | None
    dataset_id: UUID
    was_copied: bool


def traces_of(subject_key: bytes, datasets: Iterable[UUID] | None = None) -> list[Trace]:
    """Between whom a person's records went, of all datasets or of those named; one query."""
    rows = SharingEvent.objects.filter(subject_key=subject_key, outcome=Outcome.SENT)
    if datasets is not None:
        rows = rows.filter(dataset_id__in=list(datasets))
    copied = Count("id", filter=Q(depth__in=(Depth.COPIED, Depth.SUBSCRIBED)))
    grouped = rows.values("provider_id", "recipient_id", "dataset_id").annotate(copies=copied).order_by()
    return [Trace(row["provider_id"], row["recipient_id"], row["dataset_id"], row["copies"] > 0) for row in grouped]


def event(subject_key: bytes, identifier: UUID) -> SharingEvent:
    """One event of a person's, with its agencies and dataset; raises UnknownEvent."""
    rows = SharingEvent.objects.select_related("provider", "recipient", "dataset", "agreement")
    found = rows.filter(subject_key=subject_key, id=identifier).first()
    if found is None:
        raise UnknownEvent
    return found


def event_of_agency(identifier: UUID, agency_id: UUID) -> SharingEvent:
    """One event by its id alone, as a department names it; raises UnknownEvent where it has no part in it."""
    taking_part = Q(provider_id=agency_id) | Q(recipient_id=agency_id)
    found = SharingEvent.objects.filter(taking_part, id=identifier).first()
    if found is None:
        raise UnknownEvent
    return found


def events_of(
    subject_key: bytes,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    datasets: Iterable[UUID] | None = None,
) -> QuerySet[SharingEvent]:
    """A person's events in [since, until), newest first, with agencies and dataset."""
    rows = SharingEvent.objects.filter(subject_key=subject_key).select_related("provider", "recipient", "dataset")
    if since is not None:
        rows = rows.filter(id__gte=first_at(since))
    if until is not None:
        rows = rows.filter(id__lt=first_at(until))
    if datasets is not None:
        rows = rows.filter(dataset_id__in=list(datasets))
    return rows.order_by("-id")


def recipients_of(subject_key: bytes, dataset_id: UUID) -> set[UUID]:
    """The agencies that were sent a person's records of a dataset: who must be told of a correction."""
    rows = SharingEvent.objects.filter(subject_key=subject_key, dataset_id=dataset_id, outcome=Outcome.SENT)
    return set(rows.exclude(recipient=None).values_list("recipient_id", flat=True).distinct())


def events_of_batch(batch_id: UUID) -> QuerySet[SharingEvent]:
    """What one call brought, in the order of its leaves."""
    return SharingEvent.objects.filter(batch_id=batch_id).order_by("id", "subject_key")


def sent_about(subject_keys: Iterable[bytes], since: datetime, until: datetime) -> QuerySet[SharingEvent]:
    """What was sent about these people in [since, until), without anything looked up beside it."""
    rows = SharingEvent.objects.filter(subject_key__in=list(subject_keys), outcome=Outcome.SENT)
    return rows.filter(id__gte=first_at(since), id__lt=first_at(until))


def claiming_consent(since: datetime, until: datetime) -> QuerySet[SharingEvent]:
    """What was sent in [since, until) in the name of a consent."""
    rows = SharingEvent.objects.filter(id__gte=first_at(since), id__lt=first_at(until), outcome=Outcome.SENT)
    return rows.exclude(consent_id=None).select_related("provider").order_by("id")


def notes_of(subject_key: bytes, events: Iterable[UUID]) -> dict[UUID, list[SharingNote]]:
    """What was said of these events, oldest first, by event; one query."""
    found: dict[UUID, list[SharingNote]] = {}
    rows = SharingNote.objects.filter(subject_key=subject_key, event_id__in=list(events)).select_related("author")
    for note in rows.order_by("at", "id"):
        found.setdefault(note.event_id, []).append(note)
    return found


def told_before(
    events: Sequence[Mapping[str, Any]], *, provider: UUID, but_in: UUID
) -> dict[tuple[bytes, UUID], dict[str, Any]]:
    """Those of a provider's events that are recorded already, as columns by key; not those of the batch `but_in`."""
    rows = SharingEvent.objects.filter(
        subject_key__in={values["subject_key"] for values in events},
        id__in=[values["id"] for values in events],
        provider_id=provider,
    )
    found: dict[tuple[bytes, UUID], dict[str, Any]] = {}
    for row in rows.exclude(batch_id=but_in).values():
        found[bytes(row["subject_key"]), row["id"]] = dict(row)
    return found


def marked(events: Sequence[SharingEvent], kind: NoteKind) -> set[tuple[bytes, UUID]]:
    """The keys of those events of which a note of this kind stands."""
    rows = SharingNote.objects.filter(
        subject_key__in={row.subject_key for row in events}, event_id__in=[row.id for row in events], kind=kind
    )
    return {(note.subject_key, note.event_id) for note in rows}


def batch(identifier: UUID) -> Batch:
    """A batch of the actor's own; raises UnknownBatch."""
    found = Batch.objects.filter(pk=identifier).first()
    if found is None:
        raise UnknownBatch
    return found
