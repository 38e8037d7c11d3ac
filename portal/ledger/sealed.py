"""Batches as leaves of the portal's tree: what `manage.py verify` computes anew; and what is kept encrypted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from portal.ledger.leaves import BatchTree, leaf_of
from portal.ledger.models import (
    Batch,
    BatchKind,
    DroppedRows,
    HoldingChange,
    PartitionDrop,
    SharingEvent,
    SharingNote,
)
from portal.ledger.retention import digest_of
from portal.trail.sealed_places import SealedTable

_ROWS: Final[Mapping[str, Any]] = {  # models that have id, subject_key, batch_id and leaf
    BatchKind.EVENTS.value: SharingEvent,
    BatchKind.HOLDINGS.value: HoldingChange,
    BatchKind.NOTES.value: SharingNote,
}
CHUNK: Final = 2_000


class Batches:
    """A batch's leaf covers its root, and its root each of its rows."""

    table = "ledger_batch"

    def recomputed(self, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        return {batch.id: leaf_of(batch) for batch in Batch.objects.filter(id__in=ids)}

    def faults_within(self, ids: Sequence[UUID]) -> Iterable[tuple[UUID, str]]:
        batches = {batch.id: batch for batch in Batch.objects.filter(id__in=ids)}
        for kind, model in _ROWS.items():
            ours = [batch.id for batch in batches.values() if batch.kind == kind and batch.accepted]
            if ours:
                yield from _faults(model, ours, batches)


def _faults(model: Any, ids: Sequence[UUID], batches: Mapping[UUID, Batch]) -> Iterator[tuple[UUID, str]]:
    rows = model._base_manager.filter(batch_id__in=ids).order_by("batch_id", "id", "subject_key")
    met: set[UUID] = set()
    dropped = _dropped(ids)
    for identifier, members in groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row.batch_id):
        met.add(identifier)
        leaves = []
        for place, row in enumerate(members):
            leaves.append(leaf_of(row))
            if row.leaf != leaves[-1]:
                what = f"the row is not what was sealed (row {place} of its batch)"
                yield identifier, f"{model._meta.db_table} {row.id}: {what}"
        told = f"ledger_batch {identifier}"
        lost = dropped.get(identifier, 0)
        if len(leaves) + lost != batches[identifier].accepted:
            yield identifier, f"{told}: it brought {batches[identifier].accepted} rows, {len(leaves) + lost} are there"
        elif not lost and BatchTree(leaves).root() != batches[identifier].root:
            yield identifier, f"{told}: its root is not that of its rows"
    for identifier in set(ids) - met:
        if dropped.get(identifier) == batches[identifier].accepted:
            continue
        yield identifier, f"ledger_batch {identifier}: its rows are gone"


def _dropped(ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many rows of these batches retention took. Without them a root can't be computed, each leaf still can."""
    counted = DroppedRows.objects.filter(batch_id__in=ids).values_list("batch_id").annotate(rows=Sum("rows"))
    return dict(counted)


class Drops:
    """A drop's leaf covers its digest, and that how many rows of which batch went."""

    table = "ledger_partitiondrop"

    def recomputed(self, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        return {drop.id: leaf_of(drop) for drop in PartitionDrop.objects.filter(id__in=ids)}

    def faults_within(self, ids: Sequence[UUID]) -> Iterable[tuple[UUID, str]]:
        for drop in PartitionDrop.objects.filter(id__in=ids).prefetch_related("lost"):
            lost = {row.batch_id: row.rows for row in drop.lost.all()}
            if digest_of(lost) != drop.digest or sum(lost.values()) != drop.rows:
                yield drop.id, f"ledger_partitiondrop {drop.partition}: it says of other rows that they went"


batches = Batches()
drops = Drops()
trackers = SealedTable(model="ledger.Tracker", columns={"token_sealed": "ledger.tracker:{}"})
