"""Departments' own logs, asked when a citizen looks: all at once, nobody waits for who hangs, nothing is kept."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.catalogue.models import Agency
from portal.ledger import trackers
from portal.ledger.models import NoteKind, Tracker
from portal.outbox.errors import AddressRefused
from portal.trail.actor import acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import PERSON, event_row, events_of, note, report, town
from tests.ledger.tracker import Log, logging_department

pytestmark = pytest.mark.django_db
EN = {"Accept-Language": "en"}
BACKEND = "django.contrib.auth.backends.ModelBackend"
AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def log() -> Iterator[Log]:
    with logging_department() as found:
        yield found


def registered(of: Agency, url: str) -> tuple[Tracker, str]:
    administrator = people.as_clerk(people.administrator(of))
    with acting_as(administrator) as actor:
        return trackers.register(of.pk, url=url, actor=actor, at=timezone.now())


def reader() -> Client:
    browser = Client()
    browser.force_login(people.citizen(PERSON), BACKEND)
    return browser


def told(browser: Client, **headers: str) -> str:
    answer = browser.get("/sharing/live/", headers={**EN, **headers})
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_a_log_is_asked_as_the_protocol_says_and_its_answer_shown(log: Log) -> None:
    _, token = registered(catalogue.agency("police"), log.url)
    log.use("2026-11-20T10:00:00Z", "Checked a <licence>")
    text = told(reader())
    assert "Checked a &lt;licence&gt;" in text
    assert "Traffic police" in text
    ((path, query, headers),) = log.asked
    assert path == "/log/v2/findUsage"
    assert (query["userCode"], headers["x-road-userid"]) == ([PERSON], PERSON)
    assert headers["authorization"] == f"Bearer {token}"
    assert datetime.fromisoformat(query["periodStart"][0]) < datetime.now(UTC) - timedelta(days=360)


def test_the_page_of_sharing_is_served_without_asking_anybody_and_names_whom_it_will_ask(log: Log) -> None:
    police = catalogue.agency("police")
    registered(police, log.url)
    text = reader().get("/sharing/", headers=EN).content.decode()
    assert log.asked == []
    assert 'hx-get="/sharing/live/"' in text
    assert f"We ask them now: {police.name}." in text
    assert 'href="/sharing/live/"' in text  # without scripts


def test_a_fragment_is_given_where_htmx_asks(log: Log) -> None:
    registered(catalogue.agency("police"), log.url)
    text = told(reader(), **{"HX-Request": "true"})
    assert "<html" not in text
    assert "no use of your data on record" in text


@pytest.mark.parametrize("behaviour", ["hangs", "drips", "fails", "lies", "talks", "sends away"])
def test_a_log_that_does_not_answer_well_is_named(behaviour: str) -> None:
    police = catalogue.agency("police")
    with logging_department(behaviour) as log:
        registered(police, log.url)
        started = time.monotonic()
        text = told(reader())
    assert time.monotonic() - started < 5
    assert police.name in text
    late = behaviour in ("hangs", "drips")
    assert ("no answer in time" in text) is late
    assert ("no usable answer" in text) is not late


def test_of_twenty_departments_three_hang_and_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "BUDGET", 2.0)  # twenty servers share this process; the bench has the true budget
    with ExitStack() as stack:
        names = []
        for place in range(20):
            log = stack.enter_context(logging_department("hangs" if place % 7 == 0 else "answers"))
            log.use("2026-11-20T10:00:00Z", f"use {place:02d}")
            agency = catalogue.agency(f"department-{place}")
            registered(agency, log.url)
            names.append(agency.name)
        answer = reader().get("/sharing/live/", headers=EN)
        started = time.monotonic()
        chunks = iter(answer)
        first = next(chunks)
        to_first_byte = time.monotonic() - started
        rest = b"".join(chunks).decode()
    assert b"<h1" in first
    assert to_first_byte < 0.25
    assert rest.count("no answer in time") == 3
    assert [f"use {place:02d}" in rest for place in range(20)] == [place % 7 != 0 for place in range(20)]
    assert all(name in rest for name in names)


def test_nothing_of_an_answer_is_kept(log: Log, as_owner: AsOwner) -> None:
    registered(catalogue.agency("police"), log.url)
    log.use("2026-11-20T10:00:00Z", "a mark that is found nowhere")
    browser = reader()
    assert "a mark that is found nowhere" in told(browser)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%%a mark that is found nowhere%%'", []
            )
            assert cursor.fetchone() == (0,), table


def test_what_is_withheld_is_told_by_no_log_either(log: Log) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    note(event.id, NoteKind.EMBARGO)
    registered(dataset.agency, log.url)
    log.use(event.occurred_at.isoformat(), "withheld")
    log.use("2026-11-19T10:00:00Z", "told")
    text = told(reader())
    assert "told" in text
    assert "withheld" not in text


def test_whoever_acts_for_another_asks_no_log(log: Log) -> None:
    registered(catalogue.agency("police"), log.url)
    clerk = Client()
    clerk.force_login(people.clerk(catalogue.agency("tax")), BACKEND)
    assert clerk.get("/sharing/live/").status_code == 404
    assert log.asked == []


def test_an_administrator_keeps_one_log_and_nobody_elses(log: Log) -> None:
    police, tax = catalogue.agency("police"), catalogue.agency("tax")
    row, _ = registered(police, log.url)
    keeper = people.as_clerk(User.objects.get(username="administrator-police"))
    with acting_as(keeper) as actor:
        with pytest.raises(trackers.TrackerThere):
            trackers.register(police.pk, url=log.url, actor=actor, at=timezone.now())
        with pytest.raises(NotPermitted):
            trackers.register(tax.pk, url=log.url, actor=actor, at=timezone.now())
        trackers.try_it(row, actor=actor, at=timezone.now())
        log.behaviour = "fails"
        with pytest.raises(trackers.TrackerSilent):
            trackers.try_it(row, actor=actor, at=timezone.now())
        trackers.switch_off(row, actor=actor, at=timezone.now())
        row.refresh_from_db()
        for step in (trackers.try_it, trackers.switch_off):
            with pytest.raises(trackers.TrackerOff):
                step(row, actor=actor, at=timezone.now())
    with acting_as(people.as_clerk(people.clerk(police))) as actor, pytest.raises(NotPermitted):
        trackers.register(police.pk, url=log.url, actor=actor, at=timezone.now())
    browser = reader()
    assert "No department has told us" in told(browser)
    with acting_as(keeper):
        events = set(Entry.objects.filter(about_kind="ledger.Tracker").values_list("event", flat=True))
    assert events == {"ledger.tracker.registered", "ledger.tracker.tried", "ledger.tracker.ended"}


def test_an_address_inside_the_network_is_refused(settings: Any) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = []
    with pytest.raises(AddressRefused):
        registered(catalogue.agency("police"), "http://127.0.0.1:9/")


def test_the_pages_in_the_admin_register_try_and_end(log: Log) -> None:
    browser, police = Client(), catalogue.agency("police")
    user = people.administrator(police)
    browser.force_login(user, BACKEND)
    made = browser.post("/admin/ledger/tracker/new/", {"url": log.url}, headers=EN)
    assert made.status_code == 200, made.content
    with acting_as(people.as_clerk(user)):
        (row,) = Tracker.objects.all()
    address = f"/admin/ledger/tracker/{row.pk}/"
    assert browser.post(f"{address}take/test/", headers=EN).status_code == 302
    log.behaviour = "fails"
    failed = browser.post(f"{address}take/test/", headers=EN)
    assert (failed.status_code, "did not answer as the protocol says" in failed.content.decode()) == (422, True)
    assert browser.post(f"{address}take/off/", headers=EN).status_code == 302
    assert browser.get(f"{address}change/", headers=EN).status_code == 200
