"""`ingest`: rows a second through the real endpoint, with all that a call does, beside the same rows put in bare.

Ours: validation, look-up of 10 000 people, keyed ids, leaves, the batch's tree, trail and news, in one call over HTTP.
Theirs: PostgreSQL's own COPY from a file on its disk into the same table with the same indexes; and Django's
bulk_create of instances that are there already.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from django.utils import timezone

from portal.accounts import actions as accounts
from portal.catalogue.models import Dataset
from portal.ledger import storing
from portal.ledger.models import SharingEvent
from portal.trail.actor import Actor, acting_as, database_role
from tests.bench.harness import Bench, at_least
from tests.ledger import factories as ledger
from tests.people import api_client, number

ROWS = 10_000
_TO_FILE = """
COPY (SELECT {columns} FROM ledger_sharingevent WHERE batch_id = '{batch}') TO '{file}' (FORMAT binary)
"""
_rounds = count(1)


def measure(bench: Bench) -> None:
    with database_role("portal_worker"):
        dataset, recipient = ledger.town()
        agreement = ledger.agreement(dataset, recipient).code
        people = [number(1_000 + place) for place in range(ROWS)]
        with acting_as(Actor.portal()):
            accounts.register_subjects(people, at=timezone.now())
        system, secret = api_client(dataset.agency, "sharing")
    with bench.server() as site, httpx.Client(base_url=site, timeout=60, trust_env=False) as client:
        form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
        token = client.post("/oauth/token", data=form).json()["access_token"]
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

        def ours() -> float:
            body = json.dumps(list(_rows(people, agreement))).encode()
            started = time.perf_counter()
            answer = client.post("/api/v1/sharing-events", content=body, headers=headers)
            spent = time.perf_counter() - started
            assert answer.json()["accepted"] == ROWS, answer.text[:300]
            return ROWS / spent

        bench.compare("ingest beside COPY", ours, _Copy(bench), at_least(0.5), unit="rows/s", note="one caller")
        bench.compare("ingest beside bulk_create", ours, _bulk_create(dataset), at_least(5), unit="rows/s")


def _rows(people: list[str], agreement: str) -> Iterator[dict[str, Any]]:
    turn, now = next(_rounds), timezone.now()
    for place, person in enumerate(people):
        yield ledger.event_row(
            f"bench-{turn}-{place}",
            subject=person,
            occurred_at=(now - timedelta(seconds=place)).isoformat(),
            agreement=agreement,
        )


class _Copy:
    """Server-side COPY of the rows that the last call stored, each under a key of its own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __call__(self) -> float:
        columns = [field.attname for field in SharingEvent._meta.concrete_fields if field.attname != "pk"]
        turn = next(_rounds)
        fresh = f"(left(id::text, 24) || left(md5(id::text || '{turn}'), 12))::uuid"
        picked = ", ".join(fresh if column == "id" else column for column in columns)
        file = f"/tmp/ingest-{self._bench.database}.bin"  # the server writes and reads it
        with self._bench.superuser() as raw:
            newest = "SELECT id FROM ledger_batch WHERE kind = 'events' ORDER BY received_at DESC LIMIT 1"
            ((batch,),) = raw.execute(newest).fetchall()
            raw.execute(_TO_FILE.format(columns=picked, batch=batch, file=file))
            started = time.perf_counter()
            raw.execute(f"COPY ledger_sharingevent ({', '.join(columns)}) FROM '{file}' (FORMAT binary)")
            raw.commit()
            spent = time.perf_counter() - started
        return ROWS / spent


def _bulk_create(dataset: Dataset) -> Any:
    def run() -> float:
        with acting_as(Actor.portal()):
            newest = SharingEvent.objects.order_by("-recorded_at").values_list("batch_id", flat=True)[:1]
            rows = list(SharingEvent.objects.filter(batch_id=newest[0]))
            for row in rows:
                row.id = row.id.__class__(int=row.id.int ^ next(_rounds) << 8)
            started = time.perf_counter()
            with database_role(storing.INGEST):
                SharingEvent.objects.bulk_create(rows, batch_size=1_000)
            return len(rows) / (time.perf_counter() - started)

    return run
