"""What an identity provider may not say: every answer that is not exactly what was asked for is refused."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from joserfc.jwk import ECKey

from portal.accounts import id_tokens
from portal.accounts.models import Session, User
from tests.accounts import identity
from tests.accounts.identity import CLIENT, LIAR, Liar
from tests.people import number

pytestmark = pytest.mark.django_db
ZHANG = {"national_id": number(393), "name": "张三", "email": "zhang@example.org"}
LOGOUT = f"/accounts/oidc/{LIAR}/logout/"
Bend = Callable[[Liar], object]


@pytest.fixture
def lies(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with identity.liar(ZHANG) as bent:
        settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
        settings.PORTAL_IDENTITY_PROVIDERS = (identity.provider(bent.issuer, LIAR, levels=identity.LEVELS),)
        yield bent


def tried(lies: Liar, browser: Client, *, level: str = "", **more: str) -> HttpResponse:
    back = lies.sent_back(identity.left(browser, LIAR, level=level), **more)
    return identity.returned(browser, back)


def test_what_is_right_is_taken(lies: Liar) -> None:
    browser = Client()
    assert tried(lies, browser).headers["Location"] == "/help/"
    assert "_auth_user_id" in browser.session


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


WRONG: dict[str, Bend] = {
    "another nonce": lambda lies: lies.claims.update(nonce="another"),
    "no nonce": lambda lies: lies.claims.update(nonce=None),
    "another issuer": lambda lies: lies.claims.update(iss="https://id.example"),
    "for another site": lambda lies: lies.claims.update(aud="another"),
    "for several, given to another": lambda lies: lies.claims.update(aud=[CLIENT, "another"], azp="another"),
    "for several, given to nobody": lambda lies: lies.claims.update(aud=[CLIENT, "another"]),
    "expired": lambda lies: lies.claims.update(exp=ago(120)),
    "without an end": lambda lies: lies.claims.update(exp=None),
    "with an end that is none": lambda lies: lies.claims.update(exp="tomorrow"),
    "with an end beyond all calendars": lambda lies: lies.claims.update(iat=10**30),
    "from the future": lambda lies: lies.claims.update(iat=ago(-600)),
    "confirmed at no time": lambda lies: lies.claims.update(auth_time=None),
    "confirmed yesterday": lambda lies: lies.claims.update(auth_time=ago(24 * 3600)),
    "confirmed tomorrow": lambda lies: lies.claims.update(auth_time=ago(-24 * 3600)),
    "about nobody": lambda lies: lies.claims.update(sub=None),
    "about somebody with too long a name": lambda lies: (
        lies.claims.update(sub="z" * 256),
        lies.userinfo.update(sub="z" * 256),
    ),
    "about somebody whose name no table can hold": lambda lies: (
        lies.claims.update(sub="z\x00"),
        lies.userinfo.update(sub="z\x00"),
    ),
    "acr that is no text": lambda lies: lies.claims.update(acr=["urn:test:face"]),
    "userinfo of somebody else": lambda lies: lies.userinfo.update(sub="wang"),
    "userinfo of nobody": lambda lies: lies.userinfo.clear(),
    "another key than it publishes": lambda lies: setattr(
        lies, "signs_with", ECKey.generate_key("P-256", auto_kid=True)
    ),
    "another key under the name of a known one": lambda lies: setattr(
        lies, "signs_with", ECKey.generate_key("P-256", {"kid": lies.key.kid or ""})
    ),
    "no signature": lambda lies: setattr(lies, "id_token", lambda: unsigned(lies)),
    "signed with what is no secret": lambda lies: setattr(lies, "id_token", lambda: signed_with_its_public_key(lies)),
    "no ID token": lambda lies: setattr(lies, "id_token", lambda: None),
    "an ID token that is none": lambda lies: setattr(lies, "id_token", lambda: "a.b.c"),
    "a description of another issuer": lambda lies: lies.described.update(issuer="https://id.example"),
    "a description without keys": lambda lies: lies.described.update(jwks_uri=None),
}


def unsigned(lies: Liar) -> str:
    """`alg` none."""
    _header, payload, _signature = Liar.id_token(lies).split(".")
    return f"eyJhbGciOiJub25lIn0.{payload}."


def signed_with_its_public_key(lies: Liar) -> str:
    """An HMAC under the published key, as if that were a secret."""
    claims = {"iss": lies.issuer, "aud": CLIENT, "iat": ago(0), "exp": ago(-60), "sub": "zhang", "nonce": lies.nonce}
    parts = ({"alg": "HS256", "kid": lies.key.kid}, {**claims, "auth_time": ago(0)})
    body = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    mark = hmac.digest(lies.key.as_pem(private=False), body, "sha256")
    return b".".join((body, urlsafe_b64encode(mark).rstrip(b"="))).decode()


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_right_opens_nothing_and_says_so_on_a_page(lies: Liar, wrong: str) -> None:
    browser = Client()
    address = identity.left(browser, LIAR) if "description" not in wrong else ""
    WRONG[wrong](lies)
    if address:
        answer = identity.returned(browser, lies.sent_back(address))
    else:
        answer = browser.post(f"/accounts/oidc/{LIAR}/login/")  # type: ignore[assignment]  # the test client's kind
    assert answer.status_code == 401, answer.content.decode()
    assert "_auth_user_id" not in browser.session
    assert not User.objects.exists()


def test_an_answer_in_the_name_of_another_issuer_is_refused(lies: Liar) -> None:
    assert tried(lies, Client(), iss="https://id.example").status_code == 401
    assert tried(lies, Client(), iss=lies.issuer).status_code == 302


def test_an_answer_to_somebody_elses_question_is_refused(lies: Liar) -> None:
    back = lies.sent_back(identity.left(Client(), LIAR))
    assert identity.returned(Client(), back).status_code == 401  # a browser that asked nothing


def test_a_level_that_the_provider_has_no_name_for_is_too_low(lies: Liar) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    lies.claims.update(acr="urn:test:anything")
    answer = tried(lies, browser)
    assert answer.status_code == 403
    assert "surely enough" in answer.content.decode()
    assert "_auth_user_id" not in browser.session


def test_the_address_cannot_change_what_is_asked(lies: Liar) -> None:
    browser = Client()
    sent = browser.post(
        f"/accounts/oidc/{LIAR}/login/?auth_params=nonce%3Dmine%26max_age%3D999999&scope=everything&process=connect"
    )
    lies.sent_back(sent.headers["Location"])
    assert lies.asked["nonce"] != "mine"
    assert lies.asked["max_age"] == str(8 * 3600)
    assert set(lies.asked["scope"].split()) == {"openid", "profile", "email"}


# ------------------------------------------------------------------ logout
def out(lies: Liar, **claims: Any) -> str:
    own = {"events": {id_tokens.LOGOUT_EVENT: {}}, "jti": f"jti-{time.monotonic_ns()}", "sub": "zhang"}
    return lies.token(**{**own, **claims})


def answered(token: str) -> int:
    return Client().post(LOGOUT, {"logout_token": token}).status_code


def test_a_logout_by_subject_ends_every_session_of_that_person(lies: Liar) -> None:
    one, two = Client(), Client()
    tried(lies, one)
    tried(lies, two)
    assert answered(out(lies)) == 200
    assert one.get("/sharing/").status_code == two.get("/sharing/").status_code == 302
    assert not Session.objects.filter(user__isnull=False).exists()


def test_a_logout_by_session_ends_that_one(lies: Liar) -> None:
    one, two = Client(), Client()
    lies.claims.update(sid="first")
    tried(lies, one)
    lies.claims.update(sid="second")
    tried(lies, two)
    assert answered(out(lies, sub=None, sid="second")) == 200
    assert (one.get("/sharing/").status_code, two.get("/sharing/").status_code) == (200, 302)
    assert answered(out(lies, sub="wang", sid="first")) == 200  # of somebody else: nothing ends
    assert one.get("/sharing/").status_code == 200


def test_a_logout_that_ends_nothing_is_answered_alike(lies: Liar) -> None:
    assert answered(out(lies, sub="nobody")) == 200


NOT_ENDING: dict[str, dict[str, Any]] = {
    "expired": {"exp": ago(600)},
    "without an end": {"exp": None},
    "of an hour ago": {"iat": ago(3600)},
    "from the future": {"iat": ago(-24 * 3600)},
    "of another issuer": {"iss": "https://id.example"},
    "for another site": {"aud": "another"},
    "without an event": {"events": None},
    "with another event": {"events": {"http://schemas.openid.net/event/another": {}}},
    "with an event that is none": {"events": {id_tokens.LOGOUT_EVENT: "yes"}},
    "an ID token": {"nonce": "any"},
    "about nobody": {"sub": None},
    "about a number": {"sub": 5},
    "about what no table can hold": {"sub": "\x00"},
    "without a name of its own": {"jti": None},
}


@pytest.mark.parametrize("wrong", NOT_ENDING)
def test_a_logout_token_that_is_not_right_ends_nothing(lies: Liar, wrong: str) -> None:
    browser = Client()
    tried(lies, browser)
    assert answered(out(lies, **NOT_ENDING[wrong])) == 400
    assert browser.get("/sharing/").status_code == 200


def test_a_logout_token_counts_once(lies: Liar) -> None:
    token = out(lies, jti="the same")
    assert [answered(token), answered(token)] == [200, 400]


def test_a_logout_token_of_an_unknown_key_or_of_no_shape_is_refused(lies: Liar) -> None:
    lies.signs_with = ECKey.generate_key("P-256", auto_kid=True)
    for token in (out(lies), "", "a.b.c", "ä", "." * 5000):
        assert answered(token) == 400
    assert Client().get(LOGOUT).status_code == 405


def test_nobody_makes_the_site_ask_a_provider_for_its_keys_without_end(
    lies: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.accounts.discovery.FRESH_KEYS_A_MINUTE", 2)
    assert answered(out(lies)) == 200
    known, lies.signs_with = lies.key, ECKey.generate_key("P-256", auto_kid=True)
    assert [answered(out(lies)) for _ in range(4)] == [400] * 4
    lies.signs_with = known
    assert answered(out(lies)) == 200  # keys that are known go on being enough
