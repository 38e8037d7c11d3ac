"""An agency's administrator keeps its systems and endpoints in the admin; the operator grants scopes and roles."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc.jwk import OKPKey
from pytest_django import Settings

from portal.accounts import clients
from portal.accounts.models import AgencyScopes, ApiClient, User, UserKind
from portal.outbox import actions as outbox
from portal.outbox.models import Attempt, Endpoint, Webhook
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests import people
from tests.people import agency

pytestmark = pytest.mark.django_db
SYSTEMS, ENDPOINTS = "/admin/accounts/apiclient/", "/admin/outbox/endpoint/"


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The administrator of the tax bureau, which was granted two scopes."""
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(outbox, "hand_over", lambda task, message_id: None)
    with acting_as(Actor.portal()) as portal:
        clients.grant_scopes(agency().pk, scopes="rights sharing", actor=portal, at=timezone.now())
    return signed_in(people.administrator(agency()))


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[-3000:]
    return " ".join(answer.content.decode().split())


def secret_in(shown: str) -> str:
    found = re.search(r"<code[^>]*>([^<]+)</code>", shown)
    assert found, shown
    return found[1]


def systems() -> list[ApiClient]:
    with acting_as(Actor.portal()):
        return list(ApiClient.objects.order_by("id"))


def endpoints() -> list[Endpoint]:
    with acting_as(Actor.portal()):
        return list(Endpoint.objects.order_by("id"))


def take(desk: Client, base: str, row: Any, step: str, **given: Any) -> Any:
    body = {f"{step}-{name}": value for name, value in given.items()}
    return desk.post(f"{base}{row.pk}/take/{step}/", body, follow=True)


