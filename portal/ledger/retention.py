"""What has outlived its term is dropped, a partition at a time, unless a legal hold stands on something in it.

The roots of the batches stay, and what was dropped is written down and sealed: `manage.py verify` goes on telling rows
that retention took from rows that are missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from portal.law import queries as law
from portal.ledger import policy
from portal.ledger.leaves import leaf_of
from portal.ledger.models import DroppedRows, LegalHold, PartitionDrop
from portal.ledger.rows import OLDEST
from portal.trail import actions as trail
from portal.trail.actor import Actor, database_role
from portal.trail.errors import Conflict, Invalid
from portal.trail.ids import new_id

ROLE: Final = "portal_retention"
RECORDS: Final = "provision_records"  # the term in the jurisdiction's file


class HoldLifted(Conflict):
    code = "hold-lifted"
    message = _("This hold was lifted already.")


class NothingHeld(Invalid):
    code = "nothing-held"
    message = _("Name an agency, a dataset or a case.")


@dataclass(frozen=True)
class Partition:
    """A half-year of events, `ends` not included."""

    name: str
    begins: datetime
    ends: datetime


def kept_since(at: datetime) -> datetime:
    """The first moment of the half-year in which the oldest event lies that must still be kept at `at`."""
    term = at.astimezone(UTC)
    years = law.jurisdiction().retentions[RECORDS].years
    return max(OLDEST, datetime(term.year - years, 1 if term.month <= 6 else 7, 1, tzinfo=UTC))


def drop_expired(*, actor: Actor, at: datetime) -> list[PartitionDrop]:
    """Drop each partition that ends before `kept_since`, but those that are held. Raises NotPermitted."""
    policy.require_retention(actor)
    expired = [partition for partition in _partitions() if partition.ends <= kept_since(at)]
    return [dropped for partition in expired if (dropped := _drop(partition, actor=actor, at=at))]


@transaction.atomic
def set_hold(
    *,
    agency_id: UUID | None = None,
    dataset_id: UUID | None = None,
    subject_key: bytes | None = None,
    case: str = "",
    reason: str,
    actor: Actor,
    at: datetime,
) -> LegalHold:
    """Keep what concerns an agency, a dataset or a case's person until the hold is lifted. Raises NotPermitted,
    NothingHeld."""
    by = policy.require_holder(actor)
    if agency_id is None and dataset_id is None and subject_key is None:
        raise NothingHeld(field="agency")
    hold = LegalHold(
        id=new_id(),
        agency_id=agency_id,
        dataset_id=dataset_id,
        subject_key=subject_key,
        case=case,
        reason=reason,
        set_by=by,
        set_at=at,
    )
    hold.save(force_insert=True)
    trail.record("ledger.hold.set", actor=actor, at=at, about=hold, agency=agency_id, dataset=dataset_id, case=case)
    return hold


@transaction.atomic
def lift_hold(hold: LegalHold, *, actor: Actor, at: datetime) -> None:
    """End a hold. Raises NotPermitted, HoldLifted."""
    by = policy.require_holder(actor)
    with connection.cursor() as cursor:  # the regulator writes no rows: the database's function lifts it once
        cursor.execute("SELECT ledger_lift_hold(%s, %s, %s)", [hold.pk, by, at])
        (lifted,) = cursor.fetchone()
    if not lifted:
        raise HoldLifted
    trail.record("ledger.hold.lifted", actor=actor, at=at, about=hold, agency=hold.agency_id)


def digest_of(lost: Mapping[UUID, int]) -> bytes:
    """SHA-256 over the lines `batch rows`, in the order of the batches."""
    return sha256("".join(f"{batch} {lost[batch]}\n" for batch in sorted(lost)).encode()).digest()


def _partitions() -> Sequence[Partition]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, begins AT TIME ZONE 'UTC', ends AT TIME ZONE 'UTC' FROM ledger_partitions()")
        return [Partition(*row) for row in cursor.fetchall()]


@transaction.atomic
def _drop(partition: Partition, *, actor: Actor, at: datetime) -> PartitionDrop | None:
    """Drop it and say so; None where a hold stands. The database asks the same questions once more."""
    with database_role(ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_is_held(%s)", [partition.name])
        if cursor.fetchone() == (True,):
            return None
        cursor.execute("SELECT batch_id, rows FROM ledger_rows_in(%s)", [partition.name])
        lost: dict[UUID, int] = dict(cursor.fetchall())
        drop = PartitionDrop(
            id=new_id(),
            partition=partition.name,
            begins_at=partition.begins,
            ends_at=partition.ends,
            rows=sum(lost.values()),
            digest=digest_of(lost),
            article=law.jurisdiction().retentions[RECORDS].article.ref,
            dropped_at=at,
            salt=token_bytes(16),
        )
        drop.leaf = leaf_of(drop)
        PartitionDrop.objects.bulk_create([drop])
        DroppedRows.objects.bulk_create(
            [DroppedRows(drop=drop, batch_id=batch, rows=count) for batch, count in lost.items()], batch_size=1_000
        )
        cursor.execute("SELECT ledger_drop_partition(%s)", [partition.name])
    trail.put_pending("ledger.drop", drop.id, drop.leaf)
    trail.record("ledger.partition.dropped", actor=actor, at=at, about=drop, rows=drop.rows, article=drop.article)
    return drop
