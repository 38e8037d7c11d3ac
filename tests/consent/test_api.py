"""The departments' calls: asking, deciding, the feed, and what they refuse."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import ConsentChange, Decision
from portal.accounts import queries as accounts
from portal.catalogue.models import Agency
from portal.trail.actor import Actor, acting_as
from tests.consent import factories as town
from tests.people import api_client, number

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
SCOPES = "consent.request consent.decide"


def caller(of: Agency, scopes: str = SCOPES) -> Call:
    """A system of the agency that holds a token with these scopes."""
    client = Client()
    system, secret = api_client(of, scopes)
    granted = client.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": scopes, "client_id": system.client_id, "client_secret": secret},
    )
    assert granted.status_code == 200, granted.content

    def call(method: str, path: str, body: Any = None, content_type: str = "application/json", **headers: str) -> Any:
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {granted.json()['access_token']}", "Accept-Language": "en", **headers}
        address = path if path.startswith("/") else f"/api/v1/consents/{path}"
        return client.generic(method, address, given if body is not None else b"", content_type, headers=sent)

    return call


@pytest.fixture
def health() -> Call:
    return caller(town.asker())


def rows_of(model: Any) -> int:
    with acting_as(Actor.portal()):
        return int(model.objects.count())


def number_all() -> None:
    """What the sequencer does once a transaction has ended (test_races.py); a test's own never has."""
    for agency in (town.asker(), town.holder()):
        with acting_as(Actor.portal()):
            rows = ConsentChange.objects.filter(agency=agency).order_by("id")
            for place, key in enumerate(list(rows.values_list("pk", flat=True)), start=1):
                ConsentChange.objects.filter(pk=key).update(position=place)


def faults(answer: Any, status: int) -> set[tuple[str, str]]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    return {(error["pointer"], error["code"]) for error in answer.json().get("errors", [])}


def test_a_citizen_is_asked_once_and_the_answer_can_be_had_again(health: Call) -> None:
    town.approved()
    body = {"subject": accounts_number(town.adult()), "purpose": "study"}
    answer = health("POST", "requests", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "requested"
    where = answer.headers["Location"].removeprefix("http://testserver")
    assert health("GET", where).json() == answer.json()
    assert caller(town.holder())("GET", where).status_code == 404
    assert health("POST", "requests", body).json()["code"] == "already-asked"
    bare = where.partition("?")[0]
    assert faults(health("GET", bare), 422) == {("/subject", "pairwise-key-wanted")}
    assert faults(health("GET", f"{bare}?subject={body['subject'][:-1]}"), 422) == {("/subject", "pairwise-key-wanted")}
    refused = health("GET", f"{bare}?subject={body['subject']}")
    assert faults(refused, 400) == set()
    assert refused.json()["code"] == "number-in-address"


def test_no_address_that_the_calls_name_carries_a_number(health: Call) -> None:
    town.approved()
    person = accounts_number(town.adult())
    answer = health("POST", "requests", {"subject": person, "purpose": "study"})
    assert person not in answer.headers["Location"]
    assert person not in answer.content.decode()


def accounts_number(user: Any) -> str:
    with acting_as(Actor.portal()):
        return accounts.number_of(user.subject_key)


def test_asking_refuses_unknown_persons_and_purposes_alike(health: Call) -> None:
    town.approved()
    person = accounts_number(town.adult())
    assert faults(health("POST", "requests", {"subject": number(), "purpose": "study"}), 404) == {
        ("/subject", "unknown-subject")
    }
    assert faults(health("POST", "requests", {"subject": person, "purpose": "x"}), 404) == {
        ("/purpose", "unknown-purpose")
    }
    assert faults(health("POST", "requests", {"subject": person}), 422) == {("/purpose", "required")}
    other = caller(town.holder())
    assert faults(other("POST", "requests", {"subject": person, "purpose": "study"}), 403) == set()


def test_a_decision_answers_as_the_contract_says(health: Call) -> None:
    consent = town.given(valid_until=timezone.now() + town.YEAR / 2, at=timezone.now())
    body = {"subject": town.identity(consent), "purpose": "study", "dataset": "tax.income", "items": ["year"]}
    answer = health("POST", "decisions", body, **{"Idempotency-Key": "k"})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["decision"], told["reason"], told["consent"]) == ("permit", "consent", str(consent.id))
    assert told["notice_version"] == 1
    assert told["token"].count(".") == 2
    town.withdraw(consent)
    again = health("POST", "decisions", body, **{"Idempotency-Key": "k"}).json()
    assert (again["decision"], again["reason"]) == ("deny", "withdrawn")


