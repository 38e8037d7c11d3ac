"""Numbers the feed: each agency's changes get dense positions, in an order that no late transaction can disturb.

Positions are given only below the snapshot's xmin, where every transaction has ended: one that commits late is
numbered late, never before what a reader has seen (as portal.trail.sealing does for the tree). A row that can be seen
though its transaction lies above xmax was written on another server, before a restore: it is settled too.
"""

from typing import Final

from django.db import connection

from portal.trail.actor import Actor, acting_as

LOCK: Final = 0x636F_6E73_656E_74  # "consent"
BATCH: Final = 5_000
_NUMBER = """
WITH due AS (
    SELECT id, agency_id, xid FROM consent_consentchange
    WHERE position IS NULL AND (xid < pg_snapshot_xmin(pg_current_snapshot())
        OR xid >= pg_snapshot_xmax(pg_current_snapshot()))
    ORDER BY xid, id LIMIT %s
), numbered AS (
    SELECT id, row_number() OVER (PARTITION BY agency_id ORDER BY xid, id) + coalesce(
        (SELECT max(position) FROM consent_consentchange known WHERE known.agency_id = due.agency_id), 0
    ) AS position FROM due
)
UPDATE consent_consentchange change SET position = numbered.position FROM numbered WHERE change.id = numbered.id
"""


def number_changes() -> int:
    """Give positions to what waits, at most BATCH; how many. Does nothing while another one numbers."""
    with acting_as(Actor.portal()), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (locked,) = cursor.fetchone()
        if not locked:
            return 0
        cursor.execute(_NUMBER, [BATCH])
        return int(cursor.rowcount)
