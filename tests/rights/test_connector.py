"""The connector against a real database: what it collects and plans, and that it changes only what two approved."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.test import override_settings

from portal.accounts.models import User
from portal.outbox.errors import AddressRefused
from portal.outbox.models import Message, MessageState
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from portal.trail.models import Entry
from rights import files
from rights.actions import connecting
from rights.connector import mapping, reading, serving, writing
from rights.connector.errors import MappingRefused, NoConnector, NothingToChange, RowsMoved
from rights.errors import SamePerson
from rights.models import Connector, Execution, Kind, Part, PartFile
from rights.states import EXECUTION_MOVES, ExecutionState
from tests import people
from tests.rights import department
from tests.rights import factories as town
from tests.rights.factories import AT

pytestmark = pytest.mark.django_db
ZHANG = {"email": "zhang@example.org"}
TASKS = {"rights.collect": serving.collect, "rights.plan_change": serving.plan, "rights.run_change": serving.run}


@pytest.fixture
def shop() -> Iterator[psycopg.Connection[Any]]:
    with override_settings(PORTAL_DEMO=True), department.database() as raw:
        yield raw


@pytest.fixture
def reader(shop: psycopg.Connection[Any]) -> Iterator[reading.Connection]:
    with reading.connect(department.url(department.READER), read_only=True) as raw:
        yield raw


MAPPING = mapping.of(department.DOCUMENT)


def administrator() -> Actor:
    found = User.objects.filter(username="administrator-tax").first()
    return people.as_clerk(found or people.administrator(town.tax()))


def desk() -> Actor:
    """A clerk who has an account, so that their look at somebody can be recorded."""
    found = User.objects.filter(username="desk-tax").first()
    return people.as_clerk(found or people.clerk(town.tax(), "desk"))


def connected(**changes: Any) -> Connector:
    given = {
        "mapping": department.DOCUMENT,
        "read_url": department.url(department.READER),
        "write_url": department.url(department.WRITER),
        **changes,
    }
    with acting_as(administrator()) as actor:
        return connecting.register_connector(town.dataset(), **given, actor=actor, at=AT)


def asked(kind: Kind) -> Part:
    """Somebody with an address in the shop asks the tax bureau, whose dataset has the connector."""
    user = people.with_mail(town.person())
    part = town.part(town.routed(user, kind=kind, words="My street is Lake Street."))
    connected()
    return part


def worked() -> None:
    """Do what the outbox has the connector do."""
    with acting_as(Actor.portal()):
        waiting = list(Message.objects.filter(state=MessageState.WAITING, task__in=TASKS))
    for message in waiting:
        TASKS[message.task](str(message.pk))
    with acting_as(Actor.portal()):
        assert not Message.objects.filter(state=MessageState.WAITING, task__in=TASKS).exists()


def planned(part: Part, **wanted: str) -> Execution:
    with acting_as(desk()) as clerk:
        named = {code.replace("__", "."): value for code, value in wanted.items()}
        execution = connecting.ask_change(part, wanted=named, actor=clerk, at=AT)
    worked()
    found: Execution = town.now(execution)
    return found


def approved(execution: Execution) -> Execution:
    for actor in (desk(), town.colleague(town.tax())):
        with acting_as(actor):
            execution = connecting.approve_change(execution, actor=actor, at=AT)
    return execution


# ------------------------------------------------------------------ mapping
def test_a_mapping_names_tables_keys_identities_and_joins() -> None:
    assert MAPPING.tables["customer"].keys == ("id",)
    assert MAPPING.tables["order_item"].keys == ("order_id", "product_id", "quantity")
    assert not MAPPING.tables["product"].is_personal
    order = [table.name for table in MAPPING.children_first()]
    assert order.index("order_item") < order.index("orders") < order.index("customer") < order.index("address")


def _without(change: Any) -> dict[str, Any]:
    document = deepcopy(department.DOCUMENT)
    change(document["dataset"][0]["collections"])
    return document


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"dataset": []},
        {"dataset": [{"collections": [{"fields": []}]}]},
        _without(lambda tables: tables.pop(0)),
        _without(lambda tables: [field.pop("fides_meta", None) for table in tables for field in table["fields"]]),
    ],
)
def test_a_mapping_that_finds_nobody_or_refers_to_nothing_is_refused(document: Any) -> None:
    with pytest.raises(MappingRefused):
        mapping.of(document)


# ------------------------------------------------------------------ reading
def test_a_persons_rows_are_collected_across_the_joins_and_nobody_elses(reader: reading.Connection) -> None:
    found = reading.collect(reader, MAPPING, ZHANG)
    counts = {name: len(rows) for name, rows in found.rows.items() if rows}
    assert counts == {
        "customer": 1, "address": 2, "payment_card": 1, "login": 2, "orders": 1, "order_item": 1, "product": 1,
    }  # fmt: skip
    given = reading.answer(MAPPING, found)
    assert {"customer.name": "Zhang San", "customer.email": ZHANG["email"]}.items() <= given[0].items()
    assert not any(key.startswith("product.") for row in given for key in row)
    assert reading.collect(reader, MAPPING, {"email": "'; DROP TABLE login; --"}).count == 0


def test_a_name_that_is_no_name_stays_a_name(reader: reading.Connection) -> None:
    evil = 'login"; DROP TABLE login; --'
    document = deepcopy(department.DOCUMENT)
    document["dataset"][0]["collections"][4]["name"] = evil
    with pytest.raises(psycopg.errors.UndefinedTable):
        reading.collect(reader, mapping.of(document), ZHANG)


def test_the_reading_credential_changes_nothing(reader: reading.Connection) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("DELETE FROM login")


@pytest.mark.usefixtures("shop")
def test_a_request_to_see_data_is_answered_from_the_database_and_the_look_is_recorded() -> None:
    part = asked(Kind.ACCESS)
    with acting_as(desk()) as clerk:
        connecting.ask_collection(part, actor=clerk, at=AT)
    worked()
    town.act("reply", part, outcome="fulfilled", text="Here.")
    with acting_as(town.owner_of(part.request)):
        (file,) = PartFile.objects.all()
    rows = json.loads(b"".join(files.opened(file.stored_as)))
    assert {"login.id", "login.customer_id", "login.time"} in [set(row) for row in rows]
    with acting_as(Actor.portal()):
        assert Entry.objects.filter(event="accounts.person.disclosed").count() == 1


def test_without_a_connector_or_for_another_right_nothing_is_collected() -> None:
    part = town.part()
    with acting_as(desk()) as clerk, pytest.raises(NoConnector):
        connecting.ask_collection(part, actor=clerk, at=AT)
    with acting_as(desk()) as clerk, pytest.raises(IllegalMove):
        connecting.ask_change(part, wanted={}, actor=clerk, at=AT)


# ------------------------------------------------------------------ changing
def test_a_correction_shows_the_difference_and_runs_when_two_approved(shop: psycopg.Connection[Any]) -> None:
    execution = planned(asked(Kind.CORRECTION), customer__name="Zhang Shan")
    assert (execution.state, execution.changes) == (ExecutionState.PROPOSED, 1)
    (change,) = writing.of(connecting.plan_text(execution))
    assert (change.before, change.after) == ({"name": "Zhang San"}, {"name": "Zhang Shan"})
    assert change.statement().as_string().startswith('UPDATE "customer" SET "name" = \'Zhang Shan\' WHERE "id"')
    assert shop.execute("SELECT name FROM customer WHERE id = 1").fetchone() == ("Zhang San",)
    approved(execution)
    worked()
    assert town.now(execution).state == ExecutionState.DONE
    assert shop.execute("SELECT name FROM customer ORDER BY id").fetchall() == [("Zhang Shan",), ("Li Si",)]
    assert shop.execute("SELECT id FROM my_data_rights_execution").fetchall() == [(execution.pk,)]
    steps = ("asked", "proposed", "approved_first", "approved", "started", "done")
    assert sorted(town.events(execution)) == sorted(f"rights.change.{step}" for step in steps)


def test_an_erasure_removes_the_persons_rows_and_spares_what_others_refer_to(shop: psycopg.Connection[Any]) -> None:
    execution = approved(planned(asked(Kind.ERASURE)))
    worked()
    assert town.now(execution).state == ExecutionState.DONE
    left = {
        table: [key for (key,) in shop.execute(f"SELECT {column} FROM {table} ORDER BY 1").fetchall()]
        for table, column in (
            ("customer", "id"),
            ("login", "id"),
            ("orders", "id"),
            ("address", "id"),
            ("product", "id"),
        )
    }
    assert left == {"customer": [2], "login": [3], "orders": [2], "address": [2, 3], "product": [1]}  # 2: an employee's


def test_one_person_does_not_approve_twice_and_nothing_runs_on_one_approval(shop: psycopg.Connection[Any]) -> None:
    execution = planned(asked(Kind.CORRECTION), customer__name="Zhang Shan")
    with acting_as(desk()) as clerk:
        connecting.approve_change(execution, actor=clerk, at=AT)
        with pytest.raises(SamePerson):
            connecting.approve_change(execution, actor=clerk, at=AT)
    worked()
    assert shop.execute("SELECT name FROM customer WHERE id = 1").fetchone() == ("Zhang San",)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="only_when_approved"), transaction.atomic():
        Execution.objects.filter(pk=execution.pk).update(state="approved")
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="two_people"), transaction.atomic():
        Execution.objects.filter(pk=execution.pk).update(second_approved_by=desk().user_id)


def test_a_row_that_moved_meanwhile_is_left_alone_and_so_is_everything_else(shop: psycopg.Connection[Any]) -> None:
    execution = approved(planned(asked(Kind.CORRECTION), customer__name="Zhang Shan", payment_card__name="My card"))
    shop.execute("UPDATE customer SET name = 'Zhang Si' WHERE id = 1")
    worked()
    ended = town.now(execution)
    assert (ended.state, ended.problem) == (ExecutionState.FAILED, "rows-moved")
    assert shop.execute("SELECT name FROM payment_card WHERE id = 'p1'").fetchone() == ("Card 1",)
    assert shop.execute("SELECT count(*) FROM my_data_rights_execution").fetchone() == (0,)


def test_a_worker_that_dies_after_the_remote_commit_runs_nothing_twice(shop: psycopg.Connection[Any]) -> None:
    execution = approved(planned(asked(Kind.CORRECTION), customer__name="Zhang Shan"))
    with acting_as(Actor.portal()):
        message = Message.objects.get(task="rights.run_change")
        task = serving._to_run(message, AT)
    assert task
    assert serving._run(task) is True  # and then it is killed, before it could say so
    shop.execute("UPDATE login SET customer_id = customer_id")
    assert town.now(execution).state == ExecutionState.STARTED
    worked()
    assert town.now(execution).state == ExecutionState.DONE
    assert shop.execute("SELECT count(*) FROM my_data_rights_execution").fetchone() == (1,)


def test_a_correction_without_a_difference_is_none(shop: psycopg.Connection[Any]) -> None:
    part = asked(Kind.CORRECTION)
    execution = planned(part, customer__name="Zhang San")
    assert (execution.state, execution.problem) == (ExecutionState.FAILED, "nothing-to-change")
    with acting_as(desk()) as clerk:
        with pytest.raises(NothingToChange):
            connecting.ask_change(part, wanted={}, actor=clerk, at=AT)
        with pytest.raises(MappingRefused):
            connecting.ask_change(part, wanted={"customer.salary": "1"}, actor=clerk, at=AT)
    assert shop.execute("SELECT count(*) FROM customer").fetchone() == (2,)


def test_a_plan_runs_once_under_its_key(shop: psycopg.Connection[Any]) -> None:
    change = writing.Change("customer", {"id": 1}, {"name": "Zhang San"}, {"name": "Zhang Shan"})
    key = uuid4()
    for expected in (True, False):
        with reading.connect(department.url(department.WRITER), read_only=False) as raw:
            assert writing.run(raw, key, [change]) is expected
    with reading.connect(department.url(department.WRITER), read_only=False) as raw, pytest.raises(RowsMoved):
        writing.run(raw, uuid4(), [change])
    assert shop.execute("SELECT count(*) FROM my_data_rights_execution").fetchone() == (1,)


# ------------------------------------------------------------------ who may, and what is kept
@pytest.mark.usefixtures("shop")
def test_only_the_agencys_administrator_registers_and_no_password_stands_in_the_clear() -> None:
    town.person()
    with acting_as(desk()) as clerk, pytest.raises(NotPermitted):
        connecting.register_connector(
            town.dataset(), mapping=department.DOCUMENT, read_url=department.url("x"), actor=clerk, at=AT
        )
    connector = connected(read_url="postgres://reader:secret@%2Ftmp/db")
    assert b"secret" not in bytes(connector.read_sealed)
    with acting_as(town.clerk(town.housing())):
        assert not Connector.objects.exists()


def test_a_database_inside_the_portals_own_network_is_refused() -> None:
    town.person()
    for address in ("postgres://reader@127.0.0.1/db", "postgres://reader@%2Ftmp/db", "postgres://a,b/db", "host=", "?"):
        with pytest.raises(AddressRefused):
            connected(read_url=address)


@pytest.mark.parametrize("before", ExecutionState)
@pytest.mark.parametrize("after", ExecutionState)
def test_a_change_takes_exactly_the_moves_of_its_table(before: ExecutionState, after: ExecutionState) -> None:
    execution = Execution(state=before)
    if after in EXECUTION_MOVES[before]:
        execution.move_to(after)
        assert execution.state == after
    else:
        with pytest.raises(IllegalMove):
            execution.move_to(after)
