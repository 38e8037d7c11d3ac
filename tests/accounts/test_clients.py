"""Departmental systems prove themselves by secrets or keys, from their networks; their administrator keeps them."""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pytest_django import Settings

from portal.accounts import actions, assertions, callers, clients
from portal.accounts.errors import (
    KeysRefused,
    NetworkRefused,
    NoRole,
    ProvesItselfByKeys,
    Revoked,
    ScopeNotGranted,
    UnknownScope,
)
from portal.accounts.models import AgencyScopes, ApiClient, ClerkRole, User, UserKind
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotFound, NotPermitted
from portal.trail.models import Entry
from tests import people
from tests.people import agency, api_client

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AUDIENCE = "http://localhost:8000/oauth/token"
KINDS: dict[str, Callable[[], Any]] = {
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "PS256": lambda: RSAKey.generate_key(2048),
}


def jwks(*keys: Any, **more: Any) -> str:
    """The public set of these keys, named k1, k2 …"""
    named = [{**key.as_dict(private=False), "kid": f"k{at}", **more} for at, key in enumerate(keys, start=1)]
    return json.dumps({"keys": named})


def of_keys(*keys: Any, networks: Any = ()) -> ApiClient:
    """A system of the tax bureau that proves itself by these keys."""
    with acting_as(Actor.portal()) as portal:
        client, secret = clients.create(
            agency().pk, "x", "rights", jwks=jwks(*keys), networks=networks, actor=portal, at=timezone.now()
        )
    assert secret == ""
    return client


def assertion(key: Any, client_id: str, alg: str = "EdDSA", kid: str | None = "k1", **claims: Any) -> str:
    """A signed assertion, as RFC 7523 says unless `claims` say otherwise; None takes a claim out."""
    now = int(timezone.now().timestamp())
    said = {"iss": client_id, "sub": client_id, "aud": AUDIENCE, "exp": now + 120, "iat": now, "jti": str(uuid4())}
    payload = {name: value for name, value in {**said, **claims}.items() if value is not None}
    header = {"alg": alg, **({"kid": kid} if kid else {})}
    return jws.serialize_compact(header, json.dumps(payload).encode(), key, algorithms=[alg])


def ask(signed: str | None = None, **form: Any) -> Any:
    """What the token endpoint answers to an assertion."""
    meta = form.pop("meta", {})
    proof = {"client_assertion": signed, "client_assertion_type": assertions.TYPE} if signed is not None else {}
    given = {"grant_type": "client_credentials", **proof, **form}
    browser = Client(raise_request_exception=False)
    return browser.post("/oauth/token", {name: value for name, value in given.items() if value is not None}, **meta)


def ask_by(client: ApiClient, secret: str, **meta: str) -> Any:
    return ask(client_id=client.client_id, client_secret=secret, meta=meta)


def refused(answer: Any) -> bool:
    assert answer.status_code == 401, answer.content
    return bool(answer.json()["error"] == "invalid_client")


def call(token: str, **meta: Any) -> Any:
    return Client(raise_request_exception=False).get(
        "/api/v1/rights/parts", headers={"authorization": f"Bearer {token}", "accept-language": "en"}, **meta
    )


@pytest.fixture
def key() -> Any:
    return OKPKey.generate_key("Ed25519")


@pytest.fixture
def tax_administrator() -> Iterator[Actor]:
    """An administrator of the tax bureau, whose agency was granted two scopes, at work."""
    with acting_as(Actor.portal()) as portal:
        clients.grant_scopes(agency().pk, scopes="rights sharing", actor=portal, at=timezone.now())
    with acting_as(people.as_clerk(people.administrator(agency()))) as actor:
        yield actor


def events(of: str = "accounts.client.") -> list[str]:
    with acting_as(Actor.portal()):
        return list(Entry.objects.filter(event__startswith=of).order_by("id").values_list("event", flat=True))


# ------------------------------------------------------------------ by a key
@pytest.mark.parametrize("alg", KINDS)
def test_a_system_gets_a_token_by_an_assertion_that_its_key_signed(alg: str) -> None:
    key = KINDS[alg]()
    client = of_keys(key)
    answer = ask(assertion(key, client.client_id, alg), scope="rights")
    assert answer.status_code == 200, answer.content
    assert answer.json()["expires_in"] == 600
    assert call(answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"aud": "https://another.example/oauth/token"},
        {"aud": None},
        {"aud": [AUDIENCE, "https://another.example"]},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": 1},
        {"exp": 2**33},
        {"nbf": 2**33},
        {"iat": 2**33},
    ],
)
def test_an_assertion_that_says_something_else_proves_nothing(key: Any, wrong: dict[str, Any]) -> None:
    client = of_keys(key)
    assert refused(ask(assertion(key, client.client_id, **wrong)))
    assert ask(assertion(key, client.client_id)).status_code == 200


