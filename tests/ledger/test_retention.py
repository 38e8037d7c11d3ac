"""What outlived its term is dropped with a sealed record of it; what is held stays."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from portal.accounts.models import UserKind
from portal.catalogue.models import Dataset
from portal.ledger import retention
from portal.ledger.models import DroppedRows, LegalHold, PartitionDrop, SharingEvent
from portal.trail import proof, sealing
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests import people
from tests.ledger.factories import OTHER, PERSON, as_person, event_row, key_of, report, town
from tests.ledger.test_partitions import partitions

pytestmark = pytest.mark.django_db
THEN = datetime(2024, 2, 1, tzinfo=UTC)  # when the old events were reported
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)  # three years after the first half of 2023 was over
OLD = {"occurred_at": "2023-03-01T09:00:00+08:00"}
Regulator = Callable[[], Actor]


@pytest.fixture
def dataset() -> Dataset:
    """Six events of old and one that must be kept; the first call brought both."""
    found, _ = town()
    report(
        found.agency,
        *(event_row(f"old-{n}", **OLD) for n in range(3)),
        event_row("kept", occurred_at="2024-01-01T09:00:00Z"),
        at=THEN,
    )
    report(found.agency, *(event_row(f"other-{n}", subject=OTHER, **OLD) for n in range(3)), at=THEN)
    return found


def drop() -> list[str]:
    with acting_as(Actor.portal()) as actor:
        return [dropped.partition for dropped in retention.drop_expired(actor=actor, at=NOW)]


def references() -> set[str]:
    with acting_as(Actor.portal()):
        return set(SharingEvent.objects.values_list("reference", flat=True))


def hold(**about: object) -> LegalHold:
    with acting_as(Actor.regulator(people.staff(UserKind.REGULATOR).pk)) as actor:
        return retention.set_hold(**about, reason="a suit", actor=actor, at=NOW)  # type: ignore[arg-type]  # any of three


def seal() -> None:
    with acting_as(as_person()), database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE trail_pending SET xid = '3'")
    assert sealing.seal(at=NOW)


@pytest.mark.usefixtures("dataset")
def test_what_outlived_its_term_goes_and_says_so() -> None:
    seal()
    assert drop() == ["ledger_sharingevent_2023h1"]
    assert references() == {"kept"}
    assert drop() == []
    with acting_as(Actor.portal()):
        (record,) = PartitionDrop.objects.all()
        assert (record.rows, record.article) == (6, "netdata-12")
        entry = Entry.objects.get(event="ledger.partition.dropped")
        assert (entry.about_id, entry.facts["rows"]) == (str(record.pk), 6)
    seal()
    assert [str(fault) for fault in proof.faults()] == []


@pytest.mark.usefixtures("dataset")
def test_verification_still_misses_a_row_that_nobody_dropped_and_believes_no_forged_drop() -> None:
    seal()
    drop()
    seal()
    with database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ledger_sharingevent", "ledger_droppedrows"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM ledger_sharingevent")
    assert any("it brought 4 rows, 3 are there" in str(fault) for fault in proof.faults())
    with database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_droppedrows SET rows = 4 WHERE id = (SELECT min(id) FROM ledger_droppedrows)")
    assert any("other rows that they went" in str(fault) for fault in proof.faults())


@pytest.mark.parametrize("held", ["agency", "dataset", "case"])
def test_a_hold_keeps_what_it_is_about_until_it_is_lifted(dataset: Dataset, held: str) -> None:
    about = {"agency": {"agency_id": dataset.agency_id}, "dataset": {"dataset_id": dataset.pk}}
    standing = hold(**about.get(held, {"subject_key": key_of(PERSON), "case": "2026-1"}))
    assert drop() == []
    assert len(references()) == 7
    with acting_as(Actor.regulator(standing.set_by)) as actor:
        retention.lift_hold(standing, actor=actor, at=NOW)
        with pytest.raises(retention.HoldLifted):
            retention.lift_hold(standing, actor=actor, at=NOW)
        events = set(Entry.objects.filter(about_id=str(standing.pk)).values_list("event", flat=True))
    assert events == {"ledger.hold.set", "ledger.hold.lifted"}
    assert drop() == ["ledger_sharingevent_2023h1"]


@pytest.mark.usefixtures("dataset")
def test_a_hold_on_something_else_keeps_nothing() -> None:
    hold(agency_id=people.agency("school").pk)
    hold(subject_key=b"9" * 16, case="2026-2")
    assert drop() == ["ledger_sharingevent_2023h1"]


@pytest.mark.usefixtures("dataset")
def test_only_the_regulator_holds_and_only_the_portal_drops() -> None:
    with acting_as(as_person()) as actor, pytest.raises(NotPermitted):
        retention.drop_expired(actor=actor, at=NOW)
    with acting_as(Actor.portal()) as actor, pytest.raises(NotPermitted):
        retention.set_hold(subject_key=b"9" * 16, reason="x", actor=actor, at=NOW)
    with acting_as(Actor.regulator(people.staff(UserKind.REGULATOR).pk)) as actor, pytest.raises(retention.NothingHeld):
        retention.set_hold(reason="x", actor=actor, at=NOW)


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("SELECT ledger_drop_partition('ledger_sharingevent_2026h2')", "three years"),
        ("SELECT ledger_drop_partition('ledger_sharingevent_2023h1')", "written down"),
        ("SELECT ledger_drop_partition('trail_entry')", "no such partition"),
    ],
)
def test_the_database_itself_drops_nothing_young_unwritten_or_foreign(command: str, refusal: str) -> None:
    with (
        acting_as(Actor.portal()),
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        database_role("portal_retention"),
        connection.cursor() as cursor,
    ):
        cursor.execute(command)


@pytest.mark.usefixtures("dataset")
def test_what_was_dropped_is_neither_made_again_nor_reported_again() -> None:
    drop()
    with acting_as(Actor.portal()), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions('2029-01-01')")
    assert "ledger_sharingevent_2023h1" not in partitions()
    (rejection,) = report(people.agency("tax"), event_row("late", **OLD), at=NOW).rejected
    assert (rejection.code, rejection.pointer) == ("too-old", "/occurred_at")
    assert retention.kept_since(NOW) == datetime(2023, 7, 1, tzinfo=UTC)


@pytest.mark.usefixtures("dataset")
def test_nobody_on_the_web_reads_a_hold_or_how_many_rows_went() -> None:
    hold(subject_key=b"9" * 16, case="2026-2")
    drop()
    with acting_as(as_person()):
        assert not LegalHold.objects.exists()
        assert not DroppedRows.objects.exists()
        assert PartitionDrop.objects.count() == 1
