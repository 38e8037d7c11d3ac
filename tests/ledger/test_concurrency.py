"""Two calls that bring the same events at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from portal.ledger import storing
from portal.ledger.actions import Outcome
from portal.ledger.models import Batch, SharingEvent
from portal.trail.actor import Actor, acting_as
from tests.ledger.factories import key_of, many_events, report, town

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 4


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Barrier:
    """All calls have read, judged and hashed their rows before the first of them stores one."""
    barrier, store = Barrier(CALLS, timeout=20), storing.store_events

    def store_together(events: Any) -> list[bytes]:
        barrier.wait()
        return store(events)

    monkeypatch.setattr(storing, "store_events", store_together)
    return barrier


@pytest.mark.usefixtures("meeting")
@pytest.mark.parametrize("count", [5, 60])
def test_concurrent_repeats_count_once_and_do_not_lock_each_other_out(count: int) -> None:
    dataset, _ = town()
    rows = many_events(count)
    key_of()  # whoever registers a new person makes the others wait before they reach the barrier

    def call(place: int) -> Outcome:
        try:
            ordered = rows if place % 2 else rows[::-1]
            return report(dataset.agency, *ordered)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLS) as pool:
        outcomes = list(pool.map(call, range(CALLS)))
    assert sum(outcome.accepted for outcome in outcomes) == count
    assert sum(outcome.duplicates for outcome in outcomes) == count * (CALLS - 1)
    with acting_as(Actor.portal()):
        assert SharingEvent.objects.count() == count
        assert sum(Batch.objects.values_list("accepted", flat=True)) == count


def test_a_call_that_fails_half_way_leaves_the_events_to_the_next() -> None:
    dataset, _ = town()
    rows, stored, decided = many_events(30), Event(), Event()

    def fail() -> None:
        try:
            with transaction.atomic():
                report(dataset.agency, *rows)
                stored.set()
                decided.wait(1)
                transaction.set_rollback(True)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(fail)
        assert stored.wait(20)
        outcome = report(dataset.agency, *rows)  # waits for the other, then finds nothing of it
        failing.result()
    assert outcome.accepted == 30
