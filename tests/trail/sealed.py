"""What tests of the trail share: writing entries in committed transactions, and sealing them."""

import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from portal.trail import actions, sealing
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.ids import new_id
from portal.trail.models import Entry, Head

AT = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
PATIENCE = 30  # seconds; transactions of other tests on the same server hold the sequencer back


def note(number: int = 0, actor: Actor | None = None, **given: Any) -> Entry:
    """One entry, committed where no test transaction surrounds it."""
    actor = actor or Actor.regulator(new_id())
    with acting_as(actor):
        return actions.record(
            "trail.test.noted", actor=actor, at=AT + timedelta(seconds=number), number=number, **given
        )


def seal_all(*, at: datetime = AT) -> list[Head]:
    """Seal until nothing that was committed waits any more; the heads, oldest first.

    Waits first until every leaf may be sealed, so that the heads are the same whatever else runs on the server.
    """
    deadline = time.monotonic() + PATIENCE
    while held_back() and time.monotonic() < deadline:
        time.sleep(0.02)
    heads = []
    while waiting() and (head := sealing.seal(at=at)):
        heads.append(head)
    assert not waiting()
    return heads


def held_back() -> int:
    """How many leaves wait for a transaction that began before theirs, in whichever database."""
    return _count("SELECT count(*) FROM trail_pending WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())")


def waiting() -> int:
    """How many leaves wait for their position."""
    return _count("SELECT count(*) FROM trail_pending")


def _count(statement: str) -> int:
    with acting_as(Actor.portal()), database_role("portal_sealer"), connection.cursor() as cursor:
        cursor.execute(statement)
        (count,) = cursor.fetchone()
        return int(count)
