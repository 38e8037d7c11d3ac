"""`cohort`: a million people at once, beside hand-written SQL that reads and logs the same, and beside one by one."""

import io
import json
import time
from itertools import islice
from typing import Any

from consent import cohort
from consent.cohort import About
from consent.decisions import Question, decide
from consent.models import Purpose
from portal.accounts import pairwise
from portal.accounts import queries as accounts
from portal.trail.actor import Actor, acting_as
from tests.bench import consents
from tests.bench.harness import Bench, at_least, at_most
from tests.consent import factories as town

ABOUT = About("study", "tax.income")
ALONE = 200
# What somebody would write who has the database's own rights and one rule in mind; the same columns, the same index.
BY_HAND = """
INSERT INTO consent_decision (subject_key, id, caller_id, client, purpose_id, dataset_id, items, recipient_id, answer,
    reason, consent_id, decided_at)
SELECT asked.subject_key, gen_random_uuid(), %(caller)s, 'by-hand', %(purpose)s, %(dataset)s, coalesce(c.items, '{}'),
    %(caller)s, CASE WHEN c.state = 'given' AND c.valid_until > %(at)s THEN 'permit' ELSE 'deny' END,
    CASE WHEN c.id IS NULL THEN 'no-consent' WHEN c.state = 'given' AND c.valid_until > %(at)s THEN 'consent'
        WHEN c.state = 'given' THEN 'expired' ELSE c.state END, c.id, %(at)s
FROM by_hand asked LEFT JOIN LATERAL (
    SELECT DISTINCT ON (subject_key) id, state, valid_until, items FROM consent_consent
    WHERE purpose_id = %(purpose)s AND subject_key = asked.subject_key ORDER BY subject_key, asked_at DESC
) c ON true
"""
PERMITTED = """
COPY (SELECT json_build_object('line', asked.place, 'subject', asked.given, 'consent', d.consent_id)
    FROM by_hand asked JOIN consent_decision d ON d.subject_key = asked.subject_key AND d.client = 'by-hand'
    WHERE d.answer = 'permit' AND d.decided_at = '{at}' ORDER BY asked.place) TO STDOUT
"""


def measure(bench: Bench) -> None:
    size = 1_000_000 if bench.full else 100_000
    purpose, client = consents.made()
    consents.fill(bench, purpose, 0, size - 1)
    agency = client.agency_id
    assert agency
    names = [accounts.pairwise_key(consents.key_of(place), agency_id=agency) for place in range(size)]
    lines = [json.dumps(name).encode() for name in names]
    bench.compare(
        f"{size:,} people, beside SQL by hand",
        lambda: _ours(lines, client),
        lambda: _by_hand(bench, lines, purpose, client),
        at_most(1.5),
    )
    bench.compare(
        "people a second, beside one by one",
        lambda: size / _ours(lines, client),
        lambda: ALONE / _one_by_one(names, client),
        at_least(20),
        unit="people/s",
    )


def _ours(lines: list[bytes], client: Actor) -> float:
    began = time.perf_counter()
    with acting_as(client):
        staged = cohort.stage(lines, actor=client)
        answer = io.BytesIO()
        for block in cohort.answered(ABOUT, staged, actor=client, at=consents.NOW):
            answer.write(block)
    return time.perf_counter() - began


def _by_hand(bench: Bench, lines: list[bytes], purpose: Purpose, client: Actor) -> float:
    """The same keys opened, the same COPY, a join, the same log, the same lines out; no policies, no bad rows."""
    with acting_as(Actor.portal()):
        facts: dict[str, Any] = {"caller": client.agency_id, "purpose": purpose.pk, "at": consents.NOW}
        facts["dataset"] = town.item().dataset_id
    agency = client.agency_id
    assert agency
    began = time.perf_counter()
    with bench.superuser() as raw, raw.transaction(), raw.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE by_hand (place int, subject_key bytea, given text) ON COMMIT DROP")
        with cursor.copy("COPY by_hand FROM STDIN") as copy:
            rest = enumerate(lines, start=1)
            while piece := list(islice(rest, 20_000)):
                copy.write(b"".join(_row(place, json.loads(line), agency) for place, line in piece))
        cursor.execute("ANALYZE by_hand")
        cursor.execute(BY_HAND, facts)
        answer = io.BytesIO()
        with cursor.copy(PERMITTED.format(at=consents.NOW.isoformat())) as copy:
            for block in copy:
                answer.write(block)
    return time.perf_counter() - began


def _row(place: int, name: str, agency: Any) -> bytes:
    key = pairwise.opened(name, agency_id=agency)
    assert key
    return f"{place}\t\\\\x{key.hex()}\t{name}\n".encode()


def _one_by_one(names: list[str], client: Actor) -> float:
    began = time.perf_counter()
    for name in names[:: max(1, len(names) // ALONE)][:ALONE]:
        with acting_as(client):
            decide(Question(name, "study", "tax.income"), actor=client, at=consents.NOW)
    return time.perf_counter() - began
