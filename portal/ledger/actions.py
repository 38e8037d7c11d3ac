"""Every write to the ledger: what departments report, what is later said of it. Nothing here is ever changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from portal.law import queries as law
from portal.ledger import counting, intake, policy, queries, retention, storing
from portal.ledger.errors import RowRefused
from portal.ledger.intake import Register, Rejection, Sorting
from portal.ledger.leaves import BatchTree, leaf_of
from portal.ledger.models import (
    Batch,
    BatchKind,
    FaceFault,
    HoldingChange,
    NoteKind,
    SharingEvent,
    SharingNote,
)
from portal.ledger.rows import read_event, read_holding
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id

Row = TypeVar("Row", HoldingChange, SharingNote)
Key = tuple[bytes, UUID]  # subject_key and id of an event


@dataclass(frozen=True)
class Outcome:
    """What became of one call's rows."""

    batch: UUID
    accepted: int
    duplicates: int
    rejected: list[Rejection]


@dataclass(frozen=True)
class SharedEvent:
    """One recorded event; `batch` is None where it was recorded before."""

    id: UUID
    batch: UUID | None

    @property
    def is_new(self) -> bool:
        return self.batch is not None


@transaction.atomic
def report_events(rows: Iterable[Any], *, actor: Actor, at: datetime) -> Outcome:
    """Take what a department reports of its sharing: each row stored, known already, or refused with its reason.

    A row whose reference, time and person were reported before is a duplicate and counts once, also when two calls
    bring it at the same moment; if it tells something else, it is refused. Raises TooManyRows, NoRows, NotPermitted;
    nothing is then stored.
    """
    provider = policy.reporting_agency(actor)
    sorting, batch = Sorting(), new_id()
    bases, oldest = tuple(law.jurisdiction().legal_bases), retention.kept_since(at)
    read = sorting.each(intake.numbered(rows, sorting), lambda row: read_event(row, bases=bases, at=at, oldest=oldest))
    register = Register([row for _, row in read], agency_id=provider, at=at)
    judged = sorting.each(read, lambda row: intake.event_values(row, register, provider=provider, batch=batch, at=at))
    events = intake.without_reused(judged, sorting)
    leaves = storing.store_events([storing.with_leaf(SharingEvent, values) for values in events])
    if len(leaves) < len(events):
        _refuse_reused(judged, sorting, provider=provider, batch=batch)
    return _close(BatchKind.EVENTS, batch, leaves, sorting, agency=provider, actor=actor, at=at)


def _refuse_reused(judged: intake.Judged[dict[str, Any]], sorting: Sorting, *, provider: UUID, batch: UUID) -> None:
    """Refuse the rows whose key stands for another event, which an earlier call brought."""
    known = queries.told_before([values for _, values in judged], provider=provider, but_in=batch)
    refused = {rejection.index for rejection in sorting.rejected}
    for index, values in judged:
        before = known.get((values["subject_key"], values["id"]))
        if before is not None and index not in refused and not intake.same(before, values):
            sorting.refuse(index, intake.reused())


@transaction.atomic
def report_holdings(rows: Iterable[Any], *, actor: Actor, at: datetime) -> Outcome:
    """Take about whom a department's datasets hold records; a row that says what is known already is a duplicate.

    Raises TooManyRows, NoRows, NotPermitted; nothing is then stored.
    """
    agency = policy.reporting_agency(actor)
    sorting, batch = Sorting(), new_id()
    read = sorting.each(intake.numbered(rows, sorting), read_holding)
    register = Register([row for _, row in read], agency_id=agency, at=at)
    judged = sorting.each(read, lambda row: intake.holding_values(row, register, agency=agency, at=at))
    holdings = [values for _, values in intake.without_repeats(judged, sorting)]
    changed = storing.store_holdings(holdings)
    changes = [
        _sealed(HoldingChange(recorded_at=at, batch_id=batch, **_without(values, "updated_at")))
        for values in holdings
        if (values["subject_key"], values["dataset_id"]) in changed
    ]
    storing.insert(changes)
    return _close(BatchKind.HOLDINGS, batch, _leaves(changes), sorting, agency=agency, actor=actor, at=at)


@transaction.atomic
def record_share(fields: Mapping[str, Any], *, subject_key: bytes, actor: Actor, at: datetime) -> SharedEvent:
    """Record one release together with the decision that allowed it; `fields` are a reported row's but the subject.

    A repeat is recorded once. Raises Invalid with the field to mend, NotPermitted.
    """
    provider = policy.reporting_agency(actor)
    bases = tuple(law.jurisdiction().legal_bases)
    row = read_event(fields, bases=bases, at=at, oldest=retention.kept_since(at), with_subject=False)
    register, batch = Register([row], agency_id=provider, at=at), new_id()
    values = intake.event_values(row, register, provider=provider, batch=batch, at=at, subject=subject_key)
    leaves = storing.store_events([storing.with_leaf(SharingEvent, values)])
    if not leaves:
        known = queries.told_before([values], provider=provider, but_in=batch)
        if any(not intake.same(before, values) for before in known.values()):
            raise intake.reused()
        return SharedEvent(values["id"], None)
    _close(BatchKind.EVENTS, batch, leaves, Sorting(size=1), agency=provider, actor=actor, at=at)
    return SharedEvent(values["id"], batch)