def test_an_assertion_lives_five_minutes_at_most(key: Any) -> None:
    client, now = of_keys(key), int(timezone.now().timestamp())
    assert refused(ask(assertion(key, client.client_id, exp=now + 400)))
    assert ask(assertion(key, client.client_id, exp=now + 290)).status_code == 200


def test_an_assertion_serves_once(key: Any) -> None:
    client = of_keys(key)
    signed = assertion(key, client.client_id)
    assert ask(signed).status_code == 200
    assert refused(ask(signed))
    assert refused(ask(assertion(key, client.client_id, jti=json.loads(_payload(signed))["jti"])))
    other = of_keys(key)
    assert ask(assertion(key, other.client_id, jti=json.loads(_payload(signed))["jti"])).status_code == 200


def _payload(signed: str) -> bytes:
    return base64.urlsafe_b64decode(signed.split(".")[1] + "==")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_with_one_assertion_one_gets_a_token(key: Any) -> None:
    client, barrier = of_keys(key), Barrier(4)
    signed = assertion(key, client.client_id)

    def send() -> int:
        try:
            barrier.wait(10)
            return int(ask(signed).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(future.result(30) for future in [pool.submit(send) for _ in range(4)]) == [200, 401, 401, 401]


def test_without_redis_no_assertion_is_taken_since_nobody_knows_whether_it_is_new(key: Any, settings: Settings) -> None:
    client = of_keys(key)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere"}}
    answer = ask(assertion(key, client.client_id))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


def test_a_key_that_was_not_registered_and_a_foreign_algorithm_prove_nothing(key: Any) -> None:
    client, other, symmetric = of_keys(key), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
    assert refused(ask(assertion(other, client.client_id)))
    assert refused(ask(assertion(key, client.client_id, kid="k9")))
    assert refused(ask(assertion(symmetric, client.client_id, alg="RS256")))
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    signed = assertion(key, client.client_id)
    assert refused(ask(f"{none}.{signed.split('.')[1]}."))


@pytest.mark.parametrize("rubbish", ["", "a", "a.b.c", "é.é.é", "\x00", "e30.e30.", "W10.W10.x", "x" * 10_000])
def test_rubbish_for_an_assertion_is_refused_and_breaks_nothing(rubbish: str) -> None:
    assert refused(ask(rubbish))


def test_two_proofs_at_once_are_a_malformed_request(key: Any) -> None:
    client = of_keys(key)
    answer = ask(assertion(key, client.client_id), client_id=client.client_id, client_secret="x")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_assertion_of_one_system_does_not_serve_another(key: Any) -> None:
    one, two = of_keys(key), of_keys(OKPKey.generate_key("Ed25519"))
    assert refused(ask(assertion(key, one.client_id), client_id=two.client_id))
    assert refused(ask(assertion(key, two.client_id)))
    assert refused(ask(assertion(key, one.client_id), client_assertion_type="urn:something-else"))


def test_a_system_with_keys_has_no_secret_and_one_with_a_secret_no_assertion(key: Any) -> None:
    client = of_keys(key)
    assert refused(ask_by(client, client.client_secret))
    assert refused(ask(client_id=client.client_id))
    other, _secret = api_client(agency(), "rights")
    assert refused(ask(assertion(key, other.client_id)))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "{}",
        "[]",
        '{"keys": []}',
        '{"keys": [5]}',
        '{"keys": {"a": 1}}',
        jwks(OKPKey.generate_key("Ed25519"), kid=None),
        jwks(OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519"), kid="same"),
        jwks(*[OKPKey.generate_key("Ed25519") for _ in range(3)]),
        jwks(OKPKey.generate_key("X25519")),
        jwks(ECKey.generate_key("P-384")),
        jwks(RSAKey.generate_key(1024)),
        jwks(OKPKey.generate_key("Ed25519"), alg="ES256"),
        jwks(OKPKey.generate_key("Ed25519"), use="enc"),
        json.dumps({"keys": [{**OKPKey.generate_key("Ed25519").as_dict(private=True), "kid": "k1"}]}),
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}',
    ],
)
def test_keys_that_no_assertion_could_be_checked_by_are_refused_at_their_field(wrong: str) -> None:
    with pytest.raises(KeysRefused) as refusal:
        assertions.checked_keys(wrong)
    assert refusal.value.field == "jwks"


