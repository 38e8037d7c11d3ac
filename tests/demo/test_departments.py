"""The sample departmental system, against a portal that answers, refuses, or is away."""

import json
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from portal.demo import answers, own_log, reporting
from portal.demo.city import city
from portal.demo.client import GaveUp, PortalClient, Refused
from portal.demo.departments import Department, listening, webhook_secret

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
PART = "0197-part"
Answer = Callable[[httpx.Request], httpx.Response]


class Portal:
    """Answers as the portal's API would, and keeps what it was asked."""

    def __init__(self) -> None:
        self.state = "delivered"
        self.asked: list[httpx.Request] = []
        self.before: list[Answer] = []  # answers given first, one a call

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.before:
            return self.before.pop(0)(request)
        path = request.url.path
        if path == "/oauth/token":
            return httpx.Response(200, json={"access_token": f"t{len(self.asked)}", "expires_in": 600})
        if path == "/api/v1/rights/parts":
            return httpx.Response(200, json={"results": [self.part()], "next": None})
        if path == f"/api/v1/rights/parts/{PART}":
            return httpx.Response(200, json=self.part())
        if path.endswith("/reply"):
            self.state = "answered"
        return httpx.Response(200, json={})

    def part(self) -> dict[str, Any]:
        return {
            "id": PART,
            "state": self.state,
            "dataset": city().datasets["income-tax"].unified,
            "subject": city().citizens["zhang-san"].number,
        }

    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path.removeprefix('/api/v1')}" for request in self.asked]


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def department(portal: Portal) -> Department:
    client = PortalClient(
        "http://portal.example",
        "tax-system",
        "a secret",
        patience=5,
        sleep=lambda _seconds: None,
        http=httpx.Client(transport=httpx.MockTransport(portal)),
    )
    return Department("tax", city(), client)


def test_a_part_is_acknowledged_answered_with_a_file_and_never_answered_twice(
    portal: Portal, department: Department
) -> None:
    assert department.work() == 1
    assert portal.paths()[1:] == [
        "GET /rights/parts",
        f"GET /rights/parts/{PART}",
        f"POST /rights/parts/{PART}/acknowledge",
        f"PUT /rights/parts/{PART}/files/income-tax.csv",
        f"POST /rights/parts/{PART}/reply",
    ]
    assert "张三" in portal.asked[-2].content.decode("utf-8-sig")
    assert json.loads(portal.asked[-1].content)["outcome"] == "fulfilled"
    assert department.work() == 0
    portal.state = "delivered"  # as if the portal had forgotten
    assert department.work() == 0


def test_a_repeated_post_carries_the_same_key(portal: Portal, department: Department) -> None:
    department.portal.token()
    portal.before = [lambda _: httpx.Response(503)]
    department.portal.call("POST", "/holdings", json=[], key="one")
    first, second = portal.asked[-2:]
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_it_waits_while_the_portal_is_away_and_gives_up_when_patience_ends(
    portal: Portal, department: Department
) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    portal.before = [away, away]
    assert department.portal.token()
    department.portal.patience = 0
    portal.before = [away, away, away]
    with pytest.raises(GaveUp):
        department.portal.call("GET", "/rights/parts")


def test_a_token_that_ended_is_renewed_once(portal: Portal, department: Department) -> None:
    department.portal.token()
    portal.before = [lambda _: httpx.Response(401)]
    assert department.portal.call("GET", "/rights/parts").status_code == httpx.codes.OK
    assert portal.paths()[-2:] == ["POST /oauth/token", "GET /rights/parts"]
    portal.before = [lambda _: httpx.Response(401), Portal(), lambda _: httpx.Response(401)]
    with pytest.raises(Refused):
        department.portal.call("GET", "/rights/parts")


def test_a_part_that_somebody_else_answered_meanwhile_is_left_alone(portal: Portal, department: Department) -> None:
    department.portal.token()
    conflict = {"type": "illegal-move", "detail": "This step is not possible now."}
    portal.before = [Portal(), lambda _: httpx.Response(409, json=conflict)]
    assert department.answer(PART) is False
    assert portal.paths()[-1] == f"POST /rights/parts/{PART}/acknowledge"


