"""Writing the trail: in the act's own transaction, once, and never changed again."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal.trail import actions, queries
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.errors import Invalid
from portal.trail.ids import new_id
from portal.trail.models import Entry, Head, Leaf, Node
from tests.trail.sealed import AT, note, waiting

pytestmark = pytest.mark.django_db
SUBJECT = bytes(range(16))
TABLES = ("trail_entry", "trail_leaf", "trail_node", "trail_head")
AsOwner = Callable[[], AbstractContextManager[None]]


def test_an_entry_says_who_did_what_to_which_thing_when_and_for_whom(as_owner: AsOwner) -> None:
    agency, user, other = new_id(), new_id(), bytes(16)
    actor = Actor(kind=Actor.clerk(user, agency).kind, user_id=user, agency_id=agency, on_behalf_of=other)
    thing = Head(size=7)
    with acting_as(actor):
        written = actions.record(
            "trail.head.shown", actor=actor, at=AT, about=thing, subject=SUBJECT, agency=agency, pages=[1, 2], when=AT
        )
    with as_owner():
        entry = Entry.objects.get(pk=written.pk)
    assert (entry.event, entry.at, entry.actor_kind, entry.actor_user) == ("trail.head.shown", AT, "clerk", user)
    assert (entry.actor_agency, entry.on_behalf_of, entry.subject_key, entry.agency_id) == (
        agency,
        other,
        SUBJECT,
        agency,
    )
    assert (entry.about_kind, entry.about_id) == ("trail.Head", "7")
    assert entry.facts == {"pages": [1, 2], "when": "2026-11-24T01:00:00.000000Z"}


def test_a_thing_with_a_key_of_several_parts_is_named_by_all_of_them() -> None:
    entry = note(about=Node(level=2, index=9))
    assert entry.about_id == "2/9"


def test_the_leaf_is_that_of_the_row_as_it_is_read_back(as_owner: AsOwner) -> None:
    written = note(
        3, subject=SUBJECT, words="查阅 “quoted” \\ \n", big=2**60, nothing=None, nested={"b": [True], "a": 1}
    )
    with as_owner():
        entry = Entry.objects.get(pk=written.pk)
    assert queries.leaf_of(entry) == entry.leaf == written.leaf


def test_a_leaf_can_be_computed_with_a_page_of_documentation_alone(as_owner: AsOwner) -> None:
    # What an outside verifier does, with none of the portal's code: see the docstring of portal.trail.canonical.
    written = note(3, subject=SUBJECT, words="查阅", many=[1, None, True])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, at AT TIME ZONE 'UTC', event, actor_kind, actor_user, actor_agency, actor_client,"
            " on_behalf_of, about_kind, about_id, subject_key, agency_id, facts::text, salt, leaf"
            " FROM trail_entry WHERE id = %s",
            [written.pk],
        )
        row = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    form = {
        "schema": "trail.entry/1",
        "id": str(row["id"]),
        "at": row["timezone"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event": row["event"],
        "actor_kind": row["actor_kind"],
        "actor_user": str(row["actor_user"]),
        "actor_agency": None,
        "actor_client": "",
        "on_behalf_of": None,
        "about_kind": "",
        "about_id": "",
        "subject_key": bytes(row["subject_key"]).hex(),
        "agency_id": None,
        "facts": json.loads(row["facts"]),
        "salt": bytes(row["salt"]).hex(),
    }
    data = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert hashlib.sha256(b"\x00" + data).digest() == bytes(row["leaf"])


def test_two_alike_acts_have_different_leaves() -> None:
    assert note(1).leaf != note(1).leaf


def test_every_entry_waits_for_its_place_in_the_tree() -> None:
    before = waiting()
    note()
    note()
    assert waiting() == before + 2


def test_an_act_that_fails_leaves_neither_entry_nor_leaf(as_owner: AsOwner) -> None:
    def act() -> None:
        with acting_as(Actor.visitor()) as actor:
            actions.record("trail.test.noted", actor=actor, at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    with as_owner():
        assert not Entry.objects.exists()
    assert waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(RuntimeError, match="transaction of the act"):
        actions.record("trail.test.noted", actor=Actor.visitor(), at=AT)


@pytest.mark.parametrize("event", ["noted", "trail.noted", "Trail.Test.Noted", "trail.test noted.x", "a.b.c.d.e"])
def test_an_event_is_named_app_noun_participle(event: str) -> None:
    with pytest.raises(IntegrityError), acting_as(Actor.visitor()) as actor, transaction.atomic():
        actions.record(event, actor=actor, at=AT)


def test_a_fact_that_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        note(weight=1.5)


def test_a_leaf_is_thirty_two_bytes() -> None:
    with pytest.raises(Invalid), acting_as(Actor.visitor()):
        actions.put_pending("trail.entry", new_id(), b"short")


# ---------------------------------------------------------------- never changed again, even by the owner


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_owner_changes_no_row_of_the_trail(as_owner: AsOwner, verb: str) -> None:
    note()
    with as_owner():
        Leaf.objects.create(position=0, kind="x", row_id=new_id(), hash=bytes(32))
        Node.objects.create(level=1, index=0, hash=bytes(32))
        Head.objects.create(size=1, root=bytes(32), at=AT, signature="x")
    columns = {"trail_entry": "event", "trail_leaf": "kind", "trail_node": "hash", "trail_head": "signature"}
    for table in TABLES:
        column = columns[table]
        with (
            pytest.raises(DatabaseError, match="pgtrigger"),
            transaction.atomic(),
            as_owner(),
            connection.cursor() as at,
        ):
            at.execute(verb.format(table, column, column))


@pytest.mark.parametrize("table", TABLES)
def test_the_owner_empties_no_table_of_the_trail(as_owner: AsOwner, table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), as_owner(), connection.cursor() as at:
        at.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("role", ["portal_web", "portal_worker", "portal_sealer", "portal_verifier"])
def test_no_role_of_ours_may_change_an_entry(role: str) -> None:
    note()
    for statement in ("UPDATE trail_entry SET event = 'a.b.c'", "DELETE FROM trail_entry"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            database_role(role),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.parametrize("role", ["portal_sealer", "portal_retention", "portal_ingest"])
def test_the_narrow_roles_read_no_entry(role: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        database_role(role),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM trail_entry")


@pytest.mark.parametrize("table", ["trail_leaf", "trail_node", "trail_head"])
@pytest.mark.parametrize("role", ["portal_web", "portal_worker", "portal_verifier"])
def test_the_sealer_alone_writes_the_tree(role: str, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        database_role(role),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}")
