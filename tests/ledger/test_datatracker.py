"""The Data Tracker protocol as we serve it, held against the protocol's own description."""

from typing import Any

import pytest
from django.test import Client

from portal.ledger.models import NoteKind
from portal.trail.actor import acting_as
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.ledger.factories import OTHER, PERSON, as_person, event_row, events_of, note, report, town
from tests.logs import Watch
from tests.people import api_client, number

pytestmark = pytest.mark.django_db


def caller(code: str, scopes: str = "sharing") -> Any:
    system, secret = api_client(catalogue.agency(code), scopes)
    client = Client(raise_request_exception=False)
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    token = client.post("/oauth/token", form).json()["access_token"]

    def ask(path: str, query: dict[str, str] | None = None, user: str = PERSON) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        headers |= {"X-Road-UserId": user} if user else {}
        return client.get(f"/datatracker/v2/{path}", query or {}, headers=headers)

    return ask


def find(ask: Any, subject: str = PERSON, **more: str) -> Any:
    answer = ask("findUsage", {"userCode": subject, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def shared() -> None:
    dataset, _ = town()
    report(
        dataset.agency,
        event_row("r-1", occurred_at="2026-11-01T09:00:00+08:00", purpose_zh=None),
        event_row("r-2", occurred_at="2026-11-02T09:00:00+08:00", recipient_system="Loans"),
        event_row("r-3", outcome="denied"),
        event_row("r-4", subject=OTHER),
    )


@pytest.mark.usefixtures("shared")
def test_a_department_is_told_its_own_sharing_of_one_person_newest_first() -> None:
    told = find(caller("tax"))
    assert told["totalUsages"] == 2
    newest, older = told["usages"]
    assert newest == {
        "logtime": "2026-11-02T01:00:00.000Z",
        "action": "to check your application for a loan",
        "receiverCode": "housing",
        "receiverName": catalogue.agency("housing").name,
        "receiverSystem": "Loans",
    }
    assert older["logtime"] == "2026-11-01T01:00:00.000Z"
    assert find(caller("housing"))["totalUsages"] == 2
    assert find(caller("school")) == {"totalUsages": 0, "usages": []}


@pytest.mark.usefixtures("shared")
def test_period_offset_and_limit_narrow_it_down() -> None:
    tax = caller("tax")
    assert len(find(tax, limit="1")["usages"]) == 1
    assert find(tax, limit="1")["totalUsages"] == 2
    assert find(tax, offset="1")["usages"] == find(tax)["usages"][1:]
    assert find(tax, periodStart="2026-11-01T20:00:00Z")["totalUsages"] == 1
    assert find(tax, periodEnd="2026-11-01T20:00:00+00:00")["totalUsages"] == 1
    assert find(tax, periodStart="0001-01-01T00:00:00+23:59")["totalUsages"] == 2


@pytest.mark.usefixtures("shared")
def test_what_is_withheld_from_the_person_is_not_told_and_a_stranger_is_nobody() -> None:
    tax = caller("tax")
    note(next(event.id for event in events_of() if event.reference == "r-2"), NoteKind.EMBARGO)
    assert find(tax)["totalUsages"] == 1
    assert find(tax, subject=number(77)) == {"totalUsages": 0, "usages": []}


@pytest.mark.usefixtures("shared")
def test_that_somebody_asked_stands_in_the_persons_trail() -> None:
    find(caller("tax"))
    with acting_as(as_person()):
        (entry,) = Entry.objects.filter(event="ledger.usage.asked")
        assert (entry.facts, str(entry.actor_agency)) == ({"uses": 2}, str(catalogue.agency("tax").pk))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"userCode": "EE12345678901"},
        {"userCode": PERSON, "periodStart": "yesterday"},
        {"userCode": PERSON, "limit": "-1"},
        {"userCode": PERSON, "offset": "9" * 30},
        {"userCode": PERSON, "limit": "٣"},
        {"userCode": "\x00"},
    ],
)
def test_a_question_that_is_none_is_answered_400(query: dict[str, str]) -> None:
    answer = caller("tax")("findUsage", query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_who_asks_must_be_named_and_hold_the_scope() -> None:
    assert caller("tax")("findUsage", {"userCode": PERSON}, user="").status_code == 400
    assert caller("tax", "rights")("findUsage", {"userCode": PERSON}).status_code == 403
    answer = Client().get("/datatracker/v2/findUsage", {"userCode": PERSON})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_period_and_heartbeat_answer() -> None:
    tax = caller("tax")
    assert tax("usagePeriod").json() == {"periodStart": "2023-01-01T00:00:00Z"}
    assert tax("heartbeat").json()["status"] == "OK"


def test_the_number_stays_out_of_every_log_and_out_of_other_addresses(watched_logs: Watch) -> None:
    find(caller("tax"))
    assert watched_logs.is_listening()
    assert watched_logs.taken() == []
    assert Client().get("/help/", {"userCode": PERSON}).status_code == 400
    assert Client().get(f"/datatracker/v2/{PERSON}").status_code in (400, 404)
