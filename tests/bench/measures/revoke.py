"""`revoke`: checkers, each with a connection of its own, against one who withdraws: no permit after the answer to it.

What a withdrawal costs is measured beside a bare UPDATE with commit.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection

from consent import actions
from consent.decisions import Question, decide
from consent.models import Consent
from portal.accounts import queries as accounts
from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from tests.bench import consents
from tests.bench.harness import Bench, at_most
from tests.consent import factories as town
from tests.people import as_citizen, citizen, number

CHECKERS, SEEDS, WITHDRAWALS = 4, 20, 30


def measure(bench: Bench) -> None:
    purpose, client = consents.made()
    late = sum(_race(purpose, client) for _ in range(SEEDS))
    bench.limit(f"permits after {SEEDS} withdrawals", late, 1, at_most(0), unit="permits", note=f"{CHECKERS} checkers")
    waiting = [town.given(citizen(number()), purpose, at=consents.NOW, valid_until=consents.NOW + town.YEAR / 2)
               for _ in range(WITHDRAWALS * 9)]  # fmt: skip
    with bench.superuser() as raw:
        raw.execute("CREATE TABLE bench_bare (id int PRIMARY KEY, state text)")
        raw.execute("INSERT INTO bench_bare SELECT n, 'given' FROM generate_series(1, 100) n")

        def theirs() -> float:
            spent = []
            for place in range(WITHDRAWALS):
                began = time.perf_counter()
                raw.execute("UPDATE bench_bare SET state = 'withdrawn' WHERE id = %s", (place + 1,))
                spent.append(time.perf_counter() - began)
            return _p99(spent)

        def ours() -> float:
            spent = []
            for _ in range(WITHDRAWALS):
                consent = waiting.pop()
                actor = as_citizen(User.objects.get(subject_key=consent.subject_key))
                began = time.perf_counter()
                with acting_as(actor):
                    actions.withdraw(consent, actor=actor, at=consents.NOW)
                spent.append(time.perf_counter() - began)
            return _p99(spent)

        bench.compare("a withdrawal", ours, theirs, at_most(3), note="p99, a bare UPDATE with commit")


def _p99(spent: list[float]) -> float:
    return sorted(spent)[max(0, int(len(spent) * 0.99) - 1)]


def _race(purpose: Any, client: Actor) -> int:
    """How many permits began after the withdrawal was acknowledged."""
    consent = town.given(citizen(number()), purpose, at=consents.NOW, valid_until=consents.NOW + town.YEAR / 2)
    assert client.agency_id
    name = accounts.pairwise_key(bytes(consent.subject_key), agency_id=client.agency_id)
    acknowledged: list[float] = []
    permitted, stop = Event(), Event()

    def check() -> list[tuple[float, str]]:
        try:
            found = []
            while not stop.is_set():
                began = time.perf_counter()
                with acting_as(client):
                    verdict = decide(Question(name, "study", "tax.income"), actor=client, at=consents.NOW)
                found.append((began, verdict.answer.value))
                if verdict.answer == "permit":
                    permitted.set()
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(CHECKERS) as pool:
        checkers = [pool.submit(check) for _ in range(CHECKERS)]
        assert permitted.wait(30)
        _withdraw(consent)
        acknowledged.append(time.perf_counter())
        time.sleep(0.1)
        stop.set()
        answers = [one for checker in checkers for one in checker.result()]
    return sum(answer == "permit" and began > acknowledged[0] for began, answer in answers)


def _withdraw(consent: Consent) -> None:
    actor = as_citizen(User.objects.get(subject_key=consent.subject_key))
    with acting_as(actor):
        actions.withdraw(consent, actor=actor, at=consents.NOW)
