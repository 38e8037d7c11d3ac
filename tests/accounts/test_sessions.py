"""Where somebody is signed in: a row a session, ended at once, seen by its owner alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts import actions, devices, sessions, standing
from portal.accounts.errors import UnknownSession
from portal.accounts.models import Session, User, UserSession
from portal.accounts.session_store import SessionStore, digest
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.models import Entry
from tests.people import agency, as_citizen, as_clerk, citizen, clerk

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0 Safari/604"


def signed_in(user: User, agent: str = FIREFOX, *, at: datetime | None = None) -> Client:
    """A browser in which `user` has signed in."""
    browser = Client()
    browser.force_login(user, BACKEND)
    browser.cookies["django_language"] = "en"
    actions.begin_session(user, browser.session.session_key or "", agent=agent, at=at or timezone.now())
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/settings/devices/").status_code == 200


def rows_of(user: User) -> list[UserSession]:
    with acting_as(as_citizen(user)):
        return list(UserSession.objects.order_by("created_at"))


def text_of(browser: Client) -> str:
    return " ".join(browser.get("/settings/devices/").content.decode().split())


# ------------------------------------------------------------------ the store
def test_the_table_never_holds_the_key_of_a_cookie() -> None:
    browser = signed_in(citizen())
    key = browser.session.session_key or ""
    assert list(Session.objects.values_list("pk", flat=True)) == [digest(key)]
    assert SessionStore(key).exists(key)
    assert SessionStore(digest(key)).load() == {}  # a digest opens nothing


def test_a_session_that_has_expired_is_nobodys() -> None:
    browser = signed_in(citizen())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_in(browser)


# ------------------------------------------------------------------ the list
def test_the_page_names_devices_in_plain_words_and_marks_this_one() -> None:
    zhang = citizen()
    signed_in(zhang, WECHAT)
    text = text_of(signed_in(zhang))
    assert text.index("Firefox on a Linux computer") < text.index("This one") < text.index("WeChat on iPhone")


def test_only_the_family_of_a_browser_is_kept() -> None:
    zhang = citizen()
    signed_in(zhang)
    assert [row.agent for row in rows_of(zhang)] == ["firefox linux"]


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on a Windows computer"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) HuaweiBrowser/5 Chrome/114", "Huawei Browser on HarmonyOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on an Android device"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on a Mac"),
        ("curl/8.0", "A browser we do not know"),
        ("", "A browser we do not know"),
        ("something (Windows)", "a Windows computer"),
    ],
)
def test_a_user_agent_in_words(agent: str, said: str) -> None:
    assert devices.described(devices.family(agent)) == said


def test_use_is_noted_once_a_minute() -> None:
    zhang = citizen()
    began = timezone.now() - timedelta(seconds=59)
    browser = signed_in(zhang, at=began)
    with CaptureQueriesContext(connection) as captured:
        browser.get("/help/")
    assert rows_of(zhang)[0].seen_at == began
    assert not [query for query in captured if "UPDATE" in query["sql"]]
    session = browser.session
    session[standing.SEEN] -= 61
    session.save()
    browser.get("/help/")
    assert rows_of(zhang)[0].seen_at > began
    assert browser.session[standing.SEEN] > began.timestamp()


def test_signing_in_again_in_one_browser_is_one_row() -> None:
    zhang = citizen()
    browser = signed_in(zhang, at=AT)
    actions.begin_session(zhang, browser.session.session_key or "", agent=FIREFOX, at=AT + timedelta(hours=1))
    (row,) = rows_of(zhang)
    assert (row.created_at, row.seen_at) == (AT, AT + timedelta(hours=1))


def test_many_sessions_cost_no_more_queries_than_one() -> None:
    zhang = citizen()
    browser = signed_in(zhang)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert is_in(browser)
        return len(captured)

    few = cost()
    for _ in range(5):
        signed_in(zhang)
    assert cost() == few


# ------------------------------------------------------------------ ending
def test_an_ended_session_is_gone_from_the_store_at_once_and_in_the_trail() -> None:
    zhang = citizen()
    here, there = signed_in(zhang), signed_in(zhang, WECHAT)
    assert here.post("/settings/devices/end/", {"session": digest(there.session.session_key or "")}).status_code == 302
    assert not is_in(there)
    assert is_in(here)
    assert len(rows_of(zhang)) == 1
    with acting_as(as_citizen(zhang)):
        entry = Entry.objects.get(event="accounts.session.ended")
    assert (entry.actor_user, entry.facts) == (zhang.pk, {"sessions": 1})


def test_all_others_end_with_one_press() -> None:
    zhang = citizen()
    here, others = signed_in(zhang), [signed_in(zhang) for _ in range(3)]
    answer = here.post("/settings/devices/end-others/", follow=True)
    assert "3 other sessions have ended." in answer.content.decode()
    assert [is_in(browser) for browser in (here, *others)] == [True, False, False, False]
    assert "0 other sessions" in here.post("/settings/devices/end-others/", follow=True).content.decode()
    with acting_as(as_citizen(zhang)):
        assert Entry.objects.filter(event="accounts.session.ended").count() == 1


def test_nobody_ends_the_session_of_another() -> None:
    zhang, li = citizen(), citizen(name="李四")
    mine, theirs = signed_in(zhang), signed_in(li)
    name = digest(theirs.session.session_key or "")
    assert mine.post("/settings/devices/end/", {"session": name}).status_code == 404
    assert mine.post("/settings/devices/end/", {"session": "\x00'"}).status_code == 404
    assert mine.post("/settings/devices/end-others/").status_code == 302
    assert is_in(theirs)
    with acting_as(as_citizen(zhang)) as actor, pytest.raises(UnknownSession):
        actions.end_session(name, actor=actor, at=AT)


def test_signing_out_takes_the_row_along(as_owner: Any) -> None:
    browser = signed_in(citizen())
    name = digest(browser.session.session_key or "")
    browser.post("/sign-out/")
    assert not Session.objects.filter(pk=name).exists()
    with as_owner():
        assert not UserSession.objects.exists()


def test_expired_sessions_are_dropped_with_their_rows(as_owner: Any) -> None:
    signed_in(citizen())
    with database_role("portal_worker"):
        assert sessions.forget_sessions(at=timezone.now()) == 0
        assert sessions.forget_sessions(at=timezone.now() + timedelta(days=30)) == 1
    with as_owner():
        assert not UserSession.objects.exists()


def test_a_session_is_seen_by_its_owner_and_the_sign_in_alone() -> None:
    zhang, li = citizen(), citizen(name="李四")
    signed_in(zhang)
    for actor in (
        as_citizen(li),
        as_clerk(clerk(agency())),
        Actor.visitor(),
        Actor.operator(li.pk),
        Actor.regulator(li.pk),
    ):
        with acting_as(actor):
            assert UserSession.objects.count() == 0, actor.kind
            assert UserSession.objects.all().delete()[0] == 0
    assert len(rows_of(zhang)) == 1
