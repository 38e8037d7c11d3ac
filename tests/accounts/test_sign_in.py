"""Citizens come in through the identity provider; the number it vouches for is kept in one place alone."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import flask
import httpx
import oidc_provider_mock
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from werkzeug.serving import make_server

from portal.accounts import queries
from portal.accounts.models import Session, User, UserKind, UserSession
from portal.accounts.providers import Provider
from portal.accounts.session_store import digest
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.accounts import identity
from tests.people import number, staff

# The provider's package uses parts of authlib that authlib will drop in its next version.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")]
ZHANG = number(91)
CLAIMS: dict[str, dict[str, Any]] = {
    "zhang": {"national_id": ZHANG, "name": "张三", "email": "zhang@example.org"},
    "nobody": {"name": "李四"},
    "mistaken": {"national_id": "110101198805170019", "name": "王五"},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An identity provider on the loopback that knows three people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # plain http, on loopback alone
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in CLAIMS.items()]
        application: flask.Flask = oidc_provider_mock.app(user_claims=users)
        server = make_server("127.0.0.1", 0, application, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _configured(settings: Any, provider: str) -> None:
    settings.PORTAL_IDENTITY_PROVIDERS = (identity.provider(provider, "identity"),)
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]


def signed_in(browser: Client, sub: str, after: str = "/help/") -> Any:
    """The whole way: to the provider, whose page the person answers, and back."""
    leaving = browser.post(f"/accounts/oidc/identity/login/?next={after}")
    assert leaving.status_code == 302, leaving.content
    there = httpx.post(leaving.headers["Location"], data={"sub": sub}, trust_env=False)
    back = urlparse(there.headers["Location"])
    return browser.get(back.path, {key: value[0] for key, value in parse_qs(back.query).items()})


def test_a_person_comes_in_and_lands_where_they_wanted_to_go() -> None:
    browser = Client()
    answer = signed_in(browser, "zhang")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/help/")
    user = User.objects.get(kind=UserKind.CITIZEN)
    assert browser.session["_auth_user_id"] == str(user.pk)
    key = bytes(user.subject_key or b"")
    with acting_as(Actor.portal()):
        assert queries.number_of(key) == ZHANG
        assert queries.name_of(key) == "张三"
        assert queries.mail_of(key) == "zhang@example.org"
        assert Entry.objects.filter(event="accounts.user.signed_in", subject_key=key).count() == 1


def test_the_number_and_the_name_stay_out_of_users_and_of_the_librarys_tables() -> None:
    signed_in(Client(), "zhang")
    user = User.objects.get(kind=UserKind.CITIZEN)
    assert SocialAccount.objects.count() == 0
    kept = " ".join(str(value) for value in User.objects.filter(pk=user.pk).values()[0].values())
    assert ZHANG not in kept
    assert "张三" not in kept


def test_who_comes_again_is_the_same_user_with_the_same_key() -> None:
    for _ in range(2):
        signed_in(Client(), "zhang")
    assert User.objects.filter(kind=UserKind.CITIZEN).count() == 1


def test_the_sign_in_notes_the_session_and_the_kind_of_browser() -> None:
    browser = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    signed_in(browser, "zhang")
    with acting_as(Actor.portal()):
        row = UserSession.objects.get()
    assert (row.session_key_digest, row.agent) == (digest(browser.session.session_key or ""), "firefox windows")


def test_the_session_is_a_new_one_after_signing_in() -> None:
    browser = Client()
    browser.post("/accounts/oidc/identity/login/")
    before = browser.session.session_key
    signed_in(browser, "zhang")
    assert browser.session.session_key != before


@pytest.mark.parametrize("sub", ["nobody", "mistaken"])
def test_who_comes_without_a_valid_number_is_told_so_and_stays_outside(sub: str) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    answer = signed_in(browser, sub)
    assert answer.status_code == 403
    assert "valid identity number" in answer.content.decode()
    assert "_auth_user_id" not in browser.session
    assert not User.objects.exists()


@pytest.mark.parametrize("networks", [["127.0.0.0/8"], []])  # nobody answers there; the portal may not call there
def test_while_the_provider_is_away_nobody_signs_in_and_is_told_when_to_try_again(
    settings: Any, networks: list[str]
) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = networks
    settings.PORTAL_IDENTITY_PROVIDERS = (identity.provider("http://127.0.0.1:9", "identity"),)
    answer = Client(headers={"Accept-Language": "en"}).post("/accounts/oidc/identity/login/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "not possible for the moment" in answer.content.decode()


def test_nobody_is_sent_to_another_site_afterwards() -> None:
    assert signed_in(Client(), "zhang", after="https://evil.example/").headers["Location"] == "/"


def test_signing_out_ends_the_session_and_takes_a_post() -> None:
    browser = Client()
    signed_in(browser, "zhang")
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/").headers["Location"] == "/"
    assert "_auth_user_id" not in browser.session


def test_a_citizen_never_enters_the_admin() -> None:
    browser = Client()
    signed_in(browser, "zhang")
    assert browser.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_session_is_never_a_citizens_and_a_clerks_at_once(settings: Any) -> None:
    settings.PORTAL_STAFF_SECOND_FACTOR = False
    staff(UserKind.AUTHORITY)
    form = {"username": "authority", "password": "a long password 1"}
    first, then = Client(), Client()
    signed_in(first, "zhang")
    first.session["left behind"] = "by the citizen"
    citizens = first.session.session_key
    first.post("/admin/login/?next=/admin/", form)
    assert first.get("/sharing/").status_code == 404
    assert first.get("/admin/").status_code == 200
    assert not Session.objects.filter(pk=digest(citizens or "")).exists()
    then.post("/admin/login/?next=/admin/", form)
    clerks = then.session.session_key
    signed_in(then, "zhang")
    assert then.get("/sharing/").status_code == 200
    assert then.get("/admin/").status_code == 302
    assert not Session.objects.filter(pk=digest(clerks or "")).exists()


def test_each_configured_provider_is_offered_in_the_readers_language(settings: Any, provider: str) -> None:
    second = Provider(
        id="second", name={"zh": "省统一认证", "en": "The province"}, issuer="https://id.example", client_id="site"
    )
    of_staff = identity.provider("https://staff.example", "agency", audience="staff")
    settings.PORTAL_IDENTITY_PROVIDERS = (*settings.PORTAL_IDENTITY_PROVIDERS, second, of_staff)
    page = Client(headers={"Accept-Language": "en"}).get("/sign-in/?next=/sharing/").content.decode()
    assert "/accounts/oidc/identity/login/?next=/sharing/" in page
    assert "Sign in with The province" in page
    assert "/accounts/oidc/agency/" not in page
    assert "省统一认证" in Client(headers={"Accept-Language": "zh"}).get("/sign-in/").content.decode()
    assert "/accounts/oidc/agency/" in Client().get("/admin/login/").content.decode()


def test_who_asks_for_an_unknown_provider_finds_nothing() -> None:
    for path in ("login/", "login/callback/", "logout/"):
        for method in ("get", "post"):
            assert getattr(Client(), method)(f"/accounts/oidc/nobody/{path}").status_code in (404, 405)


def test_no_page_of_the_library_makes_an_account_or_changes_a_password() -> None:
    for path in ("signup/", "password/reset/", "password/change/", "email/", "social/signup/", "3rdparty/"):
        assert Client().get(f"/accounts/{path}").status_code == 404


def test_who_goes_back_at_the_provider_is_told_so_and_not_that_something_failed() -> None:
    browser = Client()
    browser.post("/accounts/oidc/identity/login/")
    answer = browser.get("/accounts/oidc/identity/login/callback/", {"error": "access_denied"})  # without the state
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/3rdparty/login/cancelled/")


def test_staff_who_guesses_is_shut_out_after_ten_wrong_passwords() -> None:
    staff(UserKind.AUTHORITY)
    form = {"username": "authority", "password": "a long password 1"}
    guessing = Client()
    for _ in range(10):
        guessing.post("/admin/login/", {**form, "password": "wrong"})
    assert guessing.post("/admin/login/", form).status_code == 429
