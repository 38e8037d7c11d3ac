"""The whole portal with the sample city, and Chromium."""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, expect, sync_playwright

from portal.demo.city import City, city
from portal.demo.client import PortalClient
from portal.demo.embedded import services
from portal.demo.serving import Demo
from tests.browser.window import PATIENCE, Window, open_window
from tests.databases import template
from tests.plugin import DATABASE, RUNNING

TESTS = services.DATA / "tests"
PORTAL = f"{DATABASE}_portal"  # goes when those of a dead run go
REDIS_NUMBERS = range(501, 512)  # the other tests' are below
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Open = Callable[..., Window]
System = Callable[[str], PortalClient]


@pytest.fixture(scope="session")
def redis_number() -> Iterator[int]:
    """An empty Redis database that no other run uses at the same time."""
    for number in REDIS_NUMBERS:
        with (RUNNING.home / f"redis-{number}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            with redis.Redis.from_url(RUNNING.redis_url(number)) as ours:
                ours.flushdb()
            yield number
            return
    pytest.fail("too many browsers at once")


@pytest.fixture(scope="session")
def demo(redis_number: int) -> Iterator[Demo]:
    """The running portal with the sample city, on the tests' services: `make demo` next door is left alone."""
    RUNNING.make_database(PORTAL, template=template(RUNNING))
    with pytest.MonkeyPatch.context() as patch, Demo(TESTS, PORTAL, redis_number, careless=True) as portal:
        patch.setenv("PORTAL_LOG_LEVEL", "WARNING")
        # all of these windows are at one address, and a few people sign in over and over
        patch.setenv("PORTAL_LIMITS", "sign-in-address=9999/minute,sign-in-account=9999/minute,live=9999/minute")
        try:
            portal.start()
            yield portal
        finally:
            portal.stop()
            for log in sorted((portal.data / "logs").iterdir()):
                print(log.read_text(errors="replace")[-5_000:])  # noqa: T201  # pytest shows it beside a failure
            shutil.rmtree(portal.data)
            RUNNING.drop_database(PORTAL)


@pytest.fixture(scope="session")
def system(demo: Demo) -> Iterator[System]:
    """`system("tax")`: an agency's system, with credentials of its own."""
    known = json.loads((demo.data / "departments.json").read_text())
    clients = {
        agency: PortalClient(demo.site, one["client_id"], one["client_secret"], patience=PATIENCE)
        for agency, one in known.items()
    }
    yield clients.__getitem__
    for client in clients.values():
        client.http.close()


@pytest.fixture(scope="session")
def sample() -> City:
    return city()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "these tests need Chromium (Debian: apt-get install chromium fonts-noto-cjk)"
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


def _windows(browser: Browser, demo: Demo) -> Iterator[Open]:
    opened: list[Window] = []

    def one_more(*args: Any, **options: Any) -> Window:
        opened.append(open_window(browser, demo.site, *args, **options))
        return opened[-1]

    yield one_more
    for each in opened:
        each.page.context.close()


@pytest.fixture
def window(browser: Browser, demo: Demo) -> Iterator[Open]:
    """`window("zh", PHONE)` opens one; all are closed after the test."""
    yield from _windows(browser, demo)


@pytest.fixture(scope="module")
def module_window(browser: Browser, demo: Demo) -> Iterator[Open]:
    """Windows for what a file's tests have in common."""
    yield from _windows(browser, demo)
