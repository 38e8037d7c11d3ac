"""How surely and how lately somebody came in, and what that opens; when a session is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts import queries, sessions
from portal.accounts.levels import Level
from portal.accounts.models import Session, User, UserKind
from portal.accounts.session_store import digest
from portal.accounts.standing import SEEN, Standing
from tests import people
from tests.accounts import identity
from tests.people import citizen, come_in, staff

pytestmark = pytest.mark.django_db
FORM = "/requests/new/?kind=access"


def at_a_time(browser: Client, **changes: int) -> None:
    """Change the stamp of a session, as time would."""
    session = browser.session
    session["standing"] = {**session["standing"], **{name: int(v) for name, v in changes.items() if name != SEEN}}
    session[SEEN] = changes.get(SEEN, session[SEEN])
    session.save()


def before(**ago: float) -> int:
    return int((timezone.now() - timedelta(**ago)).timestamp())


def test_a_plain_sign_in_reads_and_a_surer_one_files() -> None:
    user, plain, sure = citizen(), Client(), Client()
    come_in(plain, user, level=Level.BASE)
    come_in(sure, user, level=Level.HIGH)
    assert plain.get("/sharing/").status_code == sure.get("/sharing/").status_code == 200
    assert plain.get(FORM).headers["Location"].startswith("/sign-in/confirm/?level=substantial&next=%2Frequests")
    assert sure.get(FORM).status_code == 200


def test_a_sure_sign_in_of_long_ago_reads_on_and_is_asked_again_before_it_files() -> None:
    browser = Client(headers={"Accept-Language": "en"})
    come_in(browser, citizen(), ago=timedelta(minutes=31))
    assert browser.get("/sharing/").status_code == 200
    page = browser.get(browser.get(FORM).headers["Location"])
    assert "You were confirmed some time ago" in page.content.decode()


def test_what_was_sent_too_late_comes_back_to_the_form_it_was_sent_from() -> None:
    browser = Client()
    come_in(browser, citizen(), level=Level.BASE)
    sent = browser.post("/requests/new/", {"kind": "access"}, headers={"Referer": f"http://testserver{FORM}"})
    assert sent.headers["Location"] == "/sign-in/confirm/?level=substantial&next=%2Frequests%2Fnew%2F%3Fkind%3Daccess"
    for elsewhere in ("https://evil.example/requests/new/", "", "http://testserver"):
        sent = browser.post("/requests/new/", {"kind": "access"}, headers={"Referer": elsewhere})
        assert sent.headers["Location"].endswith("next=%2F")


def test_the_page_that_asks_for_a_confirmation_leads_to_no_other_site(settings: Any) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    come_in(browser, citizen(), level=Level.BASE)
    address = "/sign-in/confirm/?level=nonsense&next=https://evil.example/"
    assert "No identity service of this site can confirm it" in browser.get(address).content.decode()
    settings.PORTAL_IDENTITY_PROVIDERS = (identity.provider("https://id.example", "city", levels=identity.LEVELS),)
    assert 'login/?level=substantial&amp;next=/"' in browser.get(address).content.decode()
    come_in(browser, citizen())
    assert browser.get("/sign-in/confirm/?next=/requests/new/").headers["Location"] == "/requests/new/"


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({SEEN: {"minutes": 55}, "started_at": {"hours": 2}}, False),
        ({SEEN: {"minutes": 61}}, True),
        ({"started_at": {"hours": 8, "minutes": 1}}, True),
        ({"confirmed_at": {"hours": 8, "minutes": 1}}, True),  # by the provider, long before they came here
    ],
)
@pytest.mark.parametrize("kind", ["citizen", "staff"])
def test_a_session_that_is_old_or_was_left_alone_is_over(
    changes: dict[str, dict[str, int]], over: bool, kind: str
) -> None:
    browser = Client()
    come_in(browser, citizen() if kind == "citizen" else staff(UserKind.AUTHORITY))
    key = browser.session.session_key
    at_a_time(browser, **{name: before(**ago) for name, ago in changes.items()})
    answer = browser.get("/sharing/" if kind == "citizen" else "/admin/")
    assert (answer.status_code == 302) is over
    assert Session.objects.filter(pk=digest(key or "")).exists() is not over


def test_who_is_signed_out_is_told_why() -> None:
    browser = Client(headers={"Accept-Language": "en"})
    come_in(browser, citizen())
    at_a_time(browser, seen_at=before(hours=2))
    answer = browser.get("/sharing/")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "You were signed out, because your sign-in was too long ago."
    ]


def test_a_session_that_no_door_opened_is_over() -> None:
    browser = Client()
    people._plain_login(browser, citizen(), "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/sharing/").headers["Location"].startswith("/sign-in/")


def test_being_there_is_noted_once_a_minute_and_costs_no_other_page_a_query() -> None:
    browser = Client()
    come_in(browser, citizen())
    browser.get("/inbox/")
    with CaptureQueriesContext(connection) as unnoted:
        browser.get("/inbox/")
    assert not [query for query in unnoted.captured_queries if 'UPDATE "accounts_session"' in query["sql"]]
    at_a_time(browser, seen_at=before(minutes=2))
    browser.get("/inbox/")
    assert browser.session[SEEN] >= before(minutes=1)


def test_sessions_are_found_by_whose_they_are_and_by_what_the_provider_calls_them() -> None:
    zhang, li = citizen(), citizen()
    one, two = Client(), Client()
    come_in(one, zhang)
    come_in(one, zhang)  # again: one session
    come_in(two, li)
    assert [row.session_key for row in Session.objects.filter(user=zhang)] == [digest(one.session.session_key or "")]
    found = queries.sessions_at("city", subject=str(li.pk), sid="")
    assert [row.user_id for row in found] == [li.pk]
    assert not queries.sessions_at("city", subject="", sid="").exists()
    assert not queries.sessions_at("another", subject=str(li.pk), sid="").exists()


def test_sessions_that_ended_by_themselves_are_dropped() -> None:
    browser = Client()
    come_in(browser, citizen())
    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    assert sessions.forget_sessions(at=timezone.now()) == 1


def test_levels_rise() -> None:
    assert [[one.reaches(other) for other in Level] for one in Level] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert Standing.within({"standing": "nonsense"}) is None


def test_a_user_who_was_closed_is_nobody(settings: Any) -> None:
    user, browser = citizen(), Client()
    come_in(browser, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert browser.get("/sharing/").status_code == 302