def test_a_webhook_is_taken_once_and_a_forged_one_is_refused(department: Department) -> None:
    secret = webhook_secret("a secret")
    body = json.dumps({"type": "rights.part.assigned", "sequence": 1, "data": {"part": PART}})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }
    with listening(department, 0, secret, own_log.token(secret)) as port, httpx.Client(trust_env=False) as sender:
        url = f"http://127.0.0.1:{port}/"
        assert sender.post(url, content=body, headers=headers).status_code == httpx.codes.NO_CONTENT
        assert sender.post(url, content=body, headers=headers).status_code == httpx.codes.NO_CONTENT
        assert sender.post(url, content=body + " ", headers=headers).status_code == httpx.codes.UNAUTHORIZED
        assert sender.post(url, content=body).status_code == httpx.codes.UNAUTHORIZED
    assert department.wake.get_nowait()["data"] == {"part": PART}
    with pytest.raises(queue.Empty):
        department.wake.get_nowait()


def test_it_catches_up_at_the_start_and_then_works_on_what_it_hears(portal: Portal, department: Department) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=department.run, args=(stop,), kwargs={"listening": True, "every": 0.01})
    thread.start()
    deadline = 200
    while PART not in department.answered and deadline:
        stop.wait(0.02)
        deadline -= 1
    stop.set()
    thread.join()
    assert PART in department.answered
    assert "POST /holdings" in portal.paths()


def test_before_a_share_that_needs_consent_it_asks_and_records_in_one_call(
    portal: Portal, department: Department
) -> None:
    department.portal.token()
    portal.before = [lambda _: httpx.Response(200, json={"decision": "deny", "reason": "withdrawn"})]
    decision = department.share("scholarship-income-check", "a pairwise key", "consent-1", AT)
    assert decision == {"decision": "deny", "reason": "withdrawn"}
    asked = json.loads(portal.asked[-1].content)
    assert portal.paths()[-1] == "POST /consents/decisions"
    assert asked["share"]["recipient"] == asked["recipient"] == "education"
    assert asked["share"]["reference"].endswith("consent-1/20261124T060000")
    assert "idempotency-key" not in portal.asked[-1].headers  # a repeat is decided afresh
    assert department.share("flu-vaccine-study", "a pairwise key", "consent-1", AT) is None  # it holds none of it


def test_it_shares_when_it_hears_that_a_person_allows_it(portal: Portal, department: Department) -> None:
    department.portal.token()
    told = {"purpose": "loan-preapproval", "subject": "a pairwise key", "consent": "c1", "occurred_at": AT.isoformat()}
    department.wake.put({"type": "consent.given", "sequence": 1, "data": told})
    portal.before = [lambda _: httpx.Response(200, json={"decision": "permit", "reason": "consent"})]
    department.hear(0.1)
    assert json.loads(portal.asked[-1].content)["subject"] == "a pairwise key"
    department.wake.put({"type": "consent.withdrawn", "sequence": 2, "data": told})
    department.hear(0.1)
    assert portal.paths()[-1] == "POST /consents/decisions"
    assert len(portal.asked) == 2


def test_what_is_found_is_the_same_each_time_and_has_every_item() -> None:
    for dataset in city().datasets.values():
        first = answers.rows(dataset, "somebody")
        assert first == answers.rows(dataset, "somebody")
        assert all(set(row) == {item.code for item in dataset.items} for row in first)


def test_sharing_drawn_twice_agrees_on_the_days_that_both_draws_cover() -> None:
    sample = city()
    whole = {row["reference"]: row for row in reporting.events(sample, "tax", AT)}
    week = reporting.events(sample, "tax", AT, days=30)
    assert len(whole) > len(week) > 0
    assert all(whole[row["reference"]] == row for row in week)