def token(client: ApiClient, secret: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": secret}
    return Client().post("/oauth/token", form).status_code


# ------------------------------------------------------------------ systems
def test_a_system_is_registered_and_its_secret_shown_this_once(desk: Client) -> None:
    assert "Register a system" in page(desk.get(SYSTEMS))
    offered = page(desk.get(f"{SYSTEMS}new/"))
    assert "answer rights requests" in offered
    assert "register and revise datasets" not in offered  # not granted
    shown = page(desk.post(f"{SYSTEMS}new/", {"name": "files", "scopes": ["rights"], "networks": "127.0.0.0/8\n"}))
    (client,) = systems()
    assert (client.scopes, client.networks, client.agency_id) == ("rights", ["127.0.0.0/8"], agency().pk)
    assert token(client, secret_in(shown)) == 200
    assert "<code" not in page(desk.get(f"{SYSTEMS}{client.pk}/change/"))
    assert client.client_id in page(desk.get(f"{SYSTEMS}{client.pk}/change/"))


def test_what_is_wrong_with_a_new_system_is_said_at_its_field(desk: Client) -> None:
    for given, said in (
        ({"name": "", "scopes": []}, "This field is required"),
        ({"name": "x", "scopes": ["catalogue"]}, "Select a valid choice"),
        ({"name": "x", "scopes": [], "jwks": "{}"}, "one or two public keys"),
        ({"name": "x", "scopes": [], "networks": "nonsense"}, "Give networks such as"),
    ):
        assert said in page(desk.post(f"{SYSTEMS}new/", given), 422)
    assert systems() == []


def test_a_system_lives_by_its_steps(desk: Client) -> None:
    first = secret_in(page(desk.post(f"{SYSTEMS}new/", {"name": "files", "scopes": ["rights"]})))
    (client,) = systems()
    second = secret_in(page(take(desk, SYSTEMS, client, "rotate", days="7")))
    assert [token(client, secret) for secret in (first, second)] == [200, 200]
    assert "The former secret is worth nothing." in page(take(desk, SYSTEMS, client, "drop"))
    assert [token(client, secret) for secret in (first, second)] == [401, 200]
    assert "31" in page(take(desk, SYSTEMS, client, "rotate", days="31"), 422)
    assert "The networks are set." in page(take(desk, SYSTEMS, client, "networks", networks="192.0.2.0/24"))
    assert token(client, second) == 401
    page(take(desk, SYSTEMS, client, "networks", networks=""))
    assert "The scopes are set." in page(take(desk, SYSTEMS, client, "scopes", scopes=["sharing"]))
    key = {**OKPKey.generate_key("Ed25519").as_dict(private=False), "kid": "k1"}
    shown = page(take(desk, SYSTEMS, client, "keys", jwks=json.dumps({"keys": [key]})))
    assert "by its keys: k1 (EdDSA)" in shown
    assert "New secret" not in shown
    shown = page(take(desk, SYSTEMS, client, "revoke"))
    assert "Revoked." in shown
    assert "What you can do now" not in shown
    assert "was revoked" in page(take(desk, SYSTEMS, client, "revoke"), 422)
    assert token(client, second) == 401


def test_another_agencys_system_is_not_there_and_a_plain_clerk_has_no_desk(desk: Client) -> None:
    page(desk.post(f"{SYSTEMS}new/", {"name": "files", "scopes": ["rights"]}))
    (client,) = systems()
    other, clerk = signed_in(people.administrator(agency("health"))), signed_in(people.clerk(agency()))
    assert client.client_id not in page(other.get(SYSTEMS))
    assert other.get(f"{SYSTEMS}{client.pk}/change/").status_code == 404
    assert take(other, SYSTEMS, client, "revoke").status_code == 404
    assert clerk.get(SYSTEMS).status_code == 403
    assert clerk.get(f"{SYSTEMS}new/").status_code == 403
    assert take(clerk, SYSTEMS, client, "revoke").status_code == 403
    assert desk.get(f"{SYSTEMS}{client.pk}/take/revoke/").status_code == 405
    assert take(desk, SYSTEMS, client, "nothing").status_code == 404
    assert [client.revoked_at for client in systems()] == [None]


def test_lists_cost_the_same_however_long_they_are(desk: Client) -> None:
    counts = []
    for times in (1, 4):
        for _ in range(times):
            page(desk.post(f"{SYSTEMS}new/", {"name": "files", "scopes": ["rights"]}))
            page(desk.post(f"{ENDPOINTS}new/", {"url": "http://127.0.0.1:9/hooks"}))
        with CaptureQueriesContext(connection) as captured:
            page(desk.get(SYSTEMS))
            page(desk.get(ENDPOINTS))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30, counts


# ------------------------------------------------------------------ endpoints
def test_an_endpoint_is_registered_tried_given_a_new_secret_and_switched_off(desk: Client) -> None:
    first = secret_in(page(desk.post(f"{ENDPOINTS}new/", {"url": "http://127.0.0.1:9/hooks"})))
    assert first.startswith("whsec_")
    (endpoint,) = endpoints()
    assert "None yet." in page(desk.get(f"{ENDPOINTS}{endpoint.pk}/change/"))
    assert "It is on its way" in page(take(desk, ENDPOINTS, endpoint, "test"))
    with acting_as(Actor.portal()):
        webhook = Webhook.objects.get()
        Attempt.objects.create(webhook=webhook, at=timezone.now(), status=503, seconds=0.2)
    shown = page(desk.get(f"{ENDPOINTS}{endpoint.pk}/change/"))
    assert "portal.test" in shown
    assert "503" in shown
    second = secret_in(page(take(desk, ENDPOINTS, endpoint, "rotate", days="7")))
    assert second != first
    assert "former secret signs until" in page(desk.get(f"{ENDPOINTS}{endpoint.pk}/change/"))
    assert "worth nothing" in page(take(desk, ENDPOINTS, endpoint, "drop"))
    assert "Switched off." in page(take(desk, ENDPOINTS, endpoint, "off"))
    assert "is off" in page(take(desk, ENDPOINTS, endpoint, "test"), 422)
    with acting_as(Actor.portal()):
        told = Entry.objects.filter(event__startswith="outbox.endpoint.").order_by("id").values_list("event", flat=True)
        assert [event.rpartition(".")[2] for event in told] == [
            "registered", "tested", "secret_rotated", "former_secret_dropped", "switched_off",
        ]  # fmt: skip


def test_an_address_inside_is_refused_at_its_field(desk: Client, settings: Settings) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = []
    assert "not open to the portal" in page(desk.post(f"{ENDPOINTS}new/", {"url": "https://127.0.0.1/"}), 422)
    assert "Give an https address" in page(desk.post(f"{ENDPOINTS}new/", {"url": "ftp://example.com/"}), 422)
    assert endpoints() == []


def test_another_agencys_endpoint_is_not_there_and_nobody_else_has_a_desk(desk: Client) -> None:
    page(desk.post(f"{ENDPOINTS}new/", {"url": "http://127.0.0.1:9/hooks"}))
    (endpoint,) = endpoints()
    other = signed_in(people.administrator(agency("health")))
    assert "127.0.0.1:9" not in page(other.get(ENDPOINTS))
    assert take(other, ENDPOINTS, endpoint, "off").status_code == 404
    for somebody in (people.clerk(agency()), people.staff(UserKind.OPERATOR), people.staff(UserKind.REGULATOR)):
        assert signed_in(somebody).get(ENDPOINTS).status_code == 403
        assert take(signed_in(somebody), ENDPOINTS, endpoint, "off").status_code == 403
    assert [endpoint.active for endpoint in endpoints()] == [True]


# ------------------------------------------------------------------ the operator
def test_the_operator_grants_scopes_and_the_systems_follow() -> None:
    desk = signed_in(people.staff(UserKind.OPERATOR))
    tax, grants = agency(), "/admin/accounts/agencyscopes/"
    shown = page(desk.post(f"{grants}new/", {"agency": str(tax.pk), "scopes": ["rights", "sharing"]}))
    assert "answer rights requests" in shown
    with acting_as(Actor.portal()) as portal:
        assert AgencyScopes.objects.get(pk=tax.pk).scopes == "rights sharing"
        clients.create(tax.pk, "files", "rights sharing", actor=portal, at=timezone.now())
    page(desk.post(f"{grants}{tax.pk}/take/grant/", {"grant-scopes": ["sharing"]}, follow=True))
    assert systems()[0].scopes == "sharing"
    shown = page(desk.get(f"{SYSTEMS}{systems()[0].pk}/change/"))
    assert "Revoke for good" in shown
    assert desk.get(f"{SYSTEMS}new/").status_code == 403  # a system is its agency's


def test_the_operator_sets_a_clerks_role() -> None:
    desk, clerk = signed_in(people.staff(UserKind.OPERATOR)), people.clerk(agency())
    assert "Set the role" in page(desk.get(f"/admin/accounts/user/{clerk.pk}/change/"))
    answer = desk.post(f"/admin/accounts/user/{clerk.pk}/take/role/", {"role-role": "administrator"}, follow=True)
    assert "The role is set." in page(answer)
    assert User.objects.get(pk=clerk.pk).role == "administrator"
    regulator = people.staff(UserKind.REGULATOR)
    assert "Set the role" not in page(desk.get(f"/admin/accounts/user/{regulator.pk}/change/"))
    refused = desk.post(f"/admin/accounts/user/{regulator.pk}/take/role/", {"role-role": "head"})
    assert "Only clerks" in page(refused, 422)
