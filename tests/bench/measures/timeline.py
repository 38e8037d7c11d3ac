"""`timeline`: the query behind a page of a person's sharing, beside the same in SQL by hand; and how far it reads.

Buffers must stay flat while the ledger grows: from 200 000 to 2 million events of others here, to 20 million with
--full. The rows are made by generate_series, a hundred thousand of them the reader's own.
"""

import json
import time
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from portal.ledger import queries
from portal.trail.actor import acting_as, database_role
from tests.bench.harness import Bench, at_most
from tests.ledger import factories as ledger

PAGE = 50
OWN = 100_000
BY_HAND = """
SELECT event.*, provider.name_zh, provider.name_en, recipient.name_zh, recipient.name_en,
       dataset.name_zh, dataset.name_en
FROM ledger_sharingevent AS event
JOIN catalogue_agency AS provider ON provider.id = event.provider_id
LEFT JOIN catalogue_agency AS recipient ON recipient.id = event.recipient_id
JOIN catalogue_dataset AS dataset ON dataset.id = event.dataset_id
WHERE event.subject_key = %s AND event.id < %s ORDER BY event.id DESC LIMIT 51
"""
# Each row a copy of one that was reported, at a time and under a key of its own; of a person of its own but for `own`.
_FILL = """
INSERT INTO ledger_sharingevent ({columns})
SELECT {values} FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n,
    (SELECT * FROM ledger_sharingevent WHERE reference = 'pattern') AS event
"""
_SPAN = "interval '700 days'"


def measure(bench: Bench) -> None:
    with database_role("portal_worker"):
        dataset, _ = ledger.town()
        ledger.report(dataset.agency, ledger.event_row("pattern"), at=timezone.now())
        key = ledger.key_of()
    sizes = (200_000, 2_000_000, 20_000_000) if bench.full else (200_000, 2_000_000)
    _fill(bench, 1, OWN, own=True)
    read: list[int] = []
    filled = OWN
    for size in sizes:
        _fill(bench, filled + 1, size, own=False)
        filled = size
        read.append(_buffers(key))
        bench.limit(f"timeline buffers at {size:,}", read[-1], read[0], at_most(1.5), unit="buffers")
    cursor = UUID(int=int(time.time() * 1000) << 80)

    def ours() -> float:
        with acting_as(ledger.as_person()):
            rows = queries.filtered(key, queries.Filters()).filter(id__lt=cursor)
            started = time.perf_counter()
            assert len(list(rows[: PAGE + 1])) == PAGE + 1
            return time.perf_counter() - started

    def by_hand() -> float:
        with bench.superuser() as raw:
            raw.execute("SELECT 1")
            started = time.perf_counter()
            assert len(raw.execute(BY_HAND, [key, cursor]).fetchall()) == PAGE + 1
            return time.perf_counter() - started

    bench.compare("timeline page beside SQL by hand", ours, by_hand, at_most(2), note=f"{filled:,} events, {OWN:,} own")


def _fill(bench: Bench, first: int, last: int, *, own: bool) -> None:
    moment = f"(now() - random() * {_SPAN})"
    given = {
        "id": f"encode(substring(int8send((extract(epoch FROM {moment}) * 1000)::bigint) FROM 3) || "
        "decode('7' || substr(md5(n::text), 1, 3) || 'a' || substr(md5(n::text), 4, 15), 'hex'), 'hex')::uuid",
        "subject_key": "event.subject_key" if own else "decode(md5((n / 20)::text), 'hex')",
        "reference": "'m-' || n",
    }
    with bench.superuser() as raw:
        names = raw.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'ledger_sharingevent'::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum"
        ).fetchall()
        columns = [name for (name,) in names]
        values = ", ".join(given.get(name, f"event.{name}") for name in columns)
        raw.execute(_FILL.format(columns=", ".join(columns), values=values), {"first": first, "last": last})
    with bench.superuser() as raw:
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE ledger_sharingevent")


def _buffers(key: bytes) -> int:
    """What the page's own query reads, as the citizen; the second time, so that planning reads nothing."""
    with acting_as(ledger.as_person()), connection.cursor() as cursor:
        rows = queries.filtered(key, queries.Filters())[: PAGE + 1]
        statement, given = rows.query.sql_with_params()
        for _turn in range(2):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", given)
            (plan,) = cursor.fetchone()
    told: Any = plan if isinstance(plan, list) else json.loads(plan)
    top = told[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])
