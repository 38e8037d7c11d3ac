"""How the ledger's rows become leaves: their documented form, and the small Merkle tree of each batch.

The order of a batch's leaves is that of (id, subject_key), both compared as bytes; its root is the root of RFC 9162
over them. The batch itself is one leaf of the portal's tree, and its form holds that root.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import models

from portal.ledger.models import Batch, HoldingChange, PartitionDrop, SharingEvent, SharingNote
from portal.trail import canonical, tree


def _columns(model: type[models.Model], *, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname not in {"pk", *without})


SCHEMAS: Final[Mapping[type[models.Model], str]] = {
    SharingEvent: "ledger.event/1",
    HoldingChange: "ledger.holding/1",
    SharingNote: "ledger.note/1",
    Batch: "ledger.batch/1",
    PartitionDrop: "ledger.drop/1",
}
# Who sent a batch and what it refused concerns its agency alone; the counts are enough to hold the batch to.
_UNHASHED: Final[Mapping[type[models.Model], frozenset[str]]] = {Batch: frozenset({"leaf", "client", "rejected"})}
HASHED: Final = {model: _columns(model, without=_UNHASHED.get(model, frozenset({"leaf"}))) for model in SCHEMAS}


def form_of(row: models.Model) -> bytes:
    """The canonical form of a row, from its columns."""
    return form_of_values(type(row), {name: getattr(row, name) for name in HASHED[type(row)]})


def form_of_values(model: type[models.Model], values: Mapping[str, Any]) -> bytes:
    """The canonical form of a row of `model` that is not an instance yet."""
    return canonical.row_form(SCHEMAS[model], values)


def leaf_of(row: models.Model) -> bytes:
    """SHA-256 over 0x00 and the row's form."""
    return tree.leaf_hash(form_of(row))


class BatchTree:
    """The Merkle tree over a batch's leaves, held whole: at most 10 000 of them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([tree.node_hash(left, right) for left, right in pairs])

    def _node(self, level: int, index: int) -> bytes:
        return self._levels[level][index]

    def root(self) -> bytes:
        return tree.root(self._node, self.size)

    def path(self, position: int) -> list[bytes]:
        """The audit path of the leaf at `position`."""
        return tree.inclusion_proof(self._node, position, self.size)
