"""Two at the same consent: decisions against withdrawals, single uses, questions, and the feed under many writers."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from django.db import connection, transaction

from consent import actions, decisions, queries, sequence
from consent.errors import AlreadyAsked
from consent.models import Kind, Purpose
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT

pytestmark = pytest.mark.django_db(transaction=True)


def alone(act: Callable[..., Any], *args: Any) -> Any:
    """`act` in a thread, whose connection is closed at the end."""
    try:
        return act(*args)
    finally:
        connection.close()


def somebody_waits(superuser: Any) -> bool:
    """Whether, within five seconds, some connection waits for a lock."""
    for _ in range(500):
        (waiting,) = superuser.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
        if waiting:
            return True
        time.sleep(0.01)
    return False


def test_a_decision_that_meets_a_withdrawal_waits_for_it_and_denies(superuser: Any) -> None:
    consent = town.given()
    asking, withdrawn = town.question(consent), Event()

    def withdraw() -> None:
        with transaction.atomic():
            town.withdraw(consent)
            withdrawn.set()
            assert somebody_waits(superuser), "the decision did not wait for the withdrawal"

    with ThreadPoolExecutor(2) as pool:
        stopping = pool.submit(alone, withdraw)
        assert withdrawn.wait(10)
        verdict = pool.submit(alone, town.decided, asking).result(20)
        stopping.result(20)
    assert (verdict.answer, verdict.reason) == ("deny", "withdrawn")


def test_a_withdrawal_that_meets_a_decision_waits_for_its_log(superuser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    consent = town.given()
    asking, judged, judge = town.question(consent), Event(), decisions._judge

    def judge_slowly(*args: Any, **options: Any) -> Any:
        finding = judge(*args, **options)
        judged.set()
        assert somebody_waits(superuser), "the withdrawal did not wait for the decision"
        return finding

    monkeypatch.setattr(decisions, "_judge", judge_slowly)
    with ThreadPoolExecutor(2) as pool:
        deciding = pool.submit(alone, town.decided, asking)
        assert judged.wait(10)
        stopped = pool.submit(alone, town.withdraw, consent).result(20)
        assert deciding.result(20).answer == "permit"
    assert stopped.state == "withdrawn"
    monkeypatch.setattr(decisions, "_judge", judge)
    assert town.decided(asking).answer == "deny"


def test_two_at_once_use_a_single_use_once(monkeypatch: pytest.MonkeyPatch) -> None:
    consent = town.given(purpose=town.approved(kind=Kind.SINGLE_USE))
    asking, barrier, judge = town.question(consent), Barrier(2), decisions._judge

    def judge_together(*args: Any, **options: Any) -> Any:
        finding = judge(*args, **options)
        with suppress(BrokenBarrierError):  # both have read it as given, if nothing keeps them apart
            barrier.wait(0.4)
        return finding

    monkeypatch.setattr(decisions, "_judge", judge_together)
    with ThreadPoolExecutor(2) as pool:
        verdicts = [running.result(20) for running in [pool.submit(alone, town.decided, asking) for _ in range(2)]]
    assert sorted(verdict.reason for verdict in verdicts) == ["consent", "used"]


def test_two_at_once_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    person, purpose = town.adult(), town.approved()
    barrier, parties = Barrier(2), actions.asking._parties

    def parties_together(*args: Any) -> Any:
        barrier.wait(10)
        return parties(*args)

    monkeypatch.setattr(actions.asking, "_parties", parties_together)

    def ask() -> str:
        try:
            return town.asked(person, purpose).state
        except AlreadyAsked as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        answers = [running.result(20) for running in [pool.submit(alone, ask) for _ in range(2)]]
    assert sorted(answers) == ["already-asked", "requested"]


def _feed(of: Actor, after: int = 0) -> list[Any]:
    assert of.agency_id
    with acting_as(of):
        return list(queries.changes(of.agency_id, after, 500))


def _ask(subject_key: Any, purpose: Purpose, of: Actor) -> None:
    """Only the act itself: making the agency again would hold its row."""
    with acting_as(of):
        actions.ask(subject_key, purpose, actor=of, at=AT)


def _numbered(of: Actor, count: int) -> list[Any]:
    """The feed, once it has `count` rows: transactions of other databases hold numbering up too."""
    for _ in range(1000):
        sequence.number_changes()
        if len(rows := _feed(of)) >= count:
            return rows
        time.sleep(0.02)
    return _feed(of)


def test_a_change_that_commits_late_is_never_passed_over() -> None:
    purpose, early, late = town.approved(), town.adult(), town.adult()
    client, begun, go_on = catalogue.client_of(town.asker()), Event(), Event()

    def ask_slowly() -> None:
        with transaction.atomic():
            _ask(early.subject_key, purpose, client)
            begun.set()
            assert go_on.wait(20)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(alone, ask_slowly)
        assert begun.wait(10)
        _ask(late.subject_key, purpose, client)
        sequence.number_changes()
        assert _feed(client) == []
        go_on.set()
        slow.result(20)
    assert [(change.position, change.subject_key) for change in _numbered(client, 2)] == [
        (1, early.subject_key),
        (2, late.subject_key),
    ]


def test_a_reader_of_the_feed_misses_nothing_whoever_writes_meanwhile() -> None:
    purpose, people = town.approved(), [town.adult() for _ in range(12)]
    client = catalogue.client_of(town.asker())
    read: list[Any] = []

    def ask(some: Any) -> None:
        for person in some:
            _ask(person.subject_key, purpose, client)

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(alone, ask, people[start::3]) for start in range(3)]
        while not all(writer.done() for writer in writers):
            sequence.number_changes()
            read.extend(_feed(client, read[-1].position if read else 0))
        for writer in writers:
            writer.result()
    rows = _numbered(client, len(people))
    read.extend(rows[len(read) :])
    assert [change.position for change in rows] == list(range(1, len(people) + 1))
    assert [change.pk for change in read] == [change.pk for change in rows]
    assert {change.subject_key for change in rows} == {person.subject_key for person in people}


def test_changes_that_were_restored_from_another_server_are_numbered(superuser: Any) -> None:
    purpose, client = town.approved(), catalogue.client_of(town.asker())
    _ask(town.adult().subject_key, purpose, client)
    superuser.execute("UPDATE consent_consentchange SET xid = '900000000000'")
    assert [change.position for change in _numbered(client, 1)] == [1]
