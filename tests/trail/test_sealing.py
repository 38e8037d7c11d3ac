"""The sequencer: dense positions, nobody passed over, one at a time; and verification names what was altered."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.trail import actions, keys, proof, queries, sealing, tree
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry, Head, Leaf
from portal.trail.tasks import seal as seal_task
from tests.trail.sealed import AT, note, seal_all, waiting

pytestmark = pytest.mark.django_db(transaction=True)
Superuser = psycopg.Connection[Any]


@contextmanager
def elsewhere(act: Callable[[], Any]) -> Iterator[threading.Event]:
    """`act` in a transaction of another connection, which stays open until the block ends or says so."""
    done, leave = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with acting_as(Actor.visitor()):
                act()
                done.set()
                assert leave.wait(20)
        finally:
            done.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        assert done.wait(20)
        try:
            yield leave
        finally:
            leave.set()
            running.result(20)


def positions() -> list[int]:
    return list(Leaf.objects.order_by("position").values_list("position", flat=True))


def faults() -> list[str]:
    return [str(fault) for fault in proof.faults()]


# ---------------------------------------------------------------- order


def test_entries_get_dense_positions_and_a_signed_head() -> None:
    entries = [note(number) for number in range(5)]
    (head,) = seal_all()
    leaves = {leaf.row_id: leaf for leaf in Leaf.objects.all()}
    assert positions() == [0, 1, 2, 3, 4]
    assert [leaves[entry.pk].position for entry in entries] == [0, 1, 2, 3, 4]
    assert [leaves[entry.pk].hash for entry in entries] == [entry.leaf for entry in entries]
    assert (head.size, head.root) == (5, tree.root(queries.stored_node, 5))
    assert keys.check(head.signature, use="heads") == sealing.head_payload(5, head.root, AT)


def test_the_tree_grows_and_every_older_head_is_its_prefix() -> None:
    heads: list[Head] = []
    for size in (1, 2, 3, 1, 4):
        for number in range(size):
            note(number)
        heads += seal_all()
    assert [head.size for head in heads] == [1, 3, 6, 7, 11]
    assert positions() == list(range(11))
    newest = heads[-1]
    for head in heads:
        path = tree.consistency_proof(queries.stored_node, head.size, newest.size)
        assert tree.consistent(head.size, newest.size, head.root, newest.root, path)


def test_nothing_new_makes_no_new_head() -> None:
    note()
    seal_all()
    assert sealing.seal(at=AT) is None
    assert Head.objects.count() == 1


def test_more_than_one_batch_is_sealed_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    for number in range(7):
        note(number)
    seal_all()
    assert positions() == list(range(7))
    assert faults() == []


def test_the_task_seals() -> None:
    note()
    seal_all()
    note()
    seal_task()
    seal_all()
    assert positions() == [0, 1]


# ---------------------------------------------------------------- nobody is passed over


def test_a_transaction_that_commits_late_is_never_passed_over() -> None:
    late: list[Entry] = []
    with elsewhere(lambda: late.append(actions.record("trail.test.noted", actor=Actor.visitor(), at=AT))) as leave:
        early = note(1)  # begun later, committed sooner
        assert sealing.seal(at=AT) is None, "a leaf was sealed while an older transaction could still commit"
        leave.set()
    seal_all()
    assert list(Leaf.objects.order_by("position").values_list("row_id", flat=True)) == [late[0].pk, early.pk]


def test_what_was_committed_before_the_open_transaction_need_not_wait_for_it() -> None:
    early = note(1)
    late: list[Entry] = []
    with elsewhere(lambda: late.append(actions.record("trail.test.noted", actor=Actor.visitor(), at=AT))):
        seal_all()
        assert positions() == [0]
    seal_all()
    assert list(Leaf.objects.order_by("position").values_list("row_id", flat=True)) == [early.pk, late[0].pk]


def test_an_open_transaction_that_is_rolled_back_leaves_no_gap() -> None:
    def fail() -> None:
        actions.record("trail.test.noted", actor=Actor.visitor(), at=AT)
        raise ZeroDivisionError

    note(1)
    with pytest.raises(ZeroDivisionError), elsewhere(fail):
        pass
    note(2)
    seal_all()
    assert positions() == [0, 1]
    assert faults() == []


def test_while_one_seals_another_leaves_it_alone(superuser: Superuser) -> None:
    note()
    with superuser.transaction():
        superuser.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
        assert sealing.seal(at=AT) is None
        assert waiting() == 1
    assert [head.size for head in seal_all()] == [1]


def test_many_writers_and_several_sealers_leave_dense_positions() -> None:
    at_once = threading.Barrier(5)

    def write() -> None:
        at_once.wait(10)
        for number in range(15):
            note(number)
        connection.close()

    def keep_sealing() -> None:
        at_once.wait(10)
        for _ in range(15):
            sealing.seal(at=AT)
        connection.close()

    with ThreadPoolExecutor(5) as pool:
        for running in [pool.submit(work) for work in (write, write, write, keep_sealing, keep_sealing)]:
            running.result(30)
    seal_all()
    assert positions() == list(range(45))
    assert Leaf.objects.values("row_id").distinct().count() == 45
    assert faults() == []


def test_after_a_restore_what_waits_is_ordered_anew(superuser: Superuser) -> None:
    note(1)
    note(2)
    superuser.execute("UPDATE trail_pending SET xid = '999999999999'")  # of a server that was far ahead
    assert sealing.seal(at=AT) is None
    out = StringIO()
    call_command("rebase_seals", stdout=out)
    assert "2 waiting leaves" in out.getvalue()
    seal_all()
    assert positions() == [0, 1]
    assert faults() == []


# ---------------------------------------------------------------- proofs of a row


def test_a_row_is_proven_to_be_in_the_newest_head() -> None:
    entries = [note(number) for number in range(6)]
    assert proof.inclusion("trail.entry", entries[3].pk) is None  # not sealed yet
    seal_all()
    shown = proof.inclusion("trail.entry", entries[3].pk)
    assert shown is not None
    assert tree.included(entries[3].leaf, shown.position, shown.size, shown.path, shown.root)
    assert keys.check(shown.signature, use="heads")["root"] == shown.root.hex()


# ---------------------------------------------------------------- verification


@contextmanager
def behind_the_back(superuser: Superuser) -> Iterator[Superuser]:
    """A superuser who tells the append-only triggers to look away."""
    superuser.execute("SET session_replication_role = replica")
    yield superuser
    superuser.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def sealed() -> list[Entry]:
    """Seven sealed entries under two heads."""
    entries = [note(number) for number in range(4)]
    seal_all()
    entries += [note(number) for number in range(4, 7)]
    seal_all(at=AT + timedelta(minutes=1))
    return entries


@pytest.mark.parametrize("chunk", [1, 3, 4, 2_000])
def test_what_nobody_touched_is_whole_at_every_size(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(proof, "CHUNK", chunk)
    assert faults() == []
    for number in range(17):
        note(number)
        assert faults() == []  # it waits
        seal_all()
        assert faults() == []  # it is sealed


def test_verify_says_that_all_is_whole(sealed: list[Entry]) -> None:
    out = StringIO()
    call_command("verify", stdout=out)
    assert f"{len(sealed)} leaves" in out.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        "event = 'trail.test.forged'",
        "at = at + interval '1 microsecond'",
        "facts = facts || '{\"number\": 77}'",
        "actor_kind = 'citizen'",
        "subject_key = '\\x00112233445566778899aabbccddeeff'",
        "salt = '\\x00'",
        "leaf = '\\x00'",
    ],
)
def test_verify_names_the_row_that_a_superuser_altered(sealed: list[Entry], superuser: Superuser, change: str) -> None:
    victim = sealed[2].pk
    with behind_the_back(superuser):
        superuser.execute(f"UPDATE trail_entry SET {change} WHERE id = %s", [victim])
    err = StringIO()
    with pytest.raises(CommandError, match=str(victim)):
        call_command("verify", stderr=err)
    assert all(str(other.pk) not in err.getvalue() for other in sealed if other.pk != victim)


def test_verify_names_a_row_that_is_gone(sealed: list[Entry], superuser: Superuser) -> None:
    with behind_the_back(superuser):
        superuser.execute("DELETE FROM trail_entry WHERE id = %s", [sealed[0].pk])
    assert faults() == [f"trail_entry {sealed[0].pk} (position 0): the row is gone"]


def test_verify_names_a_row_that_came_in_behind_the_back(sealed: list[Entry], superuser: Superuser) -> None:
    with behind_the_back(superuser):
        superuser.execute(
            "INSERT INTO trail_entry SELECT (jsonb_populate_record(e, "
            "jsonb_build_object('id', gen_random_uuid()))).* FROM trail_entry e WHERE id = %s RETURNING id",
            [sealed[0].pk],
        )
    found = faults()
    assert any("never given to the tree" in fault for fault in found)


def test_verify_names_a_waiting_row_that_was_altered(superuser: Superuser) -> None:
    entry = note()
    with behind_the_back(superuser):
        superuser.execute("UPDATE trail_entry SET event = 'trail.test.forged' WHERE id = %s", [entry.pk])
    assert faults() == [f"trail_entry {entry.pk} (not yet sealed): the row is gone or not what was written"]


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE trail_leaf SET hash = sha256('x') WHERE position = 1", "position 1"),
        ("UPDATE trail_node SET hash = sha256('x') WHERE level = 2 AND index = 0", "trail_node 2/0"),
        ("DELETE FROM trail_node WHERE level = 1 AND index = 2", "trail_node 1/2"),
        ("UPDATE trail_head SET root = sha256('x') WHERE size = 4", "trail_head 4"),
        ("UPDATE trail_head SET at = at + interval '1 second' WHERE size = 7", "trail_head 7"),
        ("UPDATE trail_head SET signature = 'a.b.c' WHERE size = 7", "trail_head 7: the signature is not ours"),
        ("DELETE FROM trail_leaf WHERE position = 6", "trail_head 7: the tree is shorter"),
        ("DELETE FROM trail_leaf WHERE position = 2", "trail_leaf 2: the leaf at this position is gone"),
        ("DELETE FROM trail_head WHERE size = 7", "trail_leaf 4: no signed head covers this leaf"),
        ("UPDATE trail_leaf SET kind = 'x.y' WHERE position = 3", "nothing is known of the kind 'x.y'"),
    ],
)
def test_verify_names_what_is_wrong_with_the_tree(superuser: Superuser, statement: str, named: str) -> None:
    with behind_the_back(superuser):
        superuser.execute(statement)
    assert any(named in fault for fault in faults()), faults()


def test_a_head_that_is_sealed_between_two_reads_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    note(1)
    seal_all()
    whole = proof._chunks

    def sealing_meanwhile(below: int | None = None) -> Iterator[list[Leaf]]:
        def seal_more() -> None:
            note(2)
            seal_all()
            connection.close()

        if below is not None:  # the heads have been read
            with ThreadPoolExecutor(1) as pool:
                pool.submit(seal_more).result(40)
        yield from whole(below)

    monkeypatch.setattr(proof, "_chunks", sealing_meanwhile)
    assert faults() == []
