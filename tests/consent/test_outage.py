"""When the database does not answer: 503 within the time limit, and never a permit."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

from consent import api, decisions
from consent.models import Decision
from portal.trail.actor import Actor, acting_as
from tests.consent import factories as town
from tests.consent.test_api import caller
from tests.consent.test_races import alone

pytestmark = pytest.mark.django_db(transaction=True)


def logged() -> int:
    with acting_as(Actor.portal()):
        return Decision.objects.count()


def asked(consent: Any) -> dict[str, str]:
    return {"subject": town.identity(consent), "purpose": "study", "dataset": "tax.income"}


def current(**changes: Any) -> Any:
    return town.given(at=timezone.now(), valid_until=timezone.now() + town.YEAR / 2, **changes)


def test_a_decision_that_waits_too_long_for_the_row_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LIMIT", "200ms")
    consent, call = current(), caller(town.asker())
    held, go_on = Event(), Event()

    def hold() -> None:
        with transaction.atomic(), acting_as(Actor.portal()), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM consent_consent FOR UPDATE")
            held.set()
            assert go_on.wait(20)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(alone, hold)
        assert held.wait(10)
        began = time.monotonic()
        answer = call("POST", "decisions", asked(consent))
        took = time.monotonic() - began
        go_on.set()
        holding.result(20)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json()["type"].endswith("/problems/unavailable/")
    assert took < 2
    assert logged() == 0
    assert call("POST", "decisions", asked(consent)).json()["decision"] == "permit"


def test_a_connection_that_is_killed_in_the_middle_is_503_and_permits_nothing(
    superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent, call, log = current(), caller(town.asker()), decisions._log

    def killed(*args: Any, **options: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", cursor.fetchone())
        return log(*args, **options)

    monkeypatch.setattr(decisions, "_log", killed)
    answer = call("POST", "decisions", asked(consent))
    assert answer.status_code == 503
    assert b"permit" not in answer.content
    monkeypatch.setattr(decisions, "_log", log)
    connection.close()
    assert logged() == 0


@pytest.mark.parametrize("moment", ["before the call", "at the commit"])
def test_a_database_that_is_away_before_the_call_or_at_the_commit_is_503(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent, call = current(), caller(town.asker())

    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    body, wrapper = asked(consent), type(connections["default"])
    monkeypatch.setattr(wrapper, "set_autocommit" if moment == "before the call" else "_commit", away)
    answer = call("POST", "decisions", body)
    monkeypatch.undo()
    connection.close()
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/problems/unavailable/")
    assert logged() == 0
