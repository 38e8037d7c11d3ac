"""The sequencer: gives waiting leaves their positions in the one tree and signs the new head.

One runs at a time (advisory lock). It takes only leaves whose writing transaction lies below the snapshot's xmin:
no older one can still commit, so none is ever passed over.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from portal.trail import keys, queries, tree
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.canonical import plain
from portal.trail.models import Head, Leaf, Node, Pending

LOCK = 0x7472_6169_6C  # "trail"
BATCH = 5_000
_TAKE = """
DELETE FROM trail_pending p USING (
    SELECT kind, row_id FROM trail_pending WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, row_id LIMIT %s
) due WHERE p.kind = due.kind AND p.row_id = due.row_id RETURNING p.xid::text::bigint, p.kind, p.row_id, p.leaf
"""


def head_payload(size: int, root: bytes, at: datetime) -> dict[str, str | int]:
    """What a head's signature covers."""
    return {"size": size, "root": root.hex(), "at": str(plain(at))}


def seal(*, at: datetime) -> Head | None:
    """Append what waits (at most BATCH leaves) and sign the head; None if nothing waited or another one seals."""
    with acting_as(Actor.portal()), database_role("portal_sealer"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            (locked,) = cursor.fetchone()
            if not locked:
                return None
            cursor.execute(_TAKE, [BATCH])
            waiting = sorted(cursor.fetchall())
        return _append([(kind, row_id, bytes(leaf)) for _, kind, row_id, leaf in waiting], at) if waiting else None


def _append(waiting: list[tuple[str, UUID, bytes]], at: datetime) -> Head:
    newest = queries.newest_head()
    size = newest.size if newest else 0
    fresh: dict[tuple[int, int], bytes] = {}

    def nodes(level: int, index: int) -> bytes:
        return fresh[level, index] if (level, index) in fresh else queries.stored_node(level, index)

    leaves = []
    for position, (kind, row_id, leaf) in enumerate(waiting, start=size):
        leaves.append(Leaf(position=position, kind=kind, row_id=row_id, hash=leaf))
        for level, index, value in tree.appended(nodes, position, leaf):
            fresh[level, index] = value
    Leaf.objects.bulk_create(leaves)
    Node.objects.bulk_create(Node(level=lvl, index=i, hash=value) for (lvl, i), value in fresh.items() if lvl)
    size += len(leaves)
    root = tree.root(nodes, size)
    head = Head(size=size, root=root, at=at, signature=keys.sign(head_payload(size, root, at), use="heads"))
    head.save(force_insert=True)
    return head


def rebase() -> int:
    """After a restore: transaction ids of the old server mean nothing here, so what waits is ordered anew; how many."""
    with acting_as(Actor.portal()), database_role("portal_sealer"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("UPDATE trail_pending SET xid = pg_current_xact_id()")
        return int(cursor.rowcount)


def unsealed() -> int:
    """How many leaves wait for their position; in a transaction of the portal's own."""
    with database_role("portal_sealer"):
        return Pending.objects.count()
