"""Every page of the furniture: it renders in both languages, stays where its reader is, and costs little."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from portal.accounts.models import User, UserKind
from portal.ledger import coverage
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.pages import measuring
from portal.pages.middleware import CompressionMiddleware
from portal.pages.templatetags import words
from portal.trail.actor import Actor, acting_as, database_role
from rights.models import RightsRequest
from tests.catalogue import factories as catalogue
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.people import as_citizen, citizen, number, staff
from tests.rights import factories as rights

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
OPEN_PAGES = ("/", "/sign-in/", "/help/", "/verify/", "/transparency/", "/catalogue/")
CITIZENS_PAGES = ("/", "/settings/", "/help/", "/verify/", "/transparency/", "/inbox/", "/data/", "/sharing/")


def english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def text_of(client: Client, address: str, **extra: Any) -> str:
    answer = client.get(address, **extra)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


@pytest.fixture
def zhang(client: Client) -> User:
    """Somebody with a consent to decide, a request under way, and shares of this month."""
    identity = number()
    user = citizen(identity)
    dataset, _ = ledger.town()
    now = timezone.now()
    ledger.report(dataset.agency, ledger.event_row(subject=identity, occurred_at=now.isoformat()), at=now)
    ledger.report_held(dataset.agency, ledger.holding_row(subject=identity))
    consents.asked(user)
    rights.routed(user)
    client.force_login(user, backend=BACKEND)
    return user


# ------------------------------------------------------------------ languages
@pytest.mark.parametrize("address", OPEN_PAGES)
@pytest.mark.parametrize(
    ("asked", "lang"), [("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-hans"), ("fr,de", "zh-hans"), ("", "zh-hans")]
)
def test_a_visitor_is_answered_in_the_browsers_language_else_in_chinese(
    client: Client, address: str, asked: str, lang: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": asked})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.content.decode()
    assert answer.headers["Content-Language"] == lang


def test_the_switch_stays_on_the_page_and_is_remembered(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "/help/?a=b"}, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/help/?a=b")
    assert '<html lang="en">' in text_of(client, "/", headers={"Accept-Language": "zh"})


def test_the_switch_sends_nobody_to_another_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_a_language_we_do_not_speak_changes_nothing(client: Client) -> None:
    assert "django_language" not in client.post("/language/", {"language": "xx", "next": "/"}).cookies


def test_the_choice_of_somebody_signed_in_is_kept_with_them(client: Client, zhang: User) -> None:
    client.post("/language/", {"language": "en", "next": "/"})
    zhang.refresh_from_db()
    assert zhang.language == "en"


# ------------------------------------------------------------------ every page
@pytest.mark.parametrize("address", OPEN_PAGES)
def test_every_open_page_has_one_heading_a_skip_link_and_no_inline_code(client: Client, address: str) -> None:
    text = text_of(english(client), address)
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert 'class="usa-skipnav" href="#main"' in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style", text)


@pytest.mark.parametrize("address", CITIZENS_PAGES)
def test_every_page_of_a_citizen_says_whose_record_it_is(client: Client, zhang: User, address: str) -> None:
    assert "You are seeing your own record." in text_of(english(client), address)


def test_a_visitor_reads_what_this_is_and_where_to_sign_in(client: Client) -> None:
    text = text_of(english(client), "/")
    assert "See what the government knows about you" in text
    assert 'href="/sign-in/"' in text


def test_home_says_what_needs_you_who_shared_and_how_your_requests_stand(client: Client, zhang: User) -> None:
    text = text_of(english(client), "/")
    assert "One thing needs you" in text
    assert "Health Commission asks for your consent: A study." in text
    assert "Who shared your data this month" in text
    assert "0 of 2 answered" in text  # by who holds it, and by whom it was copied to


def test_an_agencys_question_stands_first_on_home(client: Client, zhang: User) -> None:
    with acting_as(as_citizen(zhang)):
        request = RightsRequest.objects.get()
    part = rights.part(request)
    rights.act("ask", part, text="Which year?")
    assert "has a question about your request" in text_of(english(client), "/")


def test_home_costs_the_same_however_much_happened(client: Client, zhang: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(client, "/")
        return len(captured)

    few = cost()
    for place in range(3):
        consents.asked(zhang, consents.approved(f"study-{place}"))
        rights.routed(zhang)
    assert cost() == few
    assert few <= 24


def test_sign_in_leads_on_to_our_own_pages_only(client: Client) -> None:
    assert "?next=/sharing/" in text_of(client, "/sign-in/?next=/sharing/")
    assert "evil" not in re.sub(
        r'name="next" value="[^"]*"', "", text_of(client, "/sign-in/?next=https://evil.example/")
    )


def test_signing_out_is_a_post(client: Client, zhang: User) -> None:
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert 'href="/sign-in/"' in text_of(client, "/")


@pytest.mark.parametrize(("page", "status"), [("cancelled", 200), ("error", 401)])
def test_the_pages_on_the_way_to_sign_in_look_like_ours(client: Client, page: str, status: int) -> None:
    answer = english(client).get(f"/accounts/3rdparty/login/{page}/")
    assert answer.status_code == status
    assert 'class="site-header"' in answer.content.decode()


# ------------------------------------------------------------------ errors
@pytest.mark.parametrize(("accepted", "heading"), [("en", "We found nothing here"), ("zh", "<h1>")])
def test_an_address_of_nothing_is_a_page_in_the_readers_language(client: Client, accepted: str, heading: str) -> None:
    answer = client.get("/no-such-page/", headers={"Accept-Language": accepted})
    assert answer.status_code == 404
    assert heading in answer.content.decode()


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "This form was open too long" in answer.content.decode()


# ------------------------------------------------------------------ transparency
def counted() -> None:
    """What the task does that counts each batch."""
    with database_role("portal_worker"), acting_as(Actor.portal()):
        for message in Message.objects.filter(task="ledger.count_flows"):
            coverage.count_flows(message, timezone.now())


def test_the_public_page_withholds_small_counts(client: Client) -> None:
    dataset, recipient = ledger.town()
    for place, times in ((recipient.code, 12), (catalogue.agency("school").code, 3)):
        rows = [
            ledger.event_row(f"{place}-{turn}", recipient=place, occurred_at=timezone.now().isoformat())
            for turn in range(times)
        ]
        ledger.report(dataset.agency, *rows, at=timezone.now())
    counted()
    text = text_of(english(client), "/transparency/")
    assert "Bureau housing" in text
    assert "Bureau school" not in text.split("Who does not report yet")[0]
    assert "1 pair of agencies shared fewer than ten times" in text


# ------------------------------------------------------------------ health
def test_alive_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").content == b"alive\n"


def test_ready_names_what_does_not_work(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "redis": True, "worker": False, "outbox": True}
    with database_role("portal_worker"):
        outbox.sweep(at=timezone.now())
    assert client.get("/readyz").status_code == 200


def test_what_should_have_left_long_ago_makes_us_unready(client: Client) -> None:
    with database_role("portal_worker"):
        outbox.sweep(at=timezone.now())
        numbers = measuring.measure(at=timezone.now())
    cache.set(measuring.KEY, {**numbers, "oldest_message_age": 900.0})
    assert client.get("/readyz").json()["outbox"] is False


def test_numbers_are_counted_by_the_worker_and_read_by_the_operators_network_alone(client: Client, zhang: User) -> None:
    with database_role("portal_worker"):
        measuring.measure(at=timezone.now() + timedelta(days=60))
    text = client.get("/metrics").content.decode()
    assert "portal_overdue_parts 2" in text
    assert re.search(r"^portal_waiting_messages \d+$", text, re.MULTILINE)
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    with override_settings(PORTAL_METRICS_NETWORKS=["203.0.113.0/24"]):
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 200


# ------------------------------------------------------------------ words
DAY = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "moment", "names"),
    [
        ("en", "Tue 24 November 2026", "Tue 24 November 2026, 09:05", "A, B and C"),
        ("zh-hans", "2026年11月24日", "2026年11月24日 09:05", None),
    ],
)
def test_dates_and_lists_are_written_out(language: str, day: str, moment: str, names: str | None) -> None:
    with translation.override(language):
        assert words.long_date(DAY) == day
        assert words.long_time(DAY) == moment
        assert words.long_date(None) == ""
        if names:
            assert words.listed(["A", "B", "C"]) == names
        assert words.listed(["A"]) == "A"
        assert words.listed([]) == ""


def test_a_provision_nobody_knows_is_shown_by_its_reference() -> None:
    assert words.article("no-law-1") == "no-law-1"
    assert words.provision("no-law-1") is None
    assert "45" in words.article("pipl-45") or "四十五" in words.article("pipl-45")


# ------------------------------------------------------------------ oversight
def test_the_regulator_sees_who_is_late_and_nobody_else_gets_in(client: Client, zhang: User) -> None:
    assert client.get("/oversight/").status_code == 404
    client.force_login(staff(UserKind.REGULATOR), backend=BACKEND)
    text = text_of(english(client), "/oversight/")
    assert "How the agencies stand" in text
    assert "2 open parts" in text or "of 1 open" in text


def test_a_page_goes_compressed_to_who_takes_it_and_plain_to_who_does_not(client: Client) -> None:
    packed = client.get("/help/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(packed.content)
    assert "Content-Encoding" not in client.get("/help/").headers


def test_what_is_packed_already_is_not_packed_again(rf: RequestFactory) -> None:
    asked = rf.get("/", headers={"Accept-Encoding": "gzip"})
    middleware = CompressionMiddleware(lambda _: HttpResponse())
    as_zip = middleware.process_response(asked, HttpResponse(b"x" * 10_000, content_type="application/zip"))
    assert "Content-Encoding" not in as_zip.headers
