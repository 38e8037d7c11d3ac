"""PUT and GET /api/v1/catalogue/datasets/{code}, as a departmental system calls them."""

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from portal.catalogue.models import Agency, Dataset
from tests import people
from tests.catalogue import factories

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
ADDRESS = "/api/v1/catalogue/datasets/tax.income"


class System:
    """A departmental system with a token of its own."""

    def __init__(self, of: Agency, scopes: str = "catalogue") -> None:
        known, secret = people.api_client(of, scopes)
        pair = base64.b64encode(f"{known.client_id}:{secret}".encode()).decode()
        self.http = Client(headers={"accept-language": "en"})
        answer = self.http.post(
            "/oauth/token",
            {"grant_type": "client_credentials", "scope": scopes},
            headers={"authorization": f"Basic {pair}"},
        )
        assert answer.status_code == 200, answer.content
        self.token = answer.json()["access_token"]

    def put(self, body: object, address: str = ADDRESS, **headers: str) -> Any:
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.http.put(
            address, text, content_type="application/json", headers={"authorization": f"Bearer {self.token}", **headers}
        )

    def get(self, address: str = ADDRESS) -> Any:
        return self.http.get(address, headers={"authorization": f"Bearer {self.token}"})


@pytest.fixture
def system() -> System:
    return System(factories.agency())


def pointers(answer: Any) -> set[tuple[str, str]]:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


def test_a_new_dataset_is_created_and_waits(system: System) -> None:
    answer = system.put(factories.payload())
    assert answer.status_code == 201, answer.content
    assert answer.headers["Location"].endswith(ADDRESS)
    body = answer.json()
    assert (body["status"], body["version"], body["waits_for_approval"]) == ("proposed", 0, True)
    assert [item["code"] for item in body["items"]] == ["year", "income"]
    assert system.get().json() == body


def test_a_revision_is_accepted_for_approval_and_a_repeat_is_nothing_new(system: System) -> None:
    factories.published()
    revision = factories.payload(name_en="Tax returns")
    assert system.put(revision).status_code == 202
    again = system.put(revision)
    assert again.status_code == 200
    assert (again.json()["name_en"], again.json()["waits_for_approval"]) == ("Income tax returns", True)


def test_mistakes_are_pointed_at_and_nothing_is_changed(system: System, as_owner: AsOwner) -> None:
    answer = system.put(factories.payload(name_en="", items=[{"code": "a", "name_zh": "甲"}]))
    assert answer.status_code == 422
    assert pointers(answer) == {("/name_en", "required"), ("/items/0/name_en", "required")}
    with as_owner():
        assert not Dataset.objects.exists()


def test_the_address_and_the_body_name_the_same_code(system: System) -> None:
    assert pointers(system.put(factories.payload("tax.cars"))) == {("/code", "other-code")}
    assert system.put(factories.payload(code=None)).status_code == 201


def test_a_code_of_another_agency_is_refused(system: System) -> None:
    factories.proposed(of=factories.agency("health"))
    answer = system.put(factories.payload())
    assert answer.status_code == 409
    assert answer.json()["code"] == "code-taken"
    assert pointers(answer) == {("/code", "code-taken")}


def test_a_proposal_of_another_agency_is_not_there(system: System) -> None:
    factories.proposed("health.visits", of=factories.agency("health"))
    assert system.get("/api/v1/catalogue/datasets/health.visits").status_code == 404


def test_what_another_agency_published_is_read_without_its_proposals(system: System) -> None:
    health = factories.agency("health")
    factories.published("health.visits", of=health)
    factories.proposed("health.visits", of=health, name_en="Secret plan")
    body = system.get("/api/v1/catalogue/datasets/health.visits").json()
    assert (body["agency"], body["name_en"], body["waits_for_approval"]) == ("health", "Income tax returns", False)


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("[]", 422), ('"text"', 422), ("null", 422), (b"\xff", 400), ("", 422)]
)
def test_a_body_that_is_no_dataset_is_refused(system: System, body: bytes | str, status: int) -> None:
    assert system.put(body).status_code == status


def test_another_type_of_body_is_refused(system: System) -> None:
    answer = system.http.put(
        ADDRESS, "a=b", content_type="text/plain", headers={"authorization": f"Bearer {system.token}"}
    )
    assert answer.status_code == 415


def test_the_scope_is_needed() -> None:
    other = System(factories.agency(), "rights")
    assert other.put(factories.payload()).status_code == 403
    assert other.get().status_code == 403


def test_a_token_is_needed() -> None:
    assert Client().put(ADDRESS, "{}", content_type="application/json").status_code == 401


def test_other_methods_are_refused(system: System) -> None:
    answer = system.http.delete(ADDRESS, headers={"authorization": f"Bearer {system.token}"})
    assert answer.status_code == 405
