"""`pull`: twenty departments' own logs asked when a citizen looks, of which three hang; nobody waits for those three.

The first byte beside that of the same page when no department is registered; the whole beside the budget.
"""

import time
from contextlib import ExitStack

import httpx
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from portal.ledger import trackers
from portal.trail.actor import database_role
from tests.bench.harness import Bench, Run, at_most
from tests.catalogue import factories as catalogue
from tests.ledger.test_live import registered
from tests.ledger.tracker import logging_department
from tests.people import citizen

DEPARTMENTS, HANG = 20, 3
BACKEND = "django.contrib.auth.backends.ModelBackend"
SLACK = 0.35  # seconds for all else: a session, two queries, twenty threads beside twenty servers on the same cores


def measure(bench: Bench) -> None:
    with ExitStack() as stack, database_role("portal_worker"):
        stack.enter_context(override_settings(PORTAL_OUTBOUND_NETWORKS=["127.0.0.0/8"]))
        user = citizen()
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(get_user_model().objects.get(pk=user.pk), backend=BACKEND)
        cookies = {key: morsel.value for key, morsel in client.cookies.items()}
        loose = {"PORTAL_OUTBOUND_NETWORKS": "127.0.0.0/8", "PORTAL_LIMITS": "live=100000/minute"}
        site = stack.enter_context(bench.server("portal.wsgi:application", threads=4, **loose))
        browser = stack.enter_context(httpx.Client(base_url=site, cookies=cookies, trust_env=False, timeout=10))
        alone = [_first_byte(browser)() for _turn in range(9)]
        for place in range(DEPARTMENTS):
            log = stack.enter_context(logging_department("hangs" if place < HANG else "answers"))
            log.use("2026-11-20T10:00:00Z")
            registered(catalogue.agency(f"log-{place}"), log.url)
        before = iter(alone * 9)
        bench.compare(
            "pull first byte", _first_byte(browser), lambda: next(before), at_most(2), note="20, of which 3 hang"
        )
        whole = [_whole(browser) for _turn in range(5)]
        limit = trackers.BUDGET + SLACK
        bench.limit("pull whole answer", sorted(whole)[2], limit, at_most(1), unit="s", note="budget 0.5 s")


def _first_byte(browser: httpx.Client) -> Run:
    def run() -> float:
        started = time.perf_counter()
        with browser.stream("GET", "/sharing/live/") as answer:
            chunks = answer.iter_raw()
            next(chunks)
            spent = time.perf_counter() - started
            list(chunks)
        return spent

    return run


def _whole(browser: httpx.Client) -> float:
    started = time.perf_counter()
    text = browser.get("/sharing/live/", headers={"Accept-Language": "en"}).text
    assert text.count("no answer in time") >= HANG, text[-2000:]
    return time.perf_counter() - started
