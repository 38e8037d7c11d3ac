"""Staff gives two factors: a password and a passkey or the code of an app, or comes by their agency's provider."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client, RequestFactory
from lxml import html

from portal.accounts.middleware import actor_of
from portal.accounts.models import User, UserKind
from portal.accounts.second_factor import SecondFactor
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.models import Entry
from tests import people
from tests.accounts import identity
from tests.accounts.identity import LIAR, Liar
from tests.accounts.passkey import Passkey
from tests.people import agency, clerk, staff

pytestmark = pytest.mark.django_db
PASSWORD = "a long password 1"
DESK = "/admin/"


def with_password(browser: Client, username: str = "authority", after: str = DESK) -> Any:
    return browser.post(f"/admin/login/?next={after}", {"username": username, "password": PASSWORD, "next": after})


def code(secret: str, turn: int = 0) -> str:
    """What an app shows; another `turn` for another code within the minute."""
    counter = list(yield_hotp_counters_from_time())[1 + turn]
    return str(format_hotp_value(hotp_value(secret, counter)))


def has_app(user: User) -> str:
    """Set up an app for a member of staff; its secret."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


def options(page: bytes, kind: str) -> dict[str, Any]:
    data = html.document_fromstring(page).xpath("string(//script[@id='js_data'])")
    found: dict[str, Any] = json.loads(data)[f"{kind}_options"]
    return found


@pytest.mark.parametrize("kind", [UserKind.AUTHORITY, UserKind.REGULATOR, UserKind.OPERATOR, UserKind.CLERK])
def test_a_password_alone_opens_no_desk(kind: UserKind) -> None:
    user = clerk(agency()) if kind is UserKind.CLERK else staff(kind)
    browser = Client(headers={"Accept-Language": "en"})
    assert with_password(browser, user.username).headers["Location"] == DESK
    for path in (DESK, "/oversight/", "/admin/rights/part/", "/admin/catalogue/dataset/", "/catalogue/"):
        assert browser.get(path).headers["Location"].startswith("/accounts/2fa/"), path
    assert "Set up one now" in browser.get("/accounts/2fa/").content.decode()
    request = RequestFactory().get("/accounts/2fa/")
    request.user, request.session = user, browser.session
    assert actor_of(request).kind is ActorKind.VISITOR


