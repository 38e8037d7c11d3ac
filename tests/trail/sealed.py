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
    """Seal until nothing that was committed waits any more; the heads, oldest first."""
    heads = []
    deadline = time.monotonic() + PATIENCE
    while waiting() and time.monotonic() < deadline:
        head = sealing.seal(at=at)
        if head is None:
            time.sleep(0.02)
        else:
            heads.append(head)
    assert not waiting()
    return heads


def waiting() -> int:
    """How many leaves wait for their position."""
    with acting_as(Actor.portal()), database_role("portal_sealer"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trail_pending")
        (count,) = cursor.fetchone()
        return int(count)
