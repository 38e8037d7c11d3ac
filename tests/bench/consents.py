"""A town of consents for the benchmarks, made by the superuser in bulk; and who asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

from consent.models import Purpose
from portal.trail.actor import Actor, acting_as
from tests.bench.harness import Bench
from tests.catalogue import factories as catalogue
from tests.consent import factories as town

NOW = datetime.now(UTC)
# Keys that are known by their number: the first four bytes count, the rest is the same.
KEYS = "decode(lpad(to_hex(n), 8, '0') || 'be9c', 'hex') || '\\x000102030405060708ff'::bytea"
FILL = f"""
INSERT INTO consent_consent (subject_key, id, purpose_id, notice_id, kind, recipients, parties, items, language, state,
    asked_at, asked_by, answer_by, decided_at, valid_from, valid_until, ended_at, reminded)
SELECT {KEYS}, gen_random_uuid(), %(purpose)s, %(notice)s, 'express', ARRAY[%(asker)s]::uuid[],
    ARRAY[%(asker)s, %(holder)s]::uuid[], %(items)s::uuid[], 'zh-hans',
    CASE n %% 4 WHEN 3 THEN 'withdrawn' ELSE 'given' END, %(at)s, %(asker)s, %(at)s, %(at)s, %(at)s, %(until)s,
    CASE n %% 4 WHEN 3 THEN %(at)s::timestamptz END, 0
FROM generate_series(%(first)s::int, %(last)s::int) n
"""


def key_of(number: int) -> bytes:
    """The subject key of the n-th person."""
    return number.to_bytes(4) + bytes.fromhex("be9c000102030405060708ff")


def made() -> tuple[Purpose, Actor]:
    """A purpose that citizens were asked for, and the system that asks about them."""
    purpose = town.approved()
    return purpose, catalogue.client_of(town.asker())


def fill(bench: Bench, purpose: Purpose, first: int, last: int) -> None:
    """Consents of people `first` to `last`; every fourth was withdrawn."""
    with acting_as(Actor.portal()):
        notice = purpose.notices.latest("version").pk
        items = [town.item("year").pk, town.item("income").pk]
        facts: dict[str, Any] = {"asker": town.asker().pk, "holder": town.holder().pk}
    span = {"first": first, "last": last, "at": NOW - timedelta(days=1), "until": NOW + timedelta(days=300)}
    with bench.superuser() as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute(FILL, {**facts, **span, "purpose": purpose.pk, "notice": notice, "items": items})
        raw.execute("ANALYZE consent_consent")
