"""The departments' calls: the work list, one part, every step, files; and what they refuse."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Disclosure
from portal.catalogue.models import Agency
from portal.trail.actor import Actor, acting_as
from rights import files, queries
from rights.models import Part, RightsRequest
from tests.catalogue import factories as catalogue
from tests.people import api_client
from tests.rights import factories as town

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


def caller(of: Agency, scopes: str = "rights") -> Call:
    """A system of the agency that holds a token."""
    client = Client()
    system, secret = api_client(of, scopes)
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    token = client.post("/oauth/token", form).json()["access_token"]

    def call(method: str, path: str = "", body: Any = None, media: str = "application/json", **headers: str) -> Any:
        given = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers}
        address = path if path.startswith("http") else f"/api/v1/rights/parts{path}"
        return client.generic(method, address, given, media, headers=sent)

    return call


@pytest.fixture
def tax() -> Call:
    return caller(town.tax())


def fresh() -> RightsRequest:
    return town.routed(at=timezone.now())


def faults(answer: Any, status: int) -> set[tuple[str, str]]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    return {(error["pointer"], error["code"]) for error in answer.json().get("errors", [])}


def test_the_work_list_holds_the_callers_parts_alone_and_listing_is_receiving(tax: Call) -> None:
    part = town.part(fresh())
    answer = tax("GET")
    assert answer.status_code == 200, answer.content
    (row,) = answer.json()["results"]
    assert (row["id"], row["dataset"], row["kind"], row["state"]) == (str(part.pk), "tax.income", "access", "delivered")
    assert answer.json()["next"] is None
    assert "subject" not in row
    assert town.now(part).state == "delivered"


def test_the_work_list_comes_in_pages_and_by_state(tax: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "WORK_PAGE", 2)
    monkeypatch.setattr(queries.work_list, "__kwdefaults__", {"state": "", "after": None, "size": 2})
    parts = [town.part(fresh()) for _ in range(3)]
    first = tax("GET").json()
    second = tax("GET", first["next"]).json()
    assert [row["id"] for row in [*first["results"], *second["results"]]] == [str(part.pk) for part in parts]
    assert second["next"] is None
    assert tax("GET", "?state=answered").json()["results"] == []
    assert len(tax("GET", "?state=delivered").json()["results"]) == 2


@pytest.mark.parametrize(("query", "field"), [("?state=lost", "state"), ("?after=yesterday", "after")])
def test_a_wrong_filter_is_refused(tax: Call, query: str, field: str) -> None:
    assert f"/{field}" in {pointer for pointer, _ in faults(tax("GET", query), 422)}


def test_the_work_list_costs_the_same_however_long_it_is(tax: Call) -> None:
    counts = []
    for _ in range(2):
        fresh()
        tax("GET")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            tax("GET")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12, counts


def test_one_part_says_whom_it_is_about_while_it_is_open_and_each_look_is_recorded(tax: Call) -> None:
    request = fresh()
    part = town.part(request)
    told = tax("GET", f"/{part.pk}").json()
    assert len(told["subject"]) == 18
    assert told["pairwise_key"]
    assert (told["number"], told["state"], told["files"]) == (request.number, "delivered", [])
    with acting_as(Actor.portal()):
        assert Disclosure.objects.get().about == f"rights.part:{part.pk}"
    assert tax("POST", f"/{part.pk}/reply", {"outcome": "nothing_held"}).status_code == 200
    assert tax("GET", f"/{part.pk}").json()["subject"] is None


def test_a_part_is_acknowledged_extended_and_answered_with_a_file(tax: Call) -> None:
    part = town.part(fresh())
    assert tax("POST", f"/{part.pk}/acknowledge", {}).json()["state"] == "acknowledged"
    extended = tax("POST", f"/{part.pk}/extend", {"reason": "Many records."}).json()
    assert extended["extended_at"]
    put = tax("PUT", f"/{part.pk}/files/rows.csv", b"year,income\n", "text/csv")
    assert (put.status_code, put.json()["size"], put.json()["media_type"]) == (201, 12, "text/csv")
    assert put.headers["Location"].endswith(f"/api/v1/rights/parts/{part.pk}/files/rows.csv")
    assert tax("PUT", f"/{part.pk}/files/rows.csv", b"again", "text/csv").status_code == 200
    answered = tax("POST", f"/{part.pk}/reply", {"outcome": "fulfilled", "text": "Here."})
    assert answered.json()["state"] == "answered"
    assert [file["size"] for file in tax("GET", f"/{part.pk}").json()["files"]] == [5]


def test_a_question_and_a_transfer_by_machine(tax: Call) -> None:
    catalogue.agency("health")
    part = town.part(fresh())
    assert tax("POST", f"/{part.pk}/ask", {"text": "Which year?"}).json()["state"] == "information_needed"
    assert tax("GET", f"/{part.pk}").json()["messages"][0]["from"] == "agency"
    body = {"agency": "health", "reason": "They hold it."}
    assert tax("POST", f"/{part.pk}/transfer", body).json()["state"] == "transferred"


def test_a_repeat_under_the_same_key_answers_once(tax: Call) -> None:
    part = town.part(fresh())
    first = tax("POST", f"/{part.pk}/acknowledge", {}, **{"Idempotency-Key": "k"})
    again = tax("POST", f"/{part.pk}/acknowledge", {}, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert town.events(part).count("rights.part.acknowledged") == 1
    assert faults(tax("POST", f"/{part.pk}/acknowledge", {}), 409) is not None


WRONG_BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {}, "/text"),
    ("ask", {"text": "x" * 5001}, "/text"),
    ("acknowledge", {"note": "x"}, "/note"),
    ("extend", {"reason": " "}, "/reason"),
    ("transfer", {"agency": "nobody", "reason": "x"}, "/agency"),
    ("reply", {"outcome": "lost"}, "/outcome"),
    ("reply", {"outcome": "refused", "text": "No."}, "/ground"),
    ("reply", {"outcome": "refused", "text": "No.", "ground": "because"}, "/ground"),
    ("reply", {"outcome": "fulfilled", "file": "x"}, "/file"),
]


def test_a_wrong_body_is_refused_at_the_field_and_changes_nothing(tax: Call) -> None:
    part = town.part(fresh())
    before = town.events(part)
    for step, body, pointer in WRONG_BODIES:
        answer = tax("POST", f"/{part.pk}/{step}", body)
        assert pointer in {place for place, _ in faults(answer, answer.status_code)}, (step, body)
        assert answer.status_code in (400, 422), (step, body)
        assert town.events(part) == before


def test_a_file_that_cannot_be_taken_is_refused(tax: Call) -> None:
    part = town.part(fresh())
    for name, body, status in (("a%2Fb.csv", b"x", 404), ("..", b"x", 422), ("a.csv", b"", 422), ("%00", b"x", 422)):
        assert tax("PUT", f"/{part.pk}/files/{name}", body, "text/csv").status_code == status, name


def test_a_file_that_is_too_large_is_refused(tax: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    part = town.part(fresh())
    monkeypatch.setattr("rights.api.LARGEST", 10)
    faults(tax("PUT", f"/{part.pk}/files/a.csv", b"x" * 11, "text/csv"), 413)
    monkeypatch.setattr("rights.api.LARGEST", files.LARGEST)
    monkeypatch.setattr(files, "LARGEST", 10)
    faults(tax("PUT", f"/{part.pk}/files/a.csv", b"x" * 11, "text/csv"), 413)


def test_a_foreign_part_and_an_unknown_one_are_the_same_nothing() -> None:
    part, stranger = town.part(fresh()), caller(town.housing())
    bodies: dict[str, Any] = {
        "": None,
        "/acknowledge": {},
        "/ask": {"text": "x"},
        "/extend": {"reason": "x"},
        "/transfer": {"agency": "housing", "reason": "x"},
        "/reply": {"outcome": "nothing_held"},
        "/files/a.csv": b"x",
    }
    for path, body in bodies.items():
        method = "GET" if not path else "PUT" if "files" in path else "POST"
        answers = [stranger(method, f"/{identifier}{path}", body) for identifier in (part.pk, uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert answers[0].json()["type"] == answers[1].json()["type"]
    with acting_as(Actor.portal()):
        assert Part.objects.get(pk=part.pk).state == "queued"


def test_another_scope_and_no_token_get_nothing() -> None:
    assert caller(town.tax(), "holdings")("GET").status_code == 403
    assert Client().get("/api/v1/rights/parts").status_code == 401
