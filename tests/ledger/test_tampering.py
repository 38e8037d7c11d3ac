"""Events altered, deleted, put in another order or cut off at the end: each found, with the first index it spoils."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.trail import proof, sealing
from portal.trail.actor import acting_as, database_role
from portal.trail.models import Leaf
from tests.ledger.factories import AT, OTHER, as_person, event_row, many_events, report, town

pytestmark = pytest.mark.django_db
LEDGER = ("ledger_sharingevent", "ledger_batch", "trail_leaf", "trail_node", "trail_head", "trail_entry")


def seal() -> None:
    with acting_as(as_person()), database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE trail_pending SET xid = '3'")
    assert sealing.seal(at=AT)


@pytest.fixture
def sealed() -> list[int]:
    """Three calls of events, sealed one after the other; the position of each one's batch."""
    dataset, _ = town()
    for rows in (many_events(4), [event_row("r-1", subject=OTHER), event_row("r-2")], [event_row("r-3")]):
        report(dataset.agency, *rows)
        seal()
    assert list(proof.faults()) == []
    return list(Leaf.objects.filter(kind="ledger.batch").order_by("position").values_list("position", flat=True))


def tamper(*commands: str) -> None:
    """As somebody would who owns the database and looks away from every trigger."""
    with database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in LEDGER:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for command in commands:
            cursor.execute(command)


def first_fault() -> proof.Fault:
    return next(proof.faults())


def test_an_altered_event_spoils_its_batch_and_is_named_by_its_place(sealed: list[int]) -> None:
    tamper("UPDATE ledger_sharingevent SET purpose_en = 'x' WHERE reference = 'm-2'")
    fault = first_fault()
    assert fault.index == sealed[0]
    assert "row 1 of its batch" in fault.what  # many_events go back in time
    with pytest.raises(CommandError, match=rf"first bad index {sealed[0]}\b"):
        call_command("verify")


def test_an_event_and_its_leaf_altered_alike_still_do_not_fit_the_root(sealed: list[int]) -> None:
    tamper("UPDATE ledger_sharingevent SET leaf = sha256(leaf) WHERE reference = 'r-1'")
    assert first_fault().index == sealed[1]


@pytest.mark.parametrize("reference", ["m-0", "m-3", "r-2"])
def test_a_deleted_event_is_missed(sealed: list[int], reference: str) -> None:
    tamper(f"DELETE FROM ledger_sharingevent WHERE reference = '{reference}'")
    fault = first_fault()
    assert fault.index == sealed[reference.startswith("r")]
    assert "rows, " in fault.what


def test_events_that_changed_places_are_found(sealed: list[int]) -> None:
    swap = """
    UPDATE ledger_sharingevent AS one SET salt = other.salt, leaf = other.leaf, reference = other.reference
    FROM ledger_sharingevent AS other
    WHERE one.reference IN ('m-1', 'm-2') AND other.reference IN ('m-1', 'm-2') AND one.reference <> other.reference
    """
    tamper(swap)
    assert first_fault().index == sealed[0]


def test_an_event_moved_to_another_batch_is_found(sealed: list[int]) -> None:
    tamper(
        "UPDATE ledger_sharingevent SET batch_id = (SELECT batch_id FROM ledger_sharingevent WHERE reference = 'r-3')"
        " WHERE reference = 'r-2'"
    )
    assert first_fault().index == sealed[1]


def test_a_record_cut_off_at_the_end_is_found_by_its_heads(sealed: list[int]) -> None:
    last = sealed[2]
    tamper(
        "DELETE FROM ledger_sharingevent WHERE reference = 'r-3'",
        f"DELETE FROM ledger_batch WHERE id = (SELECT row_id FROM trail_leaf WHERE position = {last})",
        f"DELETE FROM trail_entry WHERE id IN (SELECT row_id FROM trail_leaf WHERE position >= {last - 1})",
        f"DELETE FROM trail_leaf WHERE position >= {last - 1}",
    )
    fault = first_fault()
    assert fault.index is not None
    assert fault.index <= last
    assert "shorter" in fault.what or "gone" in fault.what
