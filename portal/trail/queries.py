"""Reading the trail: entries, heads, and the rows again as they were hashed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db.models import Q, QuerySet

from portal.trail import canonical, tree
from portal.trail.models import Entry, Head, Leaf, Node

ENTRY_SCHEMA = "trail.entry/1"
_HASHED = (
    "id at event actor_kind actor_user actor_agency actor_client on_behalf_of "
    "about_kind about_id subject_key agency_id facts salt"
).split()


def leaf_of(entry: Entry) -> bytes:
    """The leaf hash of an entry, from its columns."""
    fields = {name: getattr(entry, name) for name in _HASHED}
    return tree.leaf_hash(canonical.form(ENTRY_SCHEMA, fields))


def entries_about(kind: str, identifier: str) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(about_kind=kind, about_id=identifier).order_by("at", "id")


def entries_about_any(things: Mapping[str, Sequence[str]]) -> list[Entry]:
    """What happened to several things, by kind and id, newest first."""
    wanted = Q(pk__in=[])
    for kind, identifiers in things.items():
        wanted |= Q(about_kind=kind, about_id__in=identifiers)
    return list(Entry.objects.filter(wanted).order_by("-at", "-id"))


def entries_of(subject_key: bytes) -> QuerySet[Entry]:
    """What was done to one person's record, newest first."""
    return Entry.objects.filter(subject_key=subject_key).order_by("-at", "-id")


def newest_head() -> Head | None:
    """The last signed head, or none before the first sealing."""
    return Head.objects.order_by("-size").first()


def head(size: int) -> Head | None:
    """The signed head over exactly so many leaves."""
    return Head.objects.filter(size=size).first()


def heads(*, below: int | None = None, limit: int = 50) -> list[Head]:
    """Signed heads, the newest first; `below` a size, for the next page."""
    rows = Head.objects.all() if below is None else Head.objects.filter(size__lt=below)
    return list(rows.order_by("-size")[:limit])


def stored_node(level: int, index: int) -> bytes:
    """One complete subtree's hash from the tables: what portal.trail.tree calls `Nodes`."""
    if level == 0:
        return bytes(Leaf.objects.get(position=index).hash)
    return bytes(Node.objects.get(level=level, index=index).hash)


class SealedKind(Protocol):
    """A kind of row that has leaves in the tree; each app names its own in settings.PORTAL_SEALED_KINDS."""

    table: str

    def recomputed(self, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        """Each row's leaf hash computed anew from the row itself; a row that is gone is left out."""

    def faults_within(self, ids: Sequence[UUID]) -> Iterable[tuple[UUID, str]]:
        """What is wrong below which of these rows (a batch's events), in words that name the row."""


class Entries:
    """Trail entries as leaves."""

    table = "trail_entry"

    def recomputed(self, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        return {entry.id: leaf_of(entry) for entry in Entry.objects.filter(id__in=ids)}

    def faults_within(self, ids: Sequence[UUID]) -> Iterable[tuple[UUID, str]]:
        return (
            (entry.id, f"trail_entry {entry.id}: the leaf it carries is not that of its columns")
            for entry in Entry.objects.filter(id__in=ids)
            if entry.leaf != leaf_of(entry)
        )


recomputed_entries = Entries()
