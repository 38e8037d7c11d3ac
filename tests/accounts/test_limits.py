"""Limits hold however many try at once, and nothing that is limited is done while nobody can count."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from portal.accounts import callers, limits
from portal.accounts.errors import TooMany, Unavailable
from portal.accounts.models import User, UserKind
from portal.outbox import actions as outbox
from portal.trail.actor import database_role
from tests import people
from tests.rights import factories as rights

BACKEND = "django.contrib.auth.backends.ModelBackend"
THREADS = 12
ALLOWED = 5
NOWHERE = "unix:///nowhere.sock"
ENGLISH = {"Accept-Language": "en"}


def at_once(act: Callable[[], Any], times: int = THREADS) -> list[Any]:
    """The same act in as many threads, all of which set off together."""
    ready = Barrier(times)

    def wait_and_act(_: int) -> Any:
        try:
            ready.wait(20)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_act, range(times)))


@pytest.fixture
def few(settings: Any) -> None:
    """Every limit is ALLOWED an hour."""
    settings.PORTAL_LIMITS = dict.fromkeys(configured.PORTAL_LIMITS, f"{ALLOWED}/hour")


@pytest.fixture
def no_redis(settings: Any) -> None:
    settings.PORTAL_REDIS_URL = NOWHERE
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}


# ------------------------------------------------------------------ counting
def taken(name: str, whom: str) -> bool:
    try:
        limits.take(name, whom)
    except TooMany as refusal:
        return refusal.retry_after not in range(1, 3601)  # a refusal that says so wrongly counts as none
    return True


@pytest.mark.parametrize("name", sorted(configured.PORTAL_LIMITS))
@pytest.mark.usefixtures("few")
def test_of_many_at_once_exactly_the_allowed_number_gets_through(name: str) -> None:
    assert sum(at_once(lambda: taken(name, "somebody"), 24)) == ALLOWED
    assert taken(name, "somebody else")


@pytest.mark.usefixtures("few")
def test_nothing_in_redis_tells_who_was_counted() -> None:
    limits.take("sign-in-account", "citizen:110101198805170015")
    counter = limits._counter(configured.PORTAL_REDIS_URL)
    kept = " ".join(map(str, counter.storage.get_connection().keys("*")))  # type: ignore[attr-defined]  # the package's
    assert "sign-in-account" in kept
    assert "citizen" not in kept
    assert "110101198805170015" not in kept


@pytest.mark.usefixtures("no_redis")
def test_without_redis_nobody_is_counted_and_nobody_let_through() -> None:
    with pytest.raises(Unavailable):
        limits.take("export", "somebody")


def test_every_limited_page_of_a_library_is_a_route_and_every_limit_is_in_the_table() -> None:
    for name, counts in limits.PAGES.items():
        try:
            reverse(name)
        except NoReverseMatch:
            reverse(name, args=["identity"])
        assert {count.limit for count in counts} <= set(configured.PORTAL_LIMITS)


# ------------------------------------------------------------------ pages
def staff_tries() -> Any:
    return Client(headers=ENGLISH).post("/admin/login/?next=/admin/", {"username": "authority", "password": "wrong"})


def citizen_leaves() -> Any:
    return Client(headers=ENGLISH).post("/accounts/oidc/identity/login/?process=wrong")


def anybody_checks() -> Any:
    return Client(headers=ENGLISH).post("/verify/", {"document": "nothing"})


def a_system_asks_for_a_token() -> Any:
    return Client(headers=ENGLISH).post("/oauth/token", {"grant_type": "client_credentials", "client_id": "nobody"})


def a_citizen_downloads() -> Callable[[], Any]:
    browser = signed_in()
    return lambda: again(browser).get("/sharing/export.csv")


def a_system_calls() -> Callable[[], Any]:
    system, secret = people.api_client(people.agency("tax"), "rights")
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    bearer = Client().post("/oauth/token", form).json()["access_token"]
    return lambda: Client().get("/api/v1/rights/parts", headers={"Authorization": f"Bearer {bearer}"})


def a_citizen_files() -> Callable[[], Any]:
    browser = signed_in(rights.person(held=False))
    form = {"kind": "access", "scope": "everything", "language": "en", "step": "next"}
    return lambda: again(browser).post("/requests/new/", form)


def signed_in(user: User | None = None) -> Client:
    browser = Client(headers=ENGLISH)
    browser.force_login(user or people.citizen(), BACKEND)
    return browser


def again(browser: Client) -> Client:
    """The same session in a browser of its own, for a thread of its own."""
    other = Client(headers=ENGLISH)
    other.cookies.load(browser.cookies.output(header="", sep=";"))
    return other


LIMITED: dict[str, Callable[[], Callable[[], Any]]] = {
    "staff signs in": lambda: staff_tries,
    "a citizen signs in": lambda: citizen_leaves,
    "anybody checks a document": lambda: anybody_checks,
    "a system asks for a token": lambda: a_system_asks_for_a_token,
    "a citizen downloads": a_citizen_downloads,
    "a citizen files": a_citizen_files,
    "a system calls": a_system_calls,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("name", LIMITED)
def test_pages_and_calls_answer_429_beyond_the_limit_and_say_when_to_come_again(name: str) -> None:
    act = LIMITED[name]()
    answers = at_once(act)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == THREADS - ALLOWED
    let_through = {answer.status_code for answer in answers} - {429}
    assert let_through <= {200, 302, 401, 422} or name == "a citizen signs in"  # there is no provider to send them to
    for answer in refused:
        assert 0 < int(answer.headers["Retry-After"]) <= 3600
        assert_says(answer, "too-many-requests", "too often in a short time")


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
@pytest.mark.parametrize("name", LIMITED)
def test_pages_and_calls_answer_503_while_redis_is_away(name: str, settings: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "take", lambda *_: None)  # what is prepared through the site is not what is tested
        act = LIMITED[name]()
    answer = act()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert_says(answer, "unavailable", "not possible for the moment")


def assert_says(answer: Any, code: str, words: str) -> None:
    if answer.headers["Content-Type"] == "application/problem+json":
        assert answer.json()["type"].endswith(f"/problems/{code}/")
        assert answer.json()["status"] == answer.status_code
    else:
        assert words in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("few")
def test_one_account_is_guarded_from_many_addresses_and_one_address_from_trying_many_accounts() -> None:
    def tried(name: str, address: str) -> int:
        form = {"username": name, "password": "wrong"}
        return Client(REMOTE_ADDR=address).post("/admin/login/", form).status_code

    assert [tried("wanted", f"203.0.113.{last}") for last in range(ALLOWED + 1)] == [200] * ALLOWED + [429]
    assert tried(" Wanted ", "203.0.113.99") == 429
    assert [tried(f"name {turn}", "198.51.100.1") for turn in range(ALLOWED + 1)] == [200] * ALLOWED + [429]


@pytest.mark.django_db
@pytest.mark.usefixtures("few")
def test_what_was_written_stays_in_the_form_when_too_many_requests_are_filed() -> None:
    act = a_citizen_files()
    for _ in range(ALLOWED):
        act()
    answer = act()
    assert answer.status_code == 429
    assert "<form" in answer.content.decode()
    assert "too often" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_what_needs_no_counting_stays_open_while_redis_is_away(settings: Any) -> None:
    browser = signed_in()
    for path in ("/", "/data/", "/requests/", "/consents/", "/inbox/", "/help/", "/catalogue/", "/healthz", "/metrics"):
        assert browser.get(path).status_code == 200, path
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True  # nothing is collected for tests
    assert Client().get("/static/site.css").status_code == 200
    with database_role("portal_worker"):
        outbox.sweep(at=timezone.now())
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["redis"], answer.json()["database"]) == (503, False, True)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_whatever_else_stumbles_over_redis_answers_503_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.pages.views.figures.public", lambda at: cache.get("figures"))
    answer = Client().get("/transparency/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


# ------------------------------------------------------------------ who calls
@pytest.fixture
def behind(settings: Any) -> Callable[..., str]:
    settings.PORTAL_PROXY_NETWORKS = ["10.0.0.0/8", "::1/128"]
    return lambda nearest, way="": callers.network_of(
        RequestFactory().get("/", REMOTE_ADDR=nearest, **({"HTTP_X_FORWARDED_FOR": way} if way else {}))
    )


@pytest.mark.parametrize(
    ("nearest", "way", "caller"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours: what it says counts for nothing
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),  # the first was written by the caller
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "rubbish", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, rubbish", "10.0.0.1"),
        ("", "", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
    ],
)
def test_the_caller_is_the_last_address_that_is_no_proxy_of_ours(
    behind: Callable[..., str], nearest: str, way: str, caller: str
) -> None:
    assert behind(nearest, way) == caller


@pytest.mark.django_db
def test_the_operators_numbers_are_closed_to_whoever_comes_through_a_proxy() -> None:
    assert Client().get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7").status_code == 404


@pytest.mark.django_db
def test_a_wrong_password_is_noted_under_the_callers_own_address() -> None:
    people.staff(UserKind.AUTHORITY)
    form = {"username": "authority", "password": "wrong"}
    for last in range(12):  # more than axes allows one address
        answer = Client().post("/admin/login/", form, HTTP_X_FORWARDED_FOR=f"203.0.113.{last}")
        assert answer.status_code == 200
