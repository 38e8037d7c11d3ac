"""What every call of the departments' API shares: tokens, scopes, problems, repeats, limits, the contract."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from portal.accounts import actions, problems
from portal.accounts.errors import UnknownScope
from portal.accounts.models import IdempotencyKey, User, UserKind
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.people import agency, api_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.calls")]
Call = Callable[..., Any]
NOTES = "/api/v1/notes"


def token(scopes: str = "rights", of: str = "tax") -> str:
    system, secret = api_client(agency(of), scopes)
    basic = base64.b64encode(f"{system.client_id}:{secret}".encode()).decode()
    granted = Client().post(
        "/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert granted.status_code == 200, granted.content
    assert granted.json()["expires_in"] == 600
    return str(granted.json()["access_token"])


def call(bearer: str, method: str = "POST", path: str = NOTES, body: Any = None, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    sent = {"Authorization": f"Bearer {bearer}", "Accept-Language": "en", **headers}
    kind = sent.pop("type", "application/json")
    return Client(raise_request_exception=False).generic(method, path, raw, kind, headers=sent)


def problem(answer: Any, status: int, code: str) -> Any:
    """The body of an answer that is a problem as RFC 9457 says, whose type is a page."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("/api/")
    page = Client().get("/" + body["type"].split("/", 3)[3])
    assert page.status_code == 200
    return body


def noted() -> int:
    with acting_as(Actor.portal()):
        return Entry.objects.filter(event="accounts.test.noted").count()


def kept() -> int:
    with acting_as(Actor.portal()):
        return IdempotencyKey.objects.count()


