"""From reported rows to rows of the ledger: everything a call names is looked up at once, then each row is judged.

The number of queries does not grow with the number of rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from secrets import token_bytes
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from portal.accounts import actions as accounts
from portal.catalogue import queries as catalogue
from portal.ledger.errors import NoRows, RowRefused, TooManyRows
from portal.ledger.ids import event_id
from portal.ledger.leaves import HASHED
from portal.ledger.models import SharingEvent
from portal.ledger.rows import EventRow, HoldingRow

MOST_ROWS: Final = 10_000
# What a provider tells of an event; the rest of its columns is ours. `method` and the like are told too.
TOLD: Final = tuple(
    name for name in HASHED[SharingEvent] if name not in {"recorded_at", "batch_id", "salt", "provider_id"}
)

R = TypeVar("R")
Judged = list[tuple[int, R]]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was not taken: where it stood in the call, where in it the fault lies, and how to mend it."""

    index: int
    pointer: str
    code: str
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {"index": self.index, "pointer": self.pointer, "code": self.code, "detail": self.detail}


@dataclass
class Sorting:
    """The rows of one call, those refused set aside with their reasons."""

    size: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def each(self, rows: Iterable[tuple[int, Any]], judge: Callable[[Any], R]) -> Judged[R]:
        """What `judge` makes of each row, without those it refuses."""
        passed: Judged[R] = []
        for index, row in rows:
            try:
                passed.append((index, judge(row)))
            except RowRefused as refusal:
                self.refuse(index, refusal)
        return passed

    def refuse(self, index: int, refusal: RowRefused) -> None:
        self.rejected.append(Rejection(index, refusal.pointer, refusal.code, str(refusal.message)))


def numbered(rows: Iterable[Any], sorting: Sorting) -> list[tuple[int, Any]]:
    """The rows with their places; raises NoRows or TooManyRows before anything is looked at."""
    taken = list(islice(rows, MOST_ROWS + 1))
    if not taken:
        raise NoRows
    if len(taken) > MOST_ROWS:
        raise TooManyRows
    sorting.size = len(taken)
    return list(enumerate(taken))


class Register:
    """What the rows of one call name: datasets with their items and agreements, agencies, subjects."""

    def __init__(self, rows: Sequence[EventRow | HoldingRow], *, agency_id: UUID, at: datetime) -> None:
        self._agency = agency_id
        self._datasets = catalogue.datasets({row.dataset for row in rows})
        events = [row for row in rows if isinstance(row, EventRow)]
        with_items = list(self._datasets.values()) if any(row.items for row in rows) else []
        if with_items:
            prefetch_related_objects(with_items, "items")
        self._items = {dataset.pk: {item.code for item in dataset.items.all()} for dataset in with_items}
        named_agreements = {row.agreement for row in events if row.agreement}
        self._agreements = catalogue.agreement_ids(named_agreements) if named_agreements else {}
        codes = {row.recipient for row in events if row.recipient}
        self._agencies = catalogue.agencies(codes) if codes else {}
        named = {row.subject for row in rows if row.subject}
        self._subjects = accounts.resolve_subjects(named, agency_id=agency_id, at=at) if named else {}

    def dataset_of(self, row: EventRow | HoldingRow) -> Any:
        """The caller's published dataset that the row names, the row's items being items of it."""
        dataset = self._datasets.get(row.dataset)
        if dataset is None:
            raise RowRefused("unknown-dataset", _("The catalogue has no such dataset. Register it first."), "/dataset")
        if dataset.agency_id != self._agency:
            raise RowRefused("foreign-dataset", _("This dataset is another agency's. Report your own."), "/dataset")
        if dataset.published_at is None:
            raise RowRefused("dataset-not-published", _("This dataset still waits for approval."), "/dataset")
        if row.items:
            known = self._items[dataset.pk]
            for place, code in enumerate(row.items):
                if code not in known:
                    detail = _("The dataset has no item of this code. See it in the catalogue.")
                    raise RowRefused("unknown-item", detail, f"/items/{place}")
        return dataset

    def subject_of(self, row: EventRow | HoldingRow) -> bytes:
        key: bytes | None = self._subjects.get(row.subject)
        if key is None:
            detail = _("Neither a valid national number nor a key that was given to you.")
            raise RowRefused("unknown-subject", detail, "/subject")
        return key

    def recipient_of(self, row: EventRow) -> UUID | None:
        if not row.recipient:
            return None
        agency = self._agencies.get(row.recipient)
        if agency is None:
            detail = _("No agency has this code. For a body outside the register give recipient_name.")
            raise RowRefused("unknown-agency", detail, "/recipient")
        found: UUID = agency.pk
        return found

    def agreement_of(self, row: EventRow) -> UUID | None:
        """The agreement that the row names. Whether it covers the event is judged later: what was shared is kept."""
        if not row.agreement:
            return None
        found = self._agreements.get(row.agreement)
        if found is None:
            raise RowRefused("unknown-agreement", _("The catalogue has no agreement of this code."), "/agreement")
        return found


def event_values(
    row: EventRow, register: Register, *, provider: UUID, batch: UUID, at: datetime, subject: bytes | None = None
) -> dict[str, Any]:
    """The columns of the event, without its leaf; raises RowRefused. `subject` where it is known already."""
    dataset, recipient = register.dataset_of(row), register.recipient_of(row)
    return {
        "subject_key": subject or register.subject_of(row),
        "id": event_id(provider, row.reference, row.occurred_at),
        "provider_id": provider,
        "recipient_id": recipient,
        "dataset_id": dataset.pk,
        "items": list(row.items),
        "agreement_id": register.agreement_of(row),
        "occurred_at": row.occurred_at,
        "recorded_at": at,
        "reference": row.reference,
        "batch_id": batch,
        "salt": token_bytes(16),
        **row.rest,
    }


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two reports with one key tell of the same event."""
    return all(one[name] == other[name] for name in TOLD)


def without_reused(rows: Judged[dict[str, Any]], sorting: Sorting) -> list[dict[str, Any]]:
    """Each key once: a repeat within the call counts as a duplicate, another event under its reference is refused."""
    first: dict[tuple[bytes, UUID], dict[str, Any]] = {}
    for index, values in rows:
        known = first.setdefault((values["subject_key"], values["id"]), values)
        if known is not values and not same(known, values):
            sorting.refuse(index, reused())
    return list(first.values())


def reused() -> RowRefused:
    detail = _("You reported another event under this reference and time. Give this one a reference of its own.")
    return RowRefused("reference_reused", detail, "/reference")


def holding_values(row: HoldingRow, register: Register, *, agency: UUID, at: datetime) -> dict[str, Any]:
    """The columns of the holding; raises RowRefused."""
    return {
        "dataset_id": register.dataset_of(row).pk,
        "subject_key": register.subject_of(row),
        "agency_id": agency,
        "items": list(row.items),
        "since": row.since,
        "until": row.until,
        "updated_at": at,
    }


def without_repeats(rows: Judged[dict[str, Any]], sorting: Sorting) -> Judged[dict[str, Any]]:
    """Each person and dataset once: a second row about both is refused, as nobody can tell which of them holds."""
    seen: set[tuple[bytes, UUID]] = set()

    def first(values: dict[str, Any]) -> dict[str, Any]:
        key = (values["subject_key"], values["dataset_id"])
        if key in seen:
            detail = _("An earlier row of this call is about the same person and dataset. Send one.")
            raise RowRefused("repeated-in-call", detail, "/subject")
        seen.add(key)
        return values

    return sorting.each(rows, first)
