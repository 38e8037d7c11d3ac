"""Half a year a partition, made ahead."""

import pytest
from django.db import DatabaseError, connection, transaction

from portal.ledger import tasks
from portal.trail.actor import Actor, acting_as
from tests.ledger.factories import event_row, events_of, report, town

pytestmark = pytest.mark.django_db
NAMES = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'ledger_sharingevent'::regclass ORDER BY 1
"""


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        return [name for (name,) in cursor.fetchall()]


def make(upto: str) -> int:
    with acting_as(Actor.portal()), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions(%s)", [upto])
        (made,) = cursor.fetchone()
        return int(made)


def test_there_are_partitions_from_2023_to_2028() -> None:
    expected = {f"ledger_sharingevent_{year}h{half}" for year in range(2023, 2029) for half in (1, 2)}
    assert expected <= set(partitions())


def test_an_event_lies_in_the_partition_of_its_time_to_the_last_millisecond() -> None:
    dataset, _ = town()
    report(
        dataset.agency,
        event_row("r-1", occurred_at="2024-06-30T23:59:59.999Z"),
        event_row("r-2", occurred_at="2024-07-01T00:00:00Z"),
    )
    first, second = events_of()
    with acting_as(Actor.portal()), connection.cursor() as cursor:
        cursor.execute("SELECT id, tableoid::regclass::text FROM ledger_sharingevent ORDER BY id")
        assert cursor.fetchall() == [
            (first.id, "ledger_sharingevent_2024h1"),
            (second.id, "ledger_sharingevent_2024h2"),
        ]


def test_the_next_ones_are_made_ahead_and_only_once() -> None:
    assert make("2030-01-01") == 2
    assert make("2030-01-01") == 0
    assert {"ledger_sharingevent_2029h1", "ledger_sharingevent_2029h2"} <= set(partitions())


def test_nobody_makes_partitions_without_end() -> None:
    with pytest.raises(DatabaseError, match="ten years"), transaction.atomic():
        make("9999-01-01")


def test_the_daily_task_keeps_two_years_ahead() -> None:
    before = set(partitions())
    tasks.partitions()
    assert before <= set(partitions())
