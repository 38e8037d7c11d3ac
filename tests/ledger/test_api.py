"""The departments' calls, by HTTP with a real token."""

import gzip
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from portal.accounts import queries as accounts
from portal.catalogue.models import Agency
from portal.ledger import bodies, proofs
from portal.ledger.models import Batch, Holding, SharingEvent
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.ledger.factories import OTHER, event_row, events_of, holding_row, key_of, report, town
from tests.people import api_client

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


def caller(of: Agency, scopes: str) -> Call:
    """A system of the agency that holds a token with these scopes."""
    client = Client()
    system, secret = api_client(of, scopes)
    granted = client.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": scopes, "client_id": system.client_id, "client_secret": secret},
    )
    assert granted.status_code == 200, granted.content

    def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = headers.pop("type", "application/json")
        sent = {"Authorization": f"Bearer {granted.json()['access_token']}", "Accept-Language": "en", **headers}
        return client.generic(method, f"/api/v1/{path}", given if body is not None else b"", kind, headers=sent)

    return call


@pytest.fixture
def tax() -> Call:
    dataset, _ = town()
    return caller(dataset.agency, "sharing holdings")


def counted(model: Any) -> int:
    with acting_as(Actor.portal()):
        return int(model.objects.count())


def test_events_are_taken_and_the_answer_can_be_had_again(tax: Call) -> None:
    rows = [event_row(), event_row("r-2", depth="?"), event_row()]
    answer = tax("POST", "sharing-events", rows)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["accepted"], told["duplicates"]) == (1, 1)
    (rejection,) = told["rejected"]
    assert (rejection["index"], rejection["pointer"], rejection["code"]) == (1, "/depth", "unknown-code")
    assert answer["Location"].endswith(f"/api/v1/batches/{told['batch']}")
    assert tax("GET", f"batches/{told['batch']}").json() == told


def test_a_pairwise_key_names_the_person_as_the_number_does(tax: Call) -> None:
    with acting_as(Actor.portal()):
        key = accounts.pairwise_key(key_of(), agency_id=catalogue.agency("tax").pk)
        foreign = accounts.pairwise_key(key_of(), agency_id=catalogue.agency("housing").pk)
    told = tax("POST", "sharing-events", [event_row(), event_row(subject=key), event_row(subject=foreign)]).json()
    assert (told["accepted"], told["duplicates"]) == (1, 1)
    assert [rejection["code"] for rejection in told["rejected"]] == ["unknown-subject"]