def test_an_app_is_set_up_shown_once_more_and_then_the_desk_opens() -> None:
    user = staff(UserKind.AUTHORITY)
    browser = Client(headers={"Accept-Language": "en"})
    with_password(browser)
    again = browser.get("/accounts/2fa/totp/activate/").headers["Location"]
    assert again.startswith("/accounts/reauthenticate/")
    assert browser.post(again, {"password": "wrong"}).status_code == 200
    browser.post(again, {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/").content
    assert b"data:image/svg+xml" in page
    secret = html.document_fromstring(page).xpath("string(//main//code)")
    wrong = browser.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert b"usa-error-message" in wrong.content
    done = browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert len(html.document_fromstring(browser.get(done.headers["Location"]).content).xpath("//main//li/code")) == 10
    shown = browser.get(DESK).headers["Location"]
    assert shown.startswith("/accounts/2fa/reauthenticate/?next=%2Fadmin%2F")
    assert browser.post(shown, {"code": code(secret, 1), "next": DESK}).headers["Location"] == DESK
    assert browser.get(DESK).status_code == 200
    kept = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in kept


def test_who_has_an_app_is_asked_for_its_code_before_anything_opens() -> None:
    user = staff(UserKind.AUTHORITY)
    secret = has_app(user)
    browser = Client()
    before = browser.session.session_key
    assert with_password(browser).headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in browser.session
    assert browser.get(DESK).headers["Location"].startswith("/admin/login/")
    assert browser.get("/accounts/2fa/authenticate/").status_code == 200
    assert browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in browser.session
    right = code(secret)
    assert browser.post("/accounts/2fa/authenticate/", {"code": right}).headers["Location"] == DESK
    assert browser.session.session_key != before
    assert browser.get(DESK).status_code == 200
    other = Client()
    with_password(other)
    other.post("/accounts/2fa/authenticate/", {"code": right})  # seen over a shoulder
    assert "_auth_user_id" not in other.session
    with acting_as(Actor.portal()):
        entry = Entry.objects.get(event="accounts.staff.signed_in")
    assert entry.facts == {"door": "password", "level": "substantial"}


def test_codes_cannot_be_guessed() -> None:
    has_app(staff(UserKind.AUTHORITY))
    browser = Client()
    with_password(browser)
    said = [browser.post("/accounts/2fa/authenticate/", {"code": f"{guess:06}"}).content for guess in range(12)]
    assert said[-1] != said[0]  # too many: the same code would no longer help
    assert "_auth_user_id" not in browser.session


def test_a_recovery_code_counts_once() -> None:
    user = staff(UserKind.AUTHORITY)
    has_app(user)
    from_paper = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": SecondFactor().encrypt("5" * 80), "used_mask": 0}
    )
    paper = from_paper.wrap().get_unused_codes()[0]
    for opened in (True, False):
        browser = Client()
        with_password(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": paper})
        assert ("_auth_user_id" in browser.session) is opened
        cache.clear()


def test_a_passkey_is_added_and_opens_the_desk() -> None:
    user, key = staff(UserKind.REGULATOR), Passkey()
    browser = Client(headers={"Accept-Language": "en"})
    with_password(browser, "regulator", "/oversight/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/webauthn/add/").content
    added = browser.post(
        "/accounts/2fa/webauthn/add/", {"name": "my stick", "credential": key.made(options(page, "creation"))}
    )
    assert added.status_code == 302, added.content.decode()
    assert "my stick" in browser.get("/accounts/2fa/").content.decode()
    shown = browser.get("/oversight/").headers["Location"]
    assert shown.startswith("/accounts/2fa/webauthn/reauthenticate/")
    asked = options(browser.get(shown).content, "request")
    browser.post(shown, {"credential": key.signed(asked), "next": "/oversight/"})
    assert browser.get("/oversight/").status_code == 200
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1


def test_with_a_passkey_staff_signs_in_and_without_it_does_not() -> None:
    user, key = staff(UserKind.REGULATOR), Passkey()
    enrolled(user, key)
    for used, opened in ((Passkey(name=key.name), False), (key, True)):
        browser = Client()
        assert with_password(browser, "regulator").headers["Location"] == "/accounts/2fa/authenticate/"
        asked = options(browser.get("/accounts/2fa/authenticate/").content, "request")
        browser.post("/accounts/2fa/authenticate/", {"credential": used.signed(asked)})
        assert ("_auth_user_id" in browser.session) is opened


@pytest.mark.parametrize("nothing", ["", "{}", "[]", '"x"', "null", "[1]", '{"id": 5}', '{"id": "a", "rawId": "a"}'])
def test_what_is_no_passkey_is_an_error_at_the_form(nothing: str) -> None:
    user = staff(UserKind.REGULATOR)
    enrolled(user, Passkey())
    browser, inside = Client(), Client()
    with_password(browser, "regulator")
    browser.get("/accounts/2fa/authenticate/")
    assert browser.post("/accounts/2fa/authenticate/", {"credential": nothing}).status_code == 200
    people.come_in(inside, user)
    inside.post("/accounts/reauthenticate/", {"password": PASSWORD})
    inside.get("/accounts/2fa/webauthn/add/")
    assert inside.post("/accounts/2fa/webauthn/add/", {"name": "a", "credential": nothing}).status_code == 200
    assert inside.post("/accounts/2fa/webauthn/reauthenticate/", {"credential": nothing}).status_code in (200, 302)


def enrolled(user: User, key: Passkey) -> None:
    browser = Client()
    people.come_in(browser, user)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/webauthn/add/").content
    browser.post("/accounts/2fa/webauthn/add/", {"name": "a", "credential": key.made(options(page, "creation"))})


def test_every_change_of_a_factor_stands_in_the_trail(django_capture_on_commit_callbacks: Any) -> None:
    user, key = staff(UserKind.REGULATOR), Passkey()
    with django_capture_on_commit_callbacks(execute=True):
        enrolled(user, key)
        browser = Client()
        people.come_in(browser, user)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        kept = Authenticator.objects.get(type="webauthn")
        assert browser.get(f"/accounts/2fa/webauthn/keys/{kept.pk}/remove/").status_code == 200
        browser.post(f"/accounts/2fa/webauthn/keys/{kept.pk}/remove/")
    with acting_as(Actor.portal()):
        rows = Entry.objects.filter(event__startswith="accounts.factor.").order_by("id")
        said = [(row.event, row.facts["factor"]) for row in rows]
    assert ("accounts.factor.added", "webauthn") in said
    assert ("accounts.factor.removed", "webauthn") in said


def test_nobody_reaches_the_passkey_of_another() -> None:
    holder, other = staff(UserKind.OPERATOR, "holder"), staff(UserKind.OPERATOR, "other")
    kept = Authenticator.objects.create(user=holder, type="webauthn", data={"name": "A key"})
    browser = Client()
    people.come_in(browser, other)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for act in ("remove", "edit"):
        for ask in (browser.get, browser.post):
            assert ask(f"/accounts/2fa/webauthn/keys/{kept.pk}/{act}/").status_code == 404
    assert Authenticator.objects.filter(pk=kept.pk).exists()


def test_codes_are_guessed_a_few_times_only_in_however_many_windows(settings: Any) -> None:
    settings.PORTAL_LIMITS = {**settings.PORTAL_LIMITS, "second-factor": "2/minute"}
    has_app(staff(UserKind.AUTHORITY))
    statuses = []
    for _ in range(3):
        browser = Client()
        with_password(browser)
        statuses.append(browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code)
    assert statuses == [200, 200, 429]


def test_a_citizen_has_no_factors_here() -> None:
    browser = Client()
    people.come_in(browser, people.citizen())
    for path in ("", "totp/activate/", "webauthn/add/", "recovery-codes/", "reauthenticate/"):
        assert browser.get(f"/accounts/2fa/{path}").status_code == 404
    assert browser.get("/accounts/reauthenticate/").status_code == 404


def test_a_demo_may_do_without(settings: Any) -> None:
    settings.PORTAL_STAFF_SECOND_FACTOR = False
    staff(UserKind.AUTHORITY)
    browser = Client()
    with_password(browser)
    assert browser.get(DESK).status_code == 200


# ------------------------------------------------------------------ an agency's own provider
@pytest.fixture
def lies(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with identity.liar({"preferred_username": "clerk-tax"}) as bent:
        bent.claims.update(acr="urn:test:face")
        settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
        settings.PORTAL_IDENTITY_PROVIDERS = (
            identity.provider(bent.issuer, LIAR, levels=identity.LEVELS, audience="staff", agency="tax"),
        )
        yield bent


def by_provider(lies: Liar, browser: Client) -> Any:
    return identity.returned(browser, lies.sent_back(identity.left(browser, LIAR, after=DESK)))


def test_a_clerk_comes_in_by_their_agencys_provider(lies: Liar) -> None:
    clerk(agency("tax"))
    browser = Client()
    assert by_provider(lies, browser).headers["Location"] == DESK
    assert browser.get(DESK).status_code == 200
    with acting_as(Actor.portal()):
        assert Entry.objects.get(event="accounts.staff.signed_in").facts == {"door": LIAR, "level": "substantial"}


@pytest.mark.parametrize("wrong", ["of another agency", "of none", "left", "a citizen", "unknown", "one factor"])
def test_a_provider_vouches_for_its_own_agencys_staff_alone_and_with_two_factors(lies: Liar, wrong: str) -> None:
    tax = agency("tax")
    user = clerk(agency("health") if wrong == "of another agency" else tax, username="clerk")
    if wrong == "of another agency":
        lies.userinfo["preferred_username"] = "clerk-health"
    elif wrong == "of none":
        lies.userinfo["preferred_username"] = staff(UserKind.OPERATOR).username
    elif wrong == "left":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif wrong == "a citizen":
        lies.userinfo["preferred_username"] = people.citizen().username
    elif wrong == "unknown":
        lies.userinfo["preferred_username"] = "somebody\x00"
    else:
        lies.claims.update(acr="urn:test:password")
    browser = Client()
    assert by_provider(lies, browser).status_code == 403
    assert "_auth_user_id" not in browser.session
    assert User.objects.filter(kind=UserKind.CITIZEN).count() == (1 if wrong == "a citizen" else 0)
