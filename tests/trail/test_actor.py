"""The actor of a transaction: without one no row, with one their own, and the web never becomes the worker."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from portal.trail.actor import Actor, NoActor, acting_as, become, current, database_role, streaming
from portal.trail.ids import new_id
from portal.trail.models import Entry
from tests.plugin import DATABASE, RUNNING
from tests.trail.sealed import note

pytestmark = pytest.mark.django_db
ANNA, BEN = bytes(15) + b"\x01", bytes(15) + b"\x02"
TAX, HEALTH = new_id(), new_id()


def citizen(subject: bytes) -> Actor:
    return Actor.citizen(new_id(), subject)


def told() -> tuple[str, str, str, str]:
    """What the database knows of the actor, and the role it runs as."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(portal_actor(), ''), coalesce(encode(portal_subject(), 'hex'), ''),"
            " coalesce(portal_agency()::text, ''), current_user"
        )
        row: tuple[str, str, str, str] = cursor.fetchone()
        return row


@pytest.fixture
def entries() -> None:
    for number, (subject, agency) in enumerate([(ANNA, TAX), (BEN, TAX), (ANNA, HEALTH), (None, None)]):
        note(number, subject=subject, agency=agency)


def seen(actor: Actor | None) -> set[int]:
    if actor is None:
        return {entry.facts["number"] for entry in Entry.objects.all()}
    with acting_as(actor):
        return {entry.facts["number"] for entry in Entry.objects.all()}


# ---------------------------------------------------------------- who sees what


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("actor", "numbers"),
    [
        (None, set()),
        (Actor.visitor(), set()),
        (Actor.gate(), set()),
        (Actor.authority(new_id()), set()),
        (citizen(ANNA), {0, 2}),
        (citizen(BEN), {1}),
        (citizen(bytes(16)), set()),
        (Actor.clerk(new_id(), TAX), {0, 1}),
        (Actor.client("system", HEALTH), {2}),
        (Actor.clerk(new_id(), new_id()), set()),
        (Actor.regulator(new_id()), {0, 1, 2, 3}),
        (Actor.portal(), {0, 1, 2, 3}),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Actor) else None,
)
def test_everybody_sees_their_own_rows_and_nobody_sees_any_without_an_actor(
    actor: Actor | None, numbers: set[int]
) -> None:
    assert seen(actor) == numbers


def test_an_agency_sees_what_its_own_people_did() -> None:
    note(7, actor=Actor.clerk(new_id(), TAX))
    assert seen(Actor.client("system", TAX)) == {7}


def test_an_entry_is_written_in_nobody_elses_name(as_owner: object) -> None:
    forged = Actor.regulator(new_id())
    with pytest.raises(DatabaseError), acting_as(citizen(ANNA)), transaction.atomic():
        Entry.objects.create(at="2026-11-24T00:00:00Z", event="a.b.c", actor_kind=forged.kind, salt=b"", leaf=b"")


# ---------------------------------------------------------------- one after another, one within another


def test_code_that_needs_an_actor_says_so_when_there_is_none() -> None:
    with pytest.raises(NoActor):
        current()


def test_the_actor_is_gone_when_their_transaction_is() -> None:
    with acting_as(citizen(ANNA)):
        assert told()[:2] == ("citizen", ANNA.hex())
    assert told()[:3] == ("", "", "")


def test_nested_acting_restores_who_acted_before() -> None:
    clerk = Actor.clerk(new_id(), TAX)
    with acting_as(citizen(ANNA)) as anna:
        with acting_as(clerk):
            assert current() == clerk
            assert told()[:3] == ("clerk", "", str(TAX))
            with acting_as(Actor.portal()):
                assert told() == ("portal", "", "", "portal_worker")
            assert told() == ("clerk", "", str(TAX), "portal_web")
        assert current() == anna
        assert told()[:3] == ("citizen", ANNA.hex(), "")


@pytest.mark.parametrize("fail", ["in Python", "in SQL", "by asking for a rollback"])
def test_a_failure_within_restores_who_acted_before(fail: str) -> None:
    with acting_as(citizen(ANNA)) as anna:
        try:
            with acting_as(Actor.portal()):
                if fail == "in Python":
                    raise ZeroDivisionError
                if fail == "in SQL":
                    Entry.objects.raw("SELECT 1/0 AS id")[0]
                transaction.set_rollback(True)
        except (ZeroDivisionError, DatabaseError):
            pass
        assert current() == anna
        assert told() == ("citizen", ANNA.hex(), "", "portal_web")


def test_a_caller_who_is_known_late_becomes_the_actor_for_the_rest() -> None:
    with acting_as(Actor.gate()):
        become(Actor.client("system", TAX))
        assert current().agency_id == TAX
        assert told()[:3] == ("client", "", str(TAX))
    assert told()[:3] == ("", "", "")
    with pytest.raises(NoActor):
        become(Actor.visitor())


@pytest.mark.usefixtures("entries")
def test_a_streamed_answer_is_drawn_as_its_actor() -> None:
    rows = streaming(citizen(BEN), (entry.facts["number"] for entry in Entry.objects.iterator()))
    assert list(rows) == [1]
    assert told()[0] == ""


def test_a_narrower_role_is_left_again() -> None:
    with acting_as(Actor.portal()):
        with database_role("portal_verifier"):
            assert told()[3] == "portal_verifier"
        assert told()[3] == "portal_worker"


# ---------------------------------------------------------------- the web's own connection


@pytest.fixture
def web() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection as the site itself has it in production."""
    with psycopg.connect(RUNNING.url("portal_web", DATABASE)) as raw:
        yield raw


@pytest.mark.parametrize(
    "role", ["portal_worker", "portal_owner", "portal_sealer", "portal_verifier", "portal_retention", "portal_backup"]
)
def test_the_web_role_becomes_no_stronger_one(web: psycopg.Connection[tuple[object, ...]], role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied to set role"):
        web.execute("SELECT set_config('role', %s, true)", [role])


def test_the_web_role_sees_nothing_by_calling_itself_the_portal(web: psycopg.Connection[tuple[object, ...]]) -> None:
    web.execute("SELECT set_config('portal.actor', 'portal', true)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("SELECT * FROM outbox_message")
    web.rollback()
    web.execute("SELECT set_config('portal.actor', 'portal', true)")
    assert web.execute("SELECT * FROM trail_entry").fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entry SET event = 'a.b.c'",
        "DELETE FROM trail_entry",
        "TRUNCATE trail_entry",
        "INSERT INTO trail_leaf VALUES (0, 'x', gen_random_uuid(), '')",
        "UPDATE trail_head SET size = 1",
        "DELETE FROM trail_node",
        "SELECT * FROM trail_pending",
        "DELETE FROM trail_pending",
        "DROP TABLE trail_entry",
        "ALTER TABLE trail_entry DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
    ],
)
def test_the_web_role_has_no_privilege_to_alter_the_trail(
    web: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute(statement)
