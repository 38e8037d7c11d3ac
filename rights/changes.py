"""What a correction asks, item by item: the value that is held and the right one, both sealed where they lie."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.catalogue import queries as catalogue
from portal.catalogue.models import DataItem
from portal.trail import vault
from portal.trail.ids import new_id
from portal.trail.sealed_places import SealedTable
from rights.errors import ChangeMissing, ItemUnknown, NoDifference, NotThisKind, TextTooLong
from rights.models import Kind, RightsRequest, WantedChange

LONGEST: Final = 2_000  # characters of a value

sealed = SealedTable(
    model="rights.WantedChange",
    columns={f"{column}_sealed": f"rights.change.{column}:{{}}" for column in ("held", "wanted")},
)


@dataclass(frozen=True)
class Change:
    """One item: how it reads now (empty where nothing is held) and how it should."""

    item: UUID
    held: str
    wanted: str


@dataclass(frozen=True)
class Shown:
    """A change as people and systems read it."""

    id: UUID
    dataset_id: UUID
    dataset: str
    item_id: UUID
    item: str  # its code
    name: str  # in the reader's language
    held: str
    wanted: str


def put(request: RightsRequest, change: Change) -> WantedChange:
    """Keep a change of a draft; one of the same item is replaced.

    Raises NotThisKind, ItemUnknown, ChangeMissing, TextTooLong, or NoDifference where both values read alike.
    """
    if request.kind != Kind.CORRECTION:
        raise NotThisKind
    item = next((item for item in items_of(request) if item.pk == change.item), None)
    if item is None:
        raise ItemUnknown
    held, wanted = _tidy(change.held), _tidy(change.wanted)
    if not wanted:
        raise ChangeMissing
    if max(len(held), len(wanted)) > LONGEST:
        raise TextTooLong("wanted")
    if held == wanted:
        raise NoDifference
    request.changes.filter(item=item).delete()
    identifier = new_id()
    return WantedChange.objects.create(
        id=identifier,
        request=request,
        subject_key=request.subject_key,
        dataset_id=item.dataset_id,
        item=item,
        held_sealed=vault.seal(held, place=f"rights.change.held:{identifier}") if held else None,
        wanted_sealed=vault.seal(wanted, place=f"rights.change.wanted:{identifier}"),
    )


def items_of(request: RightsRequest) -> list[DataItem]:
    """The items of the datasets that a request names."""
    return list(catalogue.items_in(request.datasets))


def shown(rows: Sequence[WantedChange]) -> list[Shown]:
    """These changes, opened; their items and datasets must be loaded."""
    return [
        Shown(
            row.pk,
            row.dataset_id,
            row.dataset.name,
            row.item_id,
            row.item.code,
            row.item.name,
            vault.open_sealed(bytes(row.held_sealed), place=f"rights.change.held:{row.pk}") if row.held_sealed else "",
            vault.open_sealed(bytes(row.wanted_sealed), place=f"rights.change.wanted:{row.pk}"),
        )
        for row in rows
    ]


def _tidy(text: str) -> str:
    """Without margins, and one form of each letter: what looks alike is alike."""
    return unicodedata.normalize("NFC", text).strip()