# ------------------------------------------------------------------ without a gap
def test_two_keys_are_active_while_a_system_goes_over_to_its_new_one(key: Any) -> None:
    client, new = of_keys(key), OKPKey.generate_key("Ed25519")
    with acting_as(Actor.portal()) as portal:
        clients.set_keys(client, jwks=jwks(key, new), actor=portal, at=timezone.now())
    assert ask(assertion(key, client.client_id)).status_code == 200
    assert ask(assertion(new, client.client_id, kid="k2")).status_code == 200
    assert ask(assertion(new, client.client_id, kid=None)).status_code == 200
    with acting_as(Actor.portal()) as portal:
        clients.set_keys(client, jwks=jwks(new), actor=portal, at=timezone.now())
    assert refused(ask(assertion(key, client.client_id)))
    assert ask(assertion(new, client.client_id)).status_code == 200
    assert events() == ["accounts.client.created", "accounts.client.keys_set", "accounts.client.keys_set"]


def test_a_former_secret_works_until_the_end_of_the_overlap(tax_administrator: Actor) -> None:
    now = timezone.now()
    client, first = clients.create(agency().pk, "x", "rights", actor=tax_administrator, at=now)
    second = clients.rotate_secret(client, actor=tax_administrator, at=now, overlap=DAY)
    assert [ask_by(client, secret).status_code for secret in (first, second)] == [200, 200]
    third = clients.rotate_secret(client, actor=tax_administrator, at=now - 2 * DAY, overlap=DAY)
    assert [ask_by(client, secret).status_code for secret in (first, second, third)] == [401, 401, 200]
    fourth = clients.rotate_secret(client, actor=tax_administrator, at=now)
    clients.drop_former_secret(client, actor=tax_administrator, at=now)
    assert [ask_by(client, secret).status_code for secret in (third, fourth)] == [401, 200]
    assert events()[1:] == ["accounts.client.secret_rotated"] * 3 + ["accounts.client.former_secret_dropped"]


def test_a_secret_works_on_for_a_while_when_a_system_goes_over_to_keys(key: Any) -> None:
    client, secret = api_client(agency(), "rights")
    with acting_as(Actor.portal()) as portal:
        clients.set_keys(client, jwks=jwks(key), actor=portal, at=timezone.now())
    assert ask_by(client, secret).status_code == 200
    assert ask(assertion(key, client.client_id)).status_code == 200
    with acting_as(Actor.portal()) as portal:
        clients.drop_former_secret(client, actor=portal, at=timezone.now())
        with pytest.raises(ProvesItselfByKeys):
            clients.rotate_secret(client, actor=portal, at=timezone.now())
    assert refused(ask_by(client, secret))


# ------------------------------------------------------------------ networks
def test_a_system_calls_from_its_networks_alone_with_its_token_too() -> None:
    client, secret = api_client(agency(), "rights")
    with acting_as(Actor.portal()) as portal:
        clients.set_networks(client, networks=["192.0.2.0/24", "2001:db8::/32"], actor=portal, at=timezone.now())
    assert refused(ask_by(client, secret))
    assert refused(ask_by(client, secret, REMOTE_ADDR="192.0.3.1"))
    for inside in ("192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"):
        token = ask_by(client, secret, REMOTE_ADDR=inside).json()["access_token"]
        assert call(token, REMOTE_ADDR=inside).status_code == 200
    outside = call(token, REMOTE_ADDR="198.51.100.1")
    assert (outside.status_code, outside.json()["code"]) == (403, "foreign-network")


def test_an_assertion_from_a_foreign_network_proves_nothing(key: Any) -> None:
    client = of_keys(key, networks=["192.0.2.0/24"])
    assert refused(ask(assertion(key, client.client_id)))
    assert ask(assertion(key, client.client_id), meta={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),  # it is no proxy of ours
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),  # what the caller made up stands on the left
        ("10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.9", "127.0.0.1"),
    ],
)
def test_a_proxy_is_believed_where_it_is_ours(settings: Settings, peer: str, forwarded: str, caller: str) -> None:
    settings.PORTAL_PROXY_NETWORKS = ["10.0.0.0/8"]
    assert str(callers.address_in({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded})) == caller


@pytest.mark.parametrize("wrong", [["nonsense"], ["192.0.2.1/24"], ["10.0.0.0/8"] * 51, ["\x00"]])
def test_what_is_no_network_is_refused_at_its_field(wrong: list[str]) -> None:
    client, _secret = api_client(agency(), "rights")
    with acting_as(Actor.portal()) as portal, pytest.raises(NetworkRefused) as refusal:
        clients.set_networks(client, networks=wrong, actor=portal, at=timezone.now())
    assert refusal.value.field == "networks"