def test_a_release_goes_with_its_decision(health: Call) -> None:
    now = timezone.now()
    consent = town.given(valid_until=now + town.YEAR / 2, at=now)
    body = {
        "subject": town.identity(consent),
        "purpose": "study",
        "dataset": "tax.income",
        "recipient": "health",
        "share": {"reference": "s-1", "occurred_at": now.isoformat()},
    }
    tax = caller(town.holder())
    first, again = tax("POST", "decisions", body).json(), tax("POST", "decisions", body).json()
    assert first["shared_event"] == again["shared_event"]
    body["share"] = {"reference": "s-2", "occurred_at": "?"}
    assert tax("POST", "decisions", body).status_code == 422
    assert rows_of(Decision) == 2


@pytest.mark.parametrize(
    ("changes", "status", "fault"),
    [
        ({"dataset": "none"}, 404, None),
        ({"items": ["none"]}, 404, None),
        ({"item": ["year"]}, 422, ("/item", "invalid")),
        ({"items": "year"}, 422, ("/items", "not_a_list")),
        ({"subject": None}, 422, ("/subject", "null")),
        ({"share": []}, 422, ("/share", "not_a_dict")),
    ],
)
def test_a_decision_refuses_what_it_cannot_take(
    health: Call, changes: dict[str, Any], status: int, fault: tuple[str, str] | None
) -> None:
    town.approved()
    body = {"subject": number(), "purpose": "study", "dataset": "tax.income", **changes}
    found = faults(health("POST", "decisions", body), status)
    assert fault is None or fault in found
    assert rows_of(Decision) == 0


def test_each_call_wants_its_scope_its_method_and_its_type(health: Call) -> None:
    weak = caller(town.asker(), "consent.request")
    assert weak("POST", "decisions", {}).status_code == 403
    assert weak("GET", "changes").status_code == 403
    assert health("GET", "decisions").status_code == 405
    assert health("POST", "decisions", b"{").status_code == 400
    assert health("POST", "decisions", []).status_code == 422
    assert Client().post("/api/v1/consents/decisions").status_code == 401


def test_the_feed_tells_every_change_after_a_position_under_the_callers_own_keys(health: Call) -> None:
    consent = town.withdraw(town.given())
    number_all()
    page = health("GET", "changes?after=0").json()
    assert [(row["position"], row["change"]) for row in page["results"]] == [
        (1, "requested"),
        (2, "given"),
        (3, "withdrawn"),
    ]
    assert page["next"] is None
    theirs = caller(town.holder())("GET", "changes?after=2").json()["results"]
    assert [row["change"] for row in theirs] == ["withdrawn"]
    assert theirs[0]["subject"] != page["results"][0]["subject"]
    assert theirs[0]["subject"] == accounts.pairwise_key(consent.subject_key, agency_id=town.holder().pk)
    assert faults(health("GET", "changes?after=-1"), 422) == {("/after", "invalid")}
    assert rows_of(ConsentChange) == 6


def test_a_long_feed_comes_in_pages(health: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.api.PAGE", 2)
    town.withdraw(town.given())
    number_all()
    first = health("GET", "changes").json()
    assert [row["position"] for row in first["results"]] == [1, 2]
    second = health("GET", first["next"].removeprefix("http://testserver")).json()
    assert [row["position"] for row in second["results"]] == [3]