def test_ndjson_and_gzip_are_taken_and_a_bad_line_is_refused_alone(tax: Call) -> None:
    lines = "\n".join([json.dumps(holding_row()), "{not json", json.dumps(holding_row(subject=OTHER)), ""])
    answer = tax(
        "POST", "holdings", gzip.compress(lines.encode()), type="application/x-ndjson", **{"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 201
    told = answer.json()
    assert told["accepted"] == 2
    assert [(rejection["index"], rejection["code"]) for rejection in told["rejected"]] == [(1, "not-an-object")]
    assert counted(Holding) == 2


UNTAKEABLE: list[tuple[bytes, dict[str, str], int, str]] = [
    (b"[{", {}, 400, "parse-error"),
    (b'{"subject": 1}', {}, 400, "parse-error"),
    (b"[" * 100_000, {}, 400, "parse-error"),
    (b"[]", {}, 422, "no-rows"),
    (b"\xff\xfe", {}, 400, "parse-error"),
    (b"[]", {"type": "text/csv"}, 415, "unsupported-media-type"),
    (b"[]", {"Content-Encoding": "br"}, 415, "unknown-encoding"),
    (b"not gzip", {"Content-Encoding": "gzip"}, 400, "parse-error"),
    (gzip.compress(b"[{}]")[:-4], {"Content-Encoding": "gzip"}, 400, "parse-error"),
    (json.dumps([{}] * 10_001).encode(), {}, 413, "too-many-rows"),
    (b"{}\n" * 10_001, {"type": "application/x-ndjson"}, 413, "too-many-rows"),
]


def test_a_body_that_cant_be_taken_is_refused_whole(tax: Call) -> None:
    for body, headers, status, code in UNTAKEABLE:
        answer = tax("POST", "sharing-events", body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body[:40]
        assert answer["Content-Type"].startswith("application/problem+json")
    assert counted(Batch) == 0


def test_a_bomb_is_not_unpacked(tax: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_UNPACKED", 1_000_000)
    bomb = gzip.compress(b"[" + b" " * 20_000_000)
    answer = tax("POST", "sharing-events", bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_each_call_needs_its_scope() -> None:
    dataset, _ = town()
    holdings, sharing = caller(dataset.agency, "holdings"), caller(dataset.agency, "sharing")
    assert holdings("POST", "sharing-events", [event_row()]).status_code == 403
    assert sharing("POST", "holdings", [holding_row()]).status_code == 403
    batch = holdings("POST", "holdings", [holding_row()]).json()["batch"]
    assert sharing("GET", f"batches/{batch}").status_code == 200
    assert caller(dataset.agency, "rights")("GET", f"batches/{batch}").status_code == 403
    assert Client().post("/api/v1/holdings").status_code == 401


def test_notes_are_taken_from_those_who_took_part(tax: Call) -> None:
    tax("POST", "sharing-events", [event_row()])
    (event,) = events_of()
    address = f"sharing-events/{event.id}/notes"
    answer = tax("POST", address, {"kind": "correction", "text": "It was 2025."})
    assert (answer.status_code, answer.json()["event"]) == (201, str(event.id))
    assert tax("POST", address, {"kind": "unlawful", "text": "x"}).status_code == 422
    assert tax("POST", address, {"kind": "correction"}).json()["errors"][0]["pointer"] == "/text"
    housing = caller(catalogue.agency("housing"), "sharing")
    assert housing("POST", address, {"kind": "correction", "text": "x"}).status_code == 403
    assert housing("POST", address, {"kind": "disposal", "text": "Erased."}).status_code == 201


def test_what_is_another_agencys_is_not_there(tax: Call) -> None:
    told = tax("POST", "sharing-events", [event_row()]).json()
    (event,) = events_of()
    school, housing = (caller(catalogue.agency(code), "sharing") for code in ("school", "housing"))
    for call, path in (
        (school, f"sharing-events/{event.id}/proof"),
        (school, f"batches/{told['batch']}"),
        (housing, f"batches/{told['batch']}"),
        (tax, f"batches/{uuid4()}"),
    ):
        assert call("GET", path).status_code == 404
    assert school("POST", f"sharing-events/{event.id}/notes", {"kind": "disposal", "text": "x"}).status_code == 404


def test_provider_and_recipient_get_the_proof(tax: Call) -> None:
    report(catalogue.agency("tax"), event_row())
    (event,) = events_of()
    for call in (tax, caller(catalogue.agency("housing"), "sharing")):
        document = call("GET", f"sharing-events/{event.id}/proof").json()
        assert json.loads(document["event"]["form"])["id"] == str(event.id)
        assert len(proofs.faults_of(document)) == 1  # not sealed yet


def test_a_call_with_the_same_idempotency_key_is_done_once(tax: Call) -> None:
    first = tax("POST", "sharing-events", [event_row()], **{"Idempotency-Key": "k-1"})
    again = tax("POST", "sharing-events", [event_row()], **{"Idempotency-Key": "k-1"})
    assert first.json() == again.json()
    assert (counted(Batch), counted(SharingEvent)) == (1, 1)


def test_the_api_documents_its_calls(client: Client) -> None:
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    for path in ("/holdings", "/sharing-events", "/sharing-events/{identifier}/notes", "/batches/{identifier}"):
        assert any(known.endswith(path) for known in paths)