@transaction.atomic
def add_note(
    identifier: UUID,
    kind: NoteKind,
    *,
    subject_key: bytes | None = None,
    text: str = "",
    evidence: str = "",
    actor: Actor,
    at: datetime,
) -> SharingNote:
    """Say something of an event that the actor may see; a department names it by its id, others also by its person.

    Raises UnknownEvent, NotPermitted, Invalid.
    """
    if subject_key is None:
        event = queries.event_of_agency(identifier, policy.reporting_agency(actor))
    else:
        event = queries.event(subject_key, identifier)
    policy.require_note(actor, kind, event)
    if kind in {NoteKind.CORRECTION, NoteKind.DISPOSAL} and not text.strip():
        raise RowRefused("missing", policy.SAY_WHAT, "/text")
    (note,) = add_notes([event], kind, text=text.strip(), evidence=evidence.strip(), actor=actor, at=at)
    return note


@transaction.atomic
def flag_uncovered(
    events: Sequence[SharingEvent],
    *,
    faults: Mapping[Key, Sequence[FaceFault]] | None = None,
    actor: Actor,
    at: datetime,
) -> list[SharingNote]:
    """Mark events as unlawful on their face: in what, by (subject_key, id), or else that no consent allowed them.

    Those marked before are left as they are; whom it concerns is told by the portal's own task.
    """
    texts = {key: " ".join(found) for key, found in (faults or {}).items()}
    notes = _flag(events, NoteKind.UNCOVERED, texts, FaceFault.CONSENT.value, actor, at)
    if notes:
        counting.count_flagged({event.batch_id for event in events}, [note.event_id for note in notes])
    return notes


@transaction.atomic
def flag_reused(events: Sequence[SharingEvent], *, actor: Actor, at: datetime) -> list[SharingNote]:
    """Mark events that came under a reference which their provider had used for another person or time."""
    return _flag(events, NoteKind.REUSED, {}, "", actor, at)


def _flag(
    events: Sequence[SharingEvent], kind: NoteKind, texts: Mapping[Key, str], text: str, actor: Actor, at: datetime
) -> list[SharingNote]:
    marked = queries.marked(events, kind)
    fresh = [event for event in events if (event.subject_key, event.id) not in marked]
    for event in fresh:
        policy.require_note(actor, kind, event)
    if not fresh:
        return []
    notes = add_notes(fresh, kind, texts=texts, text=text, actor=actor, at=at)
    outbox.put("ledger.events.flagged", batch_id=notes[0].batch_id)
    return notes


def add_notes(
    events: Sequence[SharingEvent],
    kind: NoteKind,
    *,
    texts: Mapping[Key, str] | None = None,  # by event, where they differ
    text: str = "",
    evidence: str = "",
    actor: Actor,
    at: datetime,
) -> list[SharingNote]:
    """Append a note to each of the events, as one sealed batch; the caller has asked portal.ledger.policy."""
    batch = new_id()
    notes = [
        _sealed(
            SharingNote(
                subject_key=event.subject_key,
                id=new_id(),
                event_id=event.id,
                provider_id=event.provider_id,
                recipient_id=event.recipient_id,
                kind=kind,
                author_id=actor.agency_id,
                author_kind=actor.kind,
                at=at,
                text=(texts or {}).get((event.subject_key, event.id), text),
                evidence=evidence,
                batch_id=batch,
            )
        )
        for event in events
    ]
    storing.insert(notes)
    _close(BatchKind.NOTES, batch, _leaves(notes), Sorting(size=len(notes)), agency=actor.agency_id, actor=actor, at=at)
    return notes


def _sealed(row: Row) -> Row:
    row.salt = token_bytes(16)
    row.leaf = leaf_of(row)
    return row


def _leaves(rows: Sequence[Row]) -> list[bytes]:
    """The rows' leaves in the order of (id, subject_key)."""
    ordered = sorted(rows, key=lambda row: (row.id.bytes, row.subject_key))
    return [row.leaf for row in ordered]


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def _close(
    kind: BatchKind,
    identifier: UUID,
    leaves: Sequence[bytes],
    sorting: Sorting,
    *,
    agency: UUID | None,
    actor: Actor,
    at: datetime,
) -> Outcome:
    """Write the batch, give its leaf to the tree, note the act, tell the upper parts."""
    rejected = sorted(sorting.rejected, key=lambda rejection: rejection.index)
    batch = Batch(
        id=identifier,
        kind=kind,
        agency_id=agency,
        client=actor.client_id or "",
        received_at=at,
        size=sorting.size,
        accepted=len(leaves),
        duplicates=sorting.size - len(rejected) - len(leaves),
        rejected=[rejection.as_json() for rejection in rejected],
        root=BatchTree(leaves).root(),
        salt=token_bytes(16),
    )
    batch.leaf = leaf_of(batch)
    storing.insert([batch])
    trail.put_pending("ledger.batch", batch.id, batch.leaf)
    trail.record(
        "ledger.batch.reported",
        actor=actor,
        at=at,
        about=batch,
        agency=agency,
        rows=kind.value,
        accepted=batch.accepted,
        duplicates=batch.duplicates,
        rejected=len(rejected),
    )
    if kind is BatchKind.EVENTS and leaves:
        outbox.put("ledger.events.stored", batch_id=batch.id, agency_id=agency)
    return Outcome(batch.id, batch.accepted, batch.duplicates, rejected)