# ------------------------------------------------------------------ who calls
def test_a_call_without_a_token_is_told_how_to_bring_one() -> None:
    answer = Client().get(NOTES)
    problem(answer, 401, "not-authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_lasts_ten_minutes() -> None:
    bearer = token()
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    problem(call(bearer), 401, "not-authenticated")
    problem(call("made up"), 401, "not-authenticated")


def test_a_token_without_the_calls_scope_is_refused() -> None:
    problem(call(token("sharing")), 403, "not-permitted")


def test_a_system_gets_no_scope_that_it_was_not_granted() -> None:
    system, secret = api_client(agency(), "sharing")
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    assert Client().post("/oauth/token", {**form, "scope": "rights"}).json()["error"] == "invalid_scope"
    wrong = Client().post("/oauth/token", {**form, "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_the_secret_of_a_system_is_told_once_and_kept_as_a_hash() -> None:
    system, secret = api_client(agency(), "rights")
    assert secret not in system.client_secret
    with acting_as(Actor.portal()) as portal, pytest.raises(UnknownScope):
        actions.create_api_client(agency().pk, "x", "everything", actor=portal, at=timezone.now())


def test_only_the_operator_makes_systems_and_staff() -> None:
    clerk = Actor.clerk(User(username="c").pk, agency().pk)
    with acting_as(clerk):
        with pytest.raises(NotPermitted):
            actions.create_api_client(agency().pk, "x", "rights", actor=clerk, at=timezone.now())
        with pytest.raises(NotPermitted):
            actions.create_staff("x", "a long password 1", UserKind.REGULATOR, actor=clerk, at=timezone.now())


# ------------------------------------------------------------------ problems
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("DELETE", NOTES, 405, "method-not-allowed"), ("GET", "/api/v1/nothing", 404, "not-found"),
     ("GET", "/api/", 404, "not-found")],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_too(method: str, path: str, status: int, code: str) -> None:
    problem(call(token(), method, path), status, code)


def test_a_body_that_cannot_be_read_is_a_problem() -> None:
    problem(call(token(), body=b"{"), 400, "parse-error")
    problem(call(token(of="health"), body=b"a=b", type="text/plain"), 415, "unsupported-media-type")


def test_faults_are_told_with_the_place_where_they_lie() -> None:
    answer = call(token(), body={"then": "check", "lines": [{"count": 1}, {"count": 0}, {}]})
    body = problem(answer, 422, "invalid")
    assert {(fault["pointer"], fault["code"]) for fault in body["errors"]} == {
        ("/lines/1/count", "min_value"),
        ("/lines/2/count", "required"),
    }
    assert noted() == 0


def test_a_refusal_names_its_field_and_changes_nothing() -> None:
    body = problem(call(token(), body={"then": "refuse"}), 409, "conflict")
    assert body["errors"][0]["pointer"] == "/then"
    assert noted() == 0


def test_an_error_answer_that_was_not_raised_changes_nothing_either() -> None:
    assert call(token(), body={"then": "answer 409"}, **{"Idempotency-Key": "k"}).status_code == 409
    assert (noted(), kept()) == (0, 0)


def test_a_mistake_of_ours_tells_nothing_of_us() -> None:
    answer = call(token(), body={"then": "break"})
    problem(answer, 500, "internal-error")
    assert "secret" not in answer.content.decode()
    assert noted() == 0


def test_a_problem_is_told_in_the_language_of_the_caller() -> None:
    answer = call(token(), "GET", "/api/v1/nothing", **{"Accept-Language": "zh-CN"})
    assert answer.headers["Content-Language"] == "zh-hans"


def test_each_kind_of_problem_has_its_page() -> None:
    for code in problems.KNOWN:
        assert Client().get(f"/problems/{code}/").status_code == 200
    assert Client().get("/problems/nothing/").status_code == 404


# ------------------------------------------------------------------ repeats, pages, limits
def test_a_call_that_comes_again_under_its_key_is_done_once_and_answered_alike() -> None:
    bearer, key = token(), {"Idempotency-Key": "first"}
    one, two = call(bearer, **key), call(bearer, **key)
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json() == two.json()
    assert one.headers["Location"] == two.headers["Location"]
    assert noted() == 1


def test_a_key_serves_one_request_alone() -> None:
    bearer, key = token(), {"Idempotency-Key": "first"}
    call(bearer, **key)
    problem(call(bearer, body={"other": 1}, **key), 422, "idempotency-key-reused")
    assert call(token(of="health"), body={"other": 1}, **key).status_code == 201  # another system's own key
    problem(call(bearer, **{"Idempotency-Key": "k" * 201}), 422, "idempotency-key-malformed")


def test_a_refused_call_may_be_mended_under_the_same_key() -> None:
    bearer, key = token(), {"Idempotency-Key": "first"}
    call(bearer, body={"then": "refuse"}, **key)
    assert call(bearer, **key).status_code == 201


def test_a_call_that_must_be_decided_afresh_takes_no_key() -> None:
    bearer, key = token(), {"Idempotency-Key": "first"}
    answers = {call(bearer, path="/api/v1/afresh", **key).json()["entry"] for _ in range(2)}
    assert (len(answers), kept()) == (2, 0)


def test_keys_are_forgotten_after_a_day() -> None:
    call(token(), **{"Idempotency-Key": "first"})
    assert actions.forget_keys(at=timezone.now() + timedelta(hours=23)) == 0
    assert actions.forget_keys(at=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_under_one_key_are_one() -> None:
    bearer, barrier = token(), Barrier(2)

    def send() -> Any:
        try:
            barrier.wait(10)
            return call(bearer, **{"Idempotency-Key": "first"})
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = [future.result(20) for future in [pool.submit(send), pool.submit(send)]]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert noted() == 1


def test_a_list_names_its_next_page_or_null() -> None:
    bearer = token()
    assert call(bearer, "GET").json() == {"results": [{"id": 1}], "next": None}
    following = call(bearer, "GET", f"{NOTES}?next=7&size=2").json()["next"]
    assert following == "http://testserver/api/v1/notes?next=7&size=2&after=7"


def test_too_many_calls_are_told_when_to_come_again(settings: Any) -> None:
    settings.PORTAL_LIMITS = {**settings.PORTAL_LIMITS, "client": "2/minute"}
    bearer = token()
    assert [call(bearer, "GET").status_code for _ in range(2)] == [200, 200]
    answer = call(bearer, "GET")
    problem(answer, 429, "too-many-requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert call(token(of="health"), "GET").status_code == 200  # each system is counted alone


# ------------------------------------------------------------------ the contract
def test_the_contract_is_there_for_machines_and_for_readers() -> None:
    contract = Client().get("/api/v1/openapi.json").json()
    assert contract["openapi"].startswith("3.1")
    page = Client().get("/api/v1/docs").content.decode()
    for path in contract["paths"]:
        assert path in page


def test_the_keys_of_our_signatures_are_public_and_only_their_public_half() -> None:
    keys = Client().get("/.well-known/jwks.json").json()["keys"]
    assert keys
    assert all("d" not in key for key in keys)
