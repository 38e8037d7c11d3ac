"""The outbox: written with the act, handed out until somebody finishes it, finished once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as portal
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError
from pytest_django import Settings

from portal.celery import app
from portal.outbox import actions, queries, tasks
from portal.outbox.errors import NotYet, UnknownTopic
from portal.outbox.models import Message, MessageState
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as, current
from portal.trail.ids import new_id
from portal.trail.models import Entry
from tests.outbox.receiver import messages

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = "outbox.test.done"
Handed = list[tuple[str, UUID]]
ROUTES = dict(portal.PORTAL_OUTBOX_ROUTES)  # as the settings have them, before a test puts others in place


@pytest.fixture(autouse=True)
def _routes(settings: Settings) -> None:
    settings.PORTAL_OUTBOX_ROUTES = {TOPIC: ("test.one",), "outbox.test.shared": ("test.one", "test.two")}


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """What was given to the broker."""
    given: Handed = []
    monkeypatch.setattr(actions, "hand_over", lambda task, message_id: given.append((task, message_id)))
    return given


@pytest.fixture
def message(handed: Handed) -> Message:
    return put(number=1)


def put(topic: str = TOPIC, **ids: Any) -> Message:
    with acting_as(Actor.visitor()):
        actions.put(topic, **ids)
    return messages()[-1]


def again(message: Message) -> Message:
    (now,) = messages(pk=message.pk)
    return now


def note(message: Message, at: datetime) -> None:
    """What consumers of these tests do: one row of the trail."""
    trail.record("outbox.test.consumed", actor=current(), at=at, message=message.pk)


def consumed() -> int:
    with acting_as(Actor.portal()):
        return Entry.objects.filter(event="outbox.test.consumed").count()


# ---------------------------------------------------------------- putting


def test_each_consumer_gets_a_message_of_its_own_once_the_act_is_committed(handed: Handed) -> None:
    with acting_as(Actor.citizen(new_id(), bytes(16))):
        actions.put("outbox.test.shared", request_id=UUID(int=7), count=3)
        assert handed == []
    written = messages()
    assert [(message.task, message.payload) for message in written] == [
        ("test.one", {"request_id": str(UUID(int=7)), "count": 3}),
        ("test.two", {"request_id": str(UUID(int=7)), "count": 3}),
    ]
    assert handed == [(message.task, message.pk) for message in written]


def test_an_act_that_fails_sends_nothing(handed: Handed) -> None:
    def act() -> None:
        with acting_as(Actor.visitor()):
            actions.put(TOPIC, number=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert messages() == []
    assert handed == []


def test_a_message_is_written_in_a_transaction_or_not_at_all() -> None:
    with pytest.raises(RuntimeError, match="transaction of the act"):
        actions.put(TOPIC, number=1)


def test_a_topic_that_nobody_routes_is_a_defect() -> None:
    with pytest.raises(UnknownTopic), acting_as(Actor.visitor()):
        actions.put("outbox.test.unheard")


def test_what_is_no_identifier_is_refused() -> None:
    with pytest.raises(TypeError), acting_as(Actor.visitor()):
        actions.put(TOPIC, weight=1.5)


@pytest.mark.parametrize("error", [OperationalError("away"), ConnectionRefusedError()])
def test_the_act_stands_while_the_broker_is_away(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(app, "send_task", away)
    assert put(number=1).state == MessageState.WAITING


# ---------------------------------------------------------------- handling


def test_a_message_is_handled_as_the_portal_and_once(message: Message) -> None:
    who: list[Actor] = []

    def consume(message: Message, at: datetime) -> None:
        who.append(current())
        note(message, at)

    for _ in range(3):
        actions.handle(str(message.pk), consume)
    now = again(message)
    assert who == [Actor.portal()]
    assert (now.state, now.attempts, consumed()) == (MessageState.DONE, 1, 1)
    assert now.done_at is not None


def test_what_a_failed_consumer_did_is_undone_and_counted(message: Message) -> None:
    def fail(message: Message, at: datetime) -> None:
        note(message, at)
        raise ZeroDivisionError("of course")

    before = timezone.now()
    actions.handle(str(message.pk), fail)
    now = again(message)
    assert (now.state, now.attempts, now.last_error) == (MessageState.WAITING, 1, "ZeroDivisionError: of course")
    assert before + timedelta(seconds=1.5) < now.next_attempt_at < timezone.now() + timedelta(seconds=2.5)
    assert consumed() == 0
    actions.handle(str(message.pk), note)
    assert (again(message).state, consumed()) == (MessageState.DONE, 1)


def test_an_error_of_the_database_is_counted_like_any_other(message: Message) -> None:
    def fail(message: Message, at: datetime) -> None:
        list(Entry.objects.raw("SELECT 1/0 AS id"))

    actions.handle(str(message.pk), fail)
    assert again(message).attempts == 1


def test_what_is_not_its_time_yet_is_put_off_without_being_counted(message: Message) -> None:
    def wait(message: Message, at: datetime) -> None:
        note(message, at)
        raise NotYet(60, "the other first")

    actions.handle(str(message.pk), wait)
    now = again(message)
    assert (now.state, now.attempts, now.last_error, consumed()) == (MessageState.WAITING, 0, "the other first", 0)
    assert now.next_attempt_at > timezone.now() + timedelta(seconds=55)


def test_after_the_last_attempt_a_message_is_dead_and_stays(message: Message, handed: Handed) -> None:
    def fail(message: Message, at: datetime) -> None:
        raise ZeroDivisionError

    with acting_as(Actor.portal()):
        Message.objects.filter(pk=message.pk).update(attempts=actions.MAX_ATTEMPTS - 1)
    actions.handle(str(message.pk), fail)
    now = again(message)
    assert (now.state, now.attempts, now.done_at) == (MessageState.DEAD, actions.MAX_ATTEMPTS, None)
    handed.clear()
    actions.handle(str(message.pk), note)
    assert actions.sweep(at=timezone.now() + timedelta(days=9)) == 0
    assert (again(message).state, consumed(), handed) == (MessageState.DEAD, 0, [])


def test_a_message_that_is_not_there_is_nobodys_business() -> None:
    actions.handle(str(new_id()), note)
    assert consumed() == 0


def test_two_workers_with_the_same_message_handle_it_once(message: Message) -> None:
    inside, second_is_back = threading.Event(), threading.Event()

    def slow(message: Message, at: datetime) -> None:
        note(message, at)
        inside.set()
        assert second_is_back.wait(10), "the second worker waited for the first"

    def second() -> None:
        assert inside.wait(10)
        actions.handle(str(message.pk), note)
        second_is_back.set()

    at_once(lambda: actions.handle(str(message.pk), slow), second)
    assert (again(message).state, again(message).attempts, consumed()) == (MessageState.DONE, 1, 1)


def at_once(*works: Callable[[], Any]) -> None:
    """Every work in a thread and a connection of its own."""

    def closing(work: Callable[[], Any]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(closing, work) for work in works]:
            running.result(20)


@given(attempts=st.integers(1, 40))
def test_the_wait_doubles_up_to_six_hours(attempts: int) -> None:
    seconds = actions.backoff(attempts).total_seconds()
    planned = min(2.0**attempts, 6 * 3600)
    assert 0.8 * planned <= seconds <= 1.2 * planned


# ---------------------------------------------------------------- handling what needs the network


class Network:
    """A consumer of handle_outside that keeps what it did."""

    def __init__(self, fail: Exception | None = None) -> None:
        self.sent: list[tuple[str, bool]] = []
        self.fail = fail

    def prepare(self, message: Message, at: datetime) -> str | None:
        return str(message.payload["number"])

    def send(self, what: str) -> str:
        self.sent.append((what, connection.in_atomic_block))
        if self.fail:
            raise self.fail
        return "taken"

    def settle(self, what: str, answer: str, at: datetime) -> None:
        trail.record("outbox.test.consumed", actor=current(), at=at, answer=answer)

    def handle(self, message: Message) -> None:
        actions.handle_outside(str(message.pk), prepare=self.prepare, send=self.send, settle=self.settle)


def test_no_transaction_is_open_while_the_network_is_waited_for(message: Message) -> None:
    network = Network()
    network.handle(message)
    assert network.sent == [("1", False)]
    assert (again(message).state, again(message).claimed_until, consumed()) == (MessageState.DONE, None, 1)


def test_a_message_that_was_sent_is_not_sent_again(message: Message) -> None:
    network = Network()
    network.handle(message)
    network.handle(message)
    assert len(network.sent) == 1


def test_a_failed_sending_is_tried_again(message: Message) -> None:
    Network(fail=ConnectionRefusedError("nobody there")).handle(message)
    now = again(message)
    assert (now.state, now.attempts, now.claimed_until) == (MessageState.WAITING, 1, None)
    assert "nobody there" in now.last_error
    Network().handle(message)
    assert (again(message).state, again(message).attempts) == (MessageState.DONE, 2)


def test_nothing_to_send_any_more_ends_the_matter(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    monkeypatch.setattr(network, "prepare", lambda message, at: None)
    network.handle(message)
    assert (network.sent, again(message).state, consumed()) == ([], MessageState.DONE, 0)


def test_while_one_worker_waits_for_the_network_no_other_sends(message: Message) -> None:
    first, second = Network(), Network()
    inside, second_is_back = threading.Event(), threading.Event()

    def slow(what: str) -> str:
        inside.set()
        assert second_is_back.wait(10)
        return "taken"

    def later() -> None:
        assert inside.wait(10)
        second.handle(message)
        second_is_back.set()

    first.send = slow  # type: ignore[method-assign]  # the same, but slow
    at_once(lambda: first.handle(message), later)
    assert (second.sent, again(message).state, consumed()) == ([], MessageState.DONE, 1)


def test_a_worker_that_died_at_the_network_is_followed_by_another_after_its_lease(message: Message) -> None:
    class Killed(BaseException):
        """What no handler catches."""

    dying = Network()
    dying.send = _raise(Killed())  # type: ignore[method-assign,assignment]  # dies
    with pytest.raises(Killed):
        dying.handle(message)
    next_worker = Network()
    next_worker.handle(message)
    assert next_worker.sent == []
    with acting_as(Actor.portal()):
        Message.objects.filter(pk=message.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    next_worker.handle(message)
    assert (len(next_worker.sent), again(message).state) == (1, MessageState.DONE)


def _raise(error: BaseException) -> Callable[[str], str]:
    def send(what: str) -> str:
        raise error

    return send


# ---------------------------------------------------------------- the sweep


def test_the_sweep_hands_out_what_nobody_finished_and_not_again_during_the_lease(
    message: Message, handed: Handed
) -> None:
    handed.clear()
    at = timezone.now()
    assert actions.sweep(at=at) == 1
    assert actions.sweep(at=at + timedelta(seconds=2)) == 0
    assert handed == [("test.one", message.pk)]
    assert actions.sweep(at=at + actions.LEASE) == 1


def test_the_sweep_leaves_what_is_done_or_not_due(message: Message, handed: Handed) -> None:
    actions.handle(str(message.pk), note)
    later = put(number=2)
    with acting_as(Actor.portal()):
        Message.objects.filter(pk=later.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    handed.clear()
    assert actions.sweep(at=timezone.now()) == 0
    assert handed == []


def test_the_sweep_passes_over_what_a_worker_holds(message: Message, handed: Handed) -> None:
    free = put(number=2)
    handed.clear()
    inside, swept = threading.Event(), threading.Event()

    def slow(message: Message, at: datetime) -> None:
        inside.set()
        assert swept.wait(10), "the sweep waited for the worker"

    def sweep() -> None:
        assert inside.wait(10)
        assert actions.sweep(at=timezone.now()) == 1
        swept.set()

    at_once(lambda: actions.handle(str(message.pk), slow), sweep)
    assert handed == [("test.one", free.pk)]


def test_two_sweeps_at_once_hand_out_nothing_twice(handed: Handed) -> None:
    for number in range(20):
        put(number=number)
    handed.clear()
    at, barrier = timezone.now(), threading.Barrier(2)

    def sweep() -> None:
        barrier.wait(10)
        actions.sweep(at=at)

    at_once(sweep, sweep)
    assert len(handed) == len(set(handed)) == 20


def test_a_sweep_takes_the_oldest_first_and_no_more_than_its_fill(
    handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SWEEP", 2)
    waiting = [put(number=number) for number in range(3)]
    handed.clear()
    assert actions.sweep(at=timezone.now()) == 2
    assert {message_id for _, message_id in handed} == {message.pk for message in waiting[:2]}


def test_the_sweep_and_the_heartbeat_prove_that_somebody_works() -> None:
    with acting_as(Actor.portal()):
        assert queries.last_beat(actions.BEAT) is None
    tasks.sweep()
    tasks.heartbeat("worker-1", "token")
    with acting_as(Actor.portal()):
        assert queries.last_beat(actions.BEAT) is not None
        assert queries.last_beat("worker-1") is not None


# ---------------------------------------------------------------- walls and routes


@pytest.mark.parametrize("actor", [Actor.visitor(), Actor.clerk(new_id(), new_id()), Actor.regulator(new_id())])
def test_only_the_portal_reads_the_outbox(message: Message, actor: Actor) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(actor):
        list(Message.objects.all())


def test_without_an_actor_nothing_is_put(handed: Handed) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        actions.put(TOPIC, number=1)


def test_a_message_is_never_deleted(message: Message) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), acting_as(Actor.portal()):
        Message.objects.all().delete()


@pytest.fixture
def registered() -> set[str]:
    app.autodiscover_tasks(force=True)
    return set(app.tasks)


def test_every_route_and_every_beat_names_a_registered_task(registered: set[str]) -> None:
    named = {task for tasks_of in ROUTES.values() for task in tasks_of}
    named |= {entry["task"] for entry in portal.CELERY_BEAT_SCHEDULE.values()}
    assert named <= registered, named - registered


def test_a_task_runs_far_shorter_than_the_broker_waits() -> None:
    assert portal.CELERY_TASK_SOFT_TIME_LIMIT < portal.CELERY_TASK_TIME_LIMIT
    assert portal.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > portal.CELERY_TASK_TIME_LIMIT * 2
    assert timedelta(seconds=portal.CELERY_TASK_TIME_LIMIT) < actions.LEASE