# ------------------------------------------------------------------ kept by the agency's administrator
def test_an_administrator_makes_systems_within_what_the_agency_was_granted(tax_administrator: Actor) -> None:
    client, secret = clients.create(agency().pk, "x", "rights", actor=tax_administrator, at=timezone.now())
    assert ask_by(client, secret).status_code == 200
    for scopes, error in (("rights catalogue", ScopeNotGranted), ("everything", UnknownScope)):
        with pytest.raises(error):
            clients.create(agency().pk, "x", scopes, actor=tax_administrator, at=timezone.now())
        with pytest.raises(error):
            clients.set_scopes(client, scopes=scopes, actor=tax_administrator, at=timezone.now())
    clients.set_scopes(client, scopes="sharing", actor=tax_administrator, at=timezone.now())
    assert ask(client_id=client.client_id, client_secret=secret, scope="rights").json()["error"] == "invalid_scope"


def test_a_revoked_system_gets_no_token_and_its_token_is_worth_nothing(tax_administrator: Actor) -> None:
    client, secret = clients.create(agency().pk, "x", "rights", actor=tax_administrator, at=timezone.now())
    token = ask_by(client, secret).json()["access_token"]
    assert call(token).status_code == 200
    clients.revoke(client, actor=tax_administrator, at=timezone.now())
    assert call(token).status_code == 401
    assert refused(ask_by(client, secret))
    for again in (clients.revoke, clients.rotate_secret, clients.drop_former_secret):
        with pytest.raises(Revoked):
            again(client, actor=tax_administrator, at=timezone.now())
    assert events()[-1] == "accounts.client.revoked"


def test_what_the_operator_takes_back_the_systems_lose_at_once() -> None:
    client, secret = api_client(agency(), "rights sharing")
    token = ask_by(client, secret).json()["access_token"]
    operator = Actor.operator(people.staff(UserKind.OPERATOR).pk)
    with acting_as(operator):
        assert AgencyScopes.objects.get(pk=agency().pk).scopes == "rights sharing"
        clients.grant_scopes(agency().pk, scopes="sharing", actor=operator, at=timezone.now())
    assert call(token).status_code == 401
    assert ask_by(client, secret).json()["scope"] == "sharing"


def test_nobody_but_the_own_administrator_and_the_operator_keeps_a_systems_secrets(tax_administrator: Actor) -> None:
    client, _secret = clients.create(agency().pk, "x", "rights", actor=tax_administrator, at=timezone.now())
    now = timezone.now()
    for other, error in (
        (people.as_clerk(people.clerk(agency())), NotPermitted),
        (people.as_clerk(people.administrator(agency("health"))), NotFound),
        (people.as_client(client), NotFound),
        (Actor.authority(uuid4()), NotFound),
    ):
        with acting_as(other):
            for act in (clients.rotate_secret, clients.revoke, clients.drop_former_secret):
                with pytest.raises(error), transaction.atomic():
                    act(client, actor=other, at=now)
            with pytest.raises(NotPermitted):
                clients.create(agency().pk, "y", "rights", actor=other, at=now)
            with pytest.raises(NotPermitted):
                clients.grant_scopes(agency().pk, scopes="", actor=other, at=now)


def test_the_database_itself_keeps_agencies_apart(tax_administrator: Actor) -> None:
    client, _secret = clients.create(agency().pk, "x", "rights", actor=tax_administrator, at=timezone.now())
    with acting_as(people.as_clerk(people.administrator(agency("health")))):
        assert (ApiClient.objects.count(), AgencyScopes.objects.count()) == (0, 0)
        assert ApiClient.objects.filter(pk=client.pk).update(name="theirs") == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            ApiClient.objects.create(agency=agency("tax"), name="theirs", client_type="confidential")
        with pytest.raises(DatabaseError), transaction.atomic():
            AgencyScopes.objects.create(agency=agency("health"), scopes="rights")
    assert (ApiClient.objects.count(), AgencyScopes.objects.count()) == (1, 1)


# ------------------------------------------------------------------ roles
def test_the_operator_says_who_administers_an_agency() -> None:
    clerk, operator = people.clerk(agency()), Actor.operator(people.staff(UserKind.OPERATOR).pk)
    with acting_as(operator):
        actions.set_role(clerk, role=ClerkRole.ADMINISTRATOR, actor=operator, at=timezone.now())
        with pytest.raises(NoRole):
            actions.set_role(
                people.staff(UserKind.REGULATOR), role=ClerkRole.HEAD, actor=operator, at=timezone.now()
            )  # fmt: skip
    assert User.objects.get(pk=clerk.pk).role == "administrator"
    assert events("accounts.role.") == ["accounts.role.set"]
    with acting_as(people.as_clerk(people.administrator(agency("health")))) as other, pytest.raises(NotPermitted):
        actions.set_role(clerk, role=ClerkRole.CLERK, actor=other, at=timezone.now())


@pytest.mark.parametrize("kind", ["citizen", "regulator", "operator", "authority"])
def test_the_database_gives_nobody_but_clerks_a_role(kind: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create(username="wrong", kind=kind, role="administrator")
