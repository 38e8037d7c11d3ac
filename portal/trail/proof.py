"""Verification: everything that was sealed is computed again from the rows and compared. Reads, never writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from portal.trail import keys, tree
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.models import Head, Leaf, Node
from portal.trail.queries import SealedKind, newest_head, stored_node
from portal.trail.sealing import head_payload

CHUNK = 2_000
NEWEST_SIZE = Head.objects.order_by("-size").values("size")[:1]


@dataclass(frozen=True)
class Fault:
    """Something that does not hold, with the row that shows it."""

    where: str
    what: str
    index: int | None = None  # the position in the tree that it spoils; none where a row never had one

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Inclusion:
    """A leaf's way to a signed head (RFC 9162, 2.1.3)."""

    position: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    signature: str
    sealed_at: datetime


def kinds() -> Mapping[str, SealedKind]:
    """Every kind of row that has leaves, by name."""
    return {name: cast(SealedKind, import_string(path)) for name, path in settings.PORTAL_SEALED_KINDS.items()}


def inclusion(kind: str, row_id: UUID) -> Inclusion | None:
    """The proof that a row's leaf is in the newest signed tree, or None while it waits for its seal."""
    leaf, head = Leaf.objects.filter(kind=kind, row_id=row_id).first(), newest_head()
    if leaf is None or head is None:
        return None
    path = tree.inclusion_proof(stored_node, leaf.position, head.size)
    return Inclusion(leaf.position, head.size, tuple(path), head.root, head.signature, head.at)


def faults() -> Iterator[Fault]:
    """Everything that is wrong, in the order of the tree; nothing when all is whole.

    Runs as the verifier, whose role reads every sealed row whoever it belongs to.
    """
    with acting_as(Actor.portal()), database_role("portal_verifier"):
        yield from _altered_or_missing()
        yield from _unsealed_rows()
        yield from _tree_and_heads()


def _altered_or_missing() -> Iterator[Fault]:
    by_kind = kinds()
    for leaves in _chunks():
        found = [
            Fault(f"trail_leaf {leaf.position}", f"nothing is known of the kind {leaf.kind!r}", leaf.position)
            for leaf in leaves
            if leaf.kind not in by_kind
        ]
        for name, kind in by_kind.items():
            ours = [leaf for leaf in leaves if leaf.kind == name]
            now = kind.recomputed([leaf.row_id for leaf in ours])
            for leaf in ours:
                where = f"{kind.table} {leaf.row_id} (position {leaf.position})"
                if leaf.row_id not in now:
                    found.append(Fault(where, "the row is gone", leaf.position))
                elif now[leaf.row_id] != leaf.hash:
                    found.append(Fault(where, "the row is not what was sealed", leaf.position))
            places = {leaf.row_id: leaf.position for leaf in ours}
            found += [Fault(kind.table, text, places[row_id]) for row_id, text in kind.faults_within(list(places))]
        yield from sorted(found, key=lambda fault: fault.index or 0)


def _chunks(below: int | None = None) -> Iterator[list[Leaf]]:
    start = 0
    wanted = Leaf.objects.all() if below is None else Leaf.objects.filter(position__lt=below)
    while leaves := list(wanted.filter(position__gte=start).order_by("position")[:CHUNK]):
        yield leaves
        start = leaves[-1].position + 1


def _unsealed_rows() -> Iterator[Fault]:
    """Rows that wait for their seal must be as they were written; a row that neither waits nor is sealed came in
    behind the portal's back."""
    for name, kind in kinds().items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_id, leaf FROM trail_pending WHERE kind = %s", [name])
            waiting = {row_id: bytes(leaf) for row_id, leaf in cursor.fetchall()}
            cursor.execute(
                f"SELECT id FROM {kind.table} t WHERE NOT EXISTS "  # noqa: S608  # nosec B608  # our own name
                "(SELECT FROM trail_leaf l WHERE l.kind = %s AND l.row_id = t.id) AND NOT EXISTS "
                "(SELECT FROM trail_pending p WHERE p.kind = %s AND p.row_id = t.id)",
                [name, name],
            )
            strays = [row_id for (row_id,) in cursor.fetchall()]
        yield from (Fault(f"{kind.table} {row_id}", "the row was never given to the tree") for row_id in strays)
        now = kind.recomputed(list(waiting))
        for row_id, leaf in waiting.items():
            if now.get(row_id) != leaf:
                yield Fault(f"{kind.table} {row_id} (not yet sealed)", "the row is gone or not what was written")


def _tree_and_heads() -> Iterator[Fault]:
    """Every stored node and every head, from the leaves up."""
    heads = {head.size: head for head in Head.objects.order_by("size")}
    newest = max(heads, default=0)  # what is sealed while we read belongs to a later head
    seen: dict[tuple[int, int], bytes] = {}
    size = 0
    for leaves in _chunks(below=newest):
        stored = _stored_nodes(leaves[0].position, leaves[-1].position)
        for leaf in leaves:
            if leaf.position != size:
                yield Fault(f"trail_leaf {size}", "the leaf at this position is gone", size)
                return
            for level, index, value in tree.appended(lambda lvl, i: seen[lvl, i], size, leaf.hash):
                seen[level, index] = value
                if level and stored.get((level, index)) != value:
                    yield Fault(f"trail_node {level}/{index}", "the node is not the hash of its children", size)
            size += 1
            _forget(seen, size)
            if size in heads:
                yield from _head_faults(heads[size], tree.root(lambda lvl, i: seen[lvl, i], size))
    short = "the tree is shorter than this head says"
    yield from (Fault(f"trail_head {head}", short, size) for head in heads if head > size)
    uncovered = Leaf.objects.filter(position__gte=Coalesce(Subquery(NEWEST_SIZE), 0)).order_by("position").first()
    if uncovered is not None:
        yield Fault(f"trail_leaf {uncovered.position}", "no signed head covers this leaf")


def _stored_nodes(first: int, last: int) -> dict[tuple[int, int], bytes]:
    """The nodes that the leaves from `first` to `last` complete, by (level, index)."""
    found: dict[tuple[int, int], bytes] = {}
    level = 1
    while last + 1 >> level:
        rows = Node.objects.filter(level=level, index__gte=(first + 1 >> level) - 1, index__lte=last >> level)
        found.update({(row.level, row.index): row.hash for row in rows})
        level += 1
    return found


def _forget(seen: dict[tuple[int, int], bytes], size: int) -> None:
    """Keep only the complete subtrees that later nodes and roots are made of: at most one a level, beside the last."""
    for level, index in [key for key in seen if (key[1] + 1) << key[0] <= size]:
        parent_is_complete = ((index >> 1) + 1) << (level + 1) <= size
        if parent_is_complete:
            del seen[level, index]


def _head_faults(head: Head, root: bytes) -> Iterator[Fault]:
    where = f"trail_head {head.size}"
    if head.root != root:
        yield Fault(where, "the root is not that of the leaves")
    try:
        signed = keys.check(head.signature, use="heads")
    except keys.BadSignature:
        yield Fault(where, "the signature is not ours")
        return
    if signed != head_payload(head.size, head.root, head.at):
        yield Fault(where, "the signature covers something else")
