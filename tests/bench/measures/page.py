"""`page`: what each page costs — queries, time on the server, bytes over the wire the first time and after.

The limits are ours: 12 queries, 300 ms, 100 KB compressed at first view without pictures, 15 KB after.
"""

import re
import time
from statistics import median
from urllib.parse import urljoin

import httpx
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.demo import seed
from portal.demo.city import city
from portal.demo.seeding import cast
from portal.trail.actor import Actor, acting_as, database_role
from tests.bench.harness import ROUNDS, Bench, at_most
from tests.people import come_in

PUBLIC = ("/", "/help/", "/catalogue/", "/transparency/", "/verify/", "/sign-in/")
CITIZEN = ("/", "/data/", "/sharing/", "/consents/", "/requests/", "/requests/new/", "/inbox/", "/settings/")
CLERK = ("/admin/", "/admin/rights/part/", "/admin/consent/purpose/", "/admin/catalogue/dataset/")
QUERIES, SECONDS, FIRST, AFTER = 12, 0.3, 100_000, 15_000
ASKED = {"Accept-Language": "zh-Hans", "Accept-Encoding": "gzip, br"}
LOADED = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|preload)"[^>]+href|script[^>]+src)="([^"]+)"')


def measure(bench: Bench) -> None:
    """Every page of each kind of person, with the sample city seeded."""
    with database_role("portal_worker"):
        call_command("collectstatic", interactive=False, verbosity=0)
        seed.seed(at=timezone.now(), progress=lambda _text: None)
    people = {"public": (None, PUBLIC), "citizen": (_citizen(), CITIZEN), "clerk": ("clerk-tax", CLERK)}
    with bench.server() as site:
        for kind, (username, pages) in people.items():
            client = _signed_in(username)
            for page in pages:
                _measure_page(bench, f"{kind} {page}", site, client, page)


def _citizen() -> str:
    with acting_as(Actor.portal()):
        return cast.register_people(city(), at=timezone.now())["zhang-san"].hex()


def _signed_in(username: str | None) -> Client:
    client = Client(SERVER_NAME="127.0.0.1", headers={"Accept-Language": "zh-Hans"})
    if username:
        come_in(client, get_user_model().objects.get(username=username))
    return client


def _measure_page(bench: Bench, name: str, site: str, client: Client, page: str) -> None:
    client.get(page)  # warm
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    wanted = [
        query for query in asked.captured_queries if query["sql"].startswith("SELECT") and " FROM " in query["sql"]
    ]
    bench.limit(f"{name} queries", len(wanted), QUERIES, at_most(1), unit="queries")
    cookies = {key: morsel.value for key, morsel in client.cookies.items()}
    with httpx.Client(base_url=site, cookies=cookies, headers=ASKED, trust_env=False) as browser:
        first, text = _bytes(browser, page)
        rest = sum(_bytes(browser, urljoin(page, address))[0] for address in set(LOADED.findall(text)))
        bench.limit(f"{name} time", median(_time(browser, page) for _ in range(ROUNDS)), SECONDS, at_most(1), unit="s")
    bench.limit(f"{name} first view", first + rest, FIRST, at_most(1), unit="bytes")
    bench.limit(f"{name} next view", first, AFTER, at_most(1), unit="bytes")


def _bytes(browser: httpx.Client, address: str) -> tuple[int, str]:
    """Bytes of the answer's body as they came over the wire, and its text."""
    with browser.stream("GET", address) as answer:
        answer.raise_for_status()
        text = "".join(answer.iter_text())
        return answer.num_bytes_downloaded, text


def _time(browser: httpx.Client, address: str) -> float:
    started = time.perf_counter()
    browser.get(address)
    return time.perf_counter() - started
