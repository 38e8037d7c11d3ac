"""What the database itself shows and allows."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from portal.ledger import queries
from portal.ledger.models import (
    Batch,
    Holding,
    HoldingChange,
    NoteKind,
    PublicFlow,
    SharingEvent,
    SharingNote,
)
from portal.trail.actor import Actor, acting_as, database_role
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    OTHER,
    as_person,
    client,
    event_row,
    events_of,
    holding_row,
    key_of,
    note,
    report,
    report_held,
    town,
)

pytestmark = pytest.mark.django_db
ROWS = (Holding, HoldingChange, SharingEvent, SharingNote, Batch)


@pytest.fixture
def _filled() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row(), event_row("r-2", subject=OTHER))
    report_held(dataset.agency, holding_row(), holding_row(subject=OTHER))
    note(events_of()[0].id, NoteKind.UNLAWFUL)


def counts(actor: Actor) -> list[int]:
    with acting_as(actor):
        return [model.objects.count() for model in ROWS]


@pytest.mark.usefixtures("_filled")
def test_a_citizen_sees_own_rows_only() -> None:
    assert counts(as_person()) == [1, 1, 1, 1, 3]
    assert counts(as_person(OTHER)) == [1, 1, 1, 0, 2]


@pytest.mark.usefixtures("_filled")
def test_both_agencies_see_their_events_and_nobody_elses() -> None:
    assert counts(client(catalogue.agency("tax"))) == [2, 2, 2, 1, 2]
    assert counts(client(catalogue.agency("housing"))) == [0, 0, 2, 1, 1]
    assert counts(client(catalogue.agency("school"))) == [0, 0, 0, 0, 0]


@pytest.mark.usefixtures("_filled")
def test_the_regulator_and_the_portal_see_all_and_others_nothing() -> None:
    for actor in (Actor.regulator(uuid4()), Actor.portal()):
        assert counts(actor) == [2, 2, 2, 1, 3]
    for actor in (Actor.visitor(), Actor.gate(), Actor.authority(uuid4())):
        assert counts(actor) == [0, 0, 0, 0, 0]


@pytest.mark.usefixtures("_filled")
def test_without_an_actor_there_is_nothing() -> None:
    assert [model.objects.count() for model in ROWS] == [0, 0, 0, 0, 0]


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize(
    "command",
    [
        "UPDATE ledger_sharingevent SET purpose_zh = ''",
        "DELETE FROM ledger_sharingevent",
        "INSERT INTO ledger_batch SELECT * FROM ledger_batch",
        "DELETE FROM ledger_sharingnote",
        "UPDATE ledger_batch SET accepted = 0",
        "DELETE FROM ledger_holding",
        "DELETE FROM ledger_publicflow",
        "SELECT * FROM ledger_sharingevent_2026h2",
        "SELECT ledger_make_partitions('2030-01-01')",
    ],
)
def test_the_site_may_neither_change_nor_go_round(command: str) -> None:
    with acting_as(as_person()), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(command)


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize("table", ["ledger_sharingevent", "ledger_sharingnote", "ledger_holdingchange", "ledger_batch"])
def test_rows_are_append_only_even_for_their_owner(table: str) -> None:
    connection.check_constraints()  # PostgreSQL truncates no table that still has checks to come
    for command in (f"UPDATE {table} SET salt = '\\x00'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with database_role("portal_owner"), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            connection.cursor().execute(command)


@pytest.mark.usefixtures("_filled")
def test_the_ingest_role_reads_nothing_of_a_person() -> None:
    with database_role("portal_ingest"), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("SELECT purpose_zh FROM ledger_sharingevent")


@pytest.mark.usefixtures("_filled")
def test_an_agency_writes_no_holding_of_another() -> None:
    with acting_as(client(catalogue.agency("housing"))), transaction.atomic():
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Holding.objects.create(
                subject_key=key_of(),
                dataset=catalogue.published("housing.loans", of=catalogue.agency("housing")),
                agency=catalogue.agency("tax"),
                updated_at=AT,
            )
        assert Holding.objects.update(items=["x"]) == 0


def test_public_figures_are_for_everybody_and_written_by_the_portal() -> None:
    agency = catalogue.agency("tax")
    with acting_as(Actor.portal()):
        PublicFlow.objects.create(month=AT.date().replace(day=1), provider=agency, sent=3)
    with acting_as(Actor.visitor()):
        assert [flow.sent for flow in queries.public_flows()] == [3]
        assert queries.reporting_agencies() == {agency.pk}
