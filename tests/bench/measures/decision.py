"""`decision`: the rule beside cedarpy, its read beside a prepared point read, the call beside a bare WSGI app."""

import json
import threading
import time
from collections.abc import Callable
from itertools import count
from statistics import median
from uuid import UUID

import cedarpy
import httpx
from django.db import transaction
from django.test import Client

from consent import rule
from consent.models import Purpose, Reason
from consent.newest import Newest, locked
from portal.accounts import queries as accounts
from portal.trail.actor import Actor, acting_as
from tests.bench import consents
from tests.bench.harness import Bench, at_least, at_most
from tests.consent import factories as town
from tests.people import api_client

CALLS, READS, SECONDS, THREADS = 2_000, 400, 2.0, 4
POLICY = """
permit (principal, action == Action::"use", resource)
when {
  resource.state == "given" && !resource.used && resource.until > context.at && resource.approved
  && resource.recipients.contains(principal) && resource.items.containsAll(context.items)
};
"""
READ = "SELECT state, valid_until, items FROM consent_consent WHERE subject_key = %b AND purpose_id = %b"


def measure(bench: Bench) -> None:
    _rule(bench)
    purpose, client = consents.made()
    sizes = (1_000, 1_000_000 if bench.full else 100_000)
    filled = 0
    for size in sizes:
        consents.fill(bench, purpose, filled, size - 1)
        filled = size
        _read(bench, purpose, client, size)
    _call(bench, purpose, size=filled)


def _p50(act: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return median(spent)


def _rule(bench: Bench) -> None:
    """One decision in the process, p50; the policy of the peer is parsed once, its entities are as few as ours."""
    recipient, year, income = UUID(int=1), UUID(int=2), UUID(int=3)
    newest = Newest(UUID(int=4), "express", "given", None, consents.NOW.replace(year=2100), [recipient], [year], 1)
    wishes = [_Item(year), _Item(income)]

    def ours() -> None:
        reason = rule.reason_of(newest, purpose_state="approved", recipient=recipient, at=consents.NOW)
        assert reason is Reason.CONSENT
        assert rule.covered(newest.items, wishes, (year,))

    policies = cedarpy.PolicySet.from_str(POLICY)
    agency = {"__entity": {"type": "Agency", "id": str(recipient)}}
    resource = {"state": "given", "used": False, "until": 4_000_000_000, "approved": True, "recipients": [agency],
                "items": [str(year)]}  # fmt: skip
    parts = [
        {"uid": {"type": "Agency", "id": str(recipient)}, "attrs": {}, "parents": []},
        {"uid": {"type": "Consent", "id": "4"}, "attrs": resource, "parents": []},
    ]
    entities = cedarpy.Entities.from_json_str(json.dumps(parts))
    request = {
        "principal": f'Agency::"{recipient}"',
        "action": 'Action::"use"',
        "resource": 'Consent::"4"',
        "context": {"at": int(consents.NOW.timestamp()), "items": [str(year)]},
    }

    def theirs() -> None:
        assert cedarpy.is_authorized(request, policies, entities).allowed

    bench.compare(
        "the rule in process",
        lambda: _p50(ours, CALLS),
        lambda: _p50(theirs, CALLS),
        at_most(0.25),
        note="p50, cedarpy",
    )


class _Item:
    def __init__(self, pk: UUID) -> None:
        self.pk = pk


def _read(bench: Bench, purpose: Purpose, client: Actor, size: int) -> None:
    """The rule with its read and lock, beside the same row by a prepared statement of plain psycopg, p50."""
    places = count()
    agency = client.agency_id
    assert agency

    def ours() -> float:
        def one() -> None:
            newest = locked(_key(places, size), purpose.pk)
            rule.reason_of(newest, purpose_state="approved", recipient=agency, at=consents.NOW)

        with acting_as(client):
            return _p50(one, READS)

    with bench.superuser() as owner:

        def theirs() -> float:
            def one() -> None:
                owner.execute(READ, (_key(places, size), purpose.pk), prepare=True).fetchone()

            with owner.transaction():
                return _p50(one, READS)

        bench.compare(f"with its read, {size:,} consents", ours, theirs, at_most(2), note="p50, plain psycopg prepared")


# ------------------------------------------------------------------ over HTTP
def _call(bench: Bench, purpose: Purpose, *, size: int) -> None:
    """Calls a second with token, decision, log and signed answer, all threads busy."""
    agency = town.asker()
    with transaction.atomic():
        system, secret = api_client(agency, "consent.decide")
    granted = Client(SERVER_NAME="127.0.0.1").post(
        "/oauth/token",
        {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret},
    )
    headers = {"Authorization": f"Bearer {granted.json()['access_token']}", "Content-Type": "application/json"}
    places = count()

    def ours_asks() -> bytes:
        subject = accounts.pairwise_key(_key(places, size), agency_id=agency.pk)
        return json.dumps({"subject": subject, "purpose": "study", "dataset": "tax.income"}).encode()

    def theirs_asks() -> bytes:
        return json.dumps({"key": _key(places, size).hex(), "purpose_id": str(purpose.pk)}).encode()

    with bench.superuser() as owner:
        owner.execute("CREATE TABLE bench_log (id bigserial PRIMARY KEY, subject_key bytea, answer text)")
        owner.execute("GRANT ALL ON bench_log, consent_consent TO portal_owner")
    unlimited = {"PORTAL_LIMITS": "client=100000000/minute"}
    with (
        bench.server(threads=THREADS, **unlimited) as site,
        bench.server("tests.bench.peers:bare", threads=THREADS, BENCH_DATABASE=bench.url("portal_owner")) as bare,
    ):
        bench.compare(
            "over HTTP, beside a bare app",
            lambda: _throughput(f"{site}/api/v1/consents/decisions", ours_asks, headers),
            lambda: _throughput(f"{bare}/decide", theirs_asks, {}),
            at_least(0.5),
            unit="calls/s",
            note="theirs: one read, one insert",
        )


def _key(places: "count[int]", size: int) -> bytes:
    return consents.key_of(next(places) * 7919 % size)


def _throughput(address: str, question: Callable[[], bytes], headers: dict[str, str]) -> float:
    """Calls answered in a second by as many callers as the server has threads."""
    done, until = [0] * THREADS, time.perf_counter() + SECONDS

    def call(place: int) -> None:
        with httpx.Client(trust_env=False, headers=headers) as client:
            while time.perf_counter() < until:
                answer = client.post(address, content=question())
                answer.raise_for_status()
                done[place] += 1

    began = time.perf_counter()
    callers = [threading.Thread(target=call, args=(place,)) for place in range(THREADS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(done) / (time.perf_counter() - began)
