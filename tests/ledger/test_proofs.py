"""An event's proof stands on its own, and verification names the row that was altered."""

import json
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection

from portal.ledger import proofs, queries
from portal.ledger.models import NoteKind
from portal.trail import proof as verification
from portal.trail import sealing, tree
from portal.trail.actor import acting_as, database_role
from tests.ledger.factories import (
    AT,
    OTHER,
    as_person,
    client,
    event_row,
    events_of,
    holding_row,
    key_of,
    many_events,
    note,
    report,
    report_held,
    town,
)

pytestmark = pytest.mark.django_db


def proven() -> dict[str, Any]:
    with acting_as(as_person()):
        return proofs.proof_of(queries.event(key_of(), events_of()[0].id))


@pytest.fixture
def document() -> dict[str, Any]:
    dataset, _ = town()
    report(dataset.agency, *many_events(5), event_row("r-2", subject=OTHER), event_row("r-3", subject=OTHER))
    return proven()


def _seal() -> None:
    """What the sequencer does once the transaction that brought the rows is over; here it never is."""
    with acting_as(as_person()), database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE trail_pending SET xid = '3'")
    assert sealing.seal(at=AT)


def test_a_proof_leads_from_the_row_to_a_signed_head_by_hashing_alone(document: dict[str, Any]) -> None:
    assert document["head"] is None
    assert proofs.faults_of(document) == ["The batch has not been sealed yet. Get the proof again in a minute."]
    _seal()
    document = proven()
    assert proofs.faults_of(json.loads(json.dumps(document))) == []
    event, batch, head = document["event"], document["batch"], document["head"]
    leaf = sha256(b"\x00" + event["form"].encode()).digest()
    assert json.loads(event["form"])["reference"].startswith("m-")
    path = [bytes.fromhex(step) for step in batch["path"]]
    assert tree.included(leaf, batch["position"], batch["size"], path, bytes.fromhex(batch["root"]))
    assert json.loads(batch["form"])["root"] == batch["root"]
    leaf = sha256(b"\x00" + batch["form"].encode()).digest()
    path = [bytes.fromhex(step) for step in head["path"]]
    assert tree.included(leaf, head["position"], head["size"], path, bytes.fromhex(head["root"]))


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize(
    "change",
    [
        ("event", "form", "{}"),
        ("batch", "root", "00" * 32),
        ("batch", "path", []),
        ("batch", "form", '{"root":""}'),
        ("batch", "position", 6),
        ("head", "root", "00" * 32),
        ("head", "size", 1),
        ("head", "at", "2020-01-01T00:00:00.000000Z"),
        ("head", "signature", "x.y.z"),
    ],
)
def test_a_proof_that_was_altered_anywhere_proves_nothing(change: tuple[str, str, Any]) -> None:
    _seal()
    altered = deepcopy(proven())
    part, name, value = change
    altered[part][name] = value
    assert proofs.faults_of(altered)


@pytest.mark.parametrize("document", [{}, {"event": 1}, {"event": {}, "batch": {}, "head": {}}])
def test_what_is_no_proof_is_said_to_be_none(document: dict[str, Any]) -> None:
    assert proofs.faults_of(document) == ["This is not a proof of ours, or a part of it is missing."]


def test_both_agencies_can_prove_an_event() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    _seal()
    for agency in (dataset.agency, recipient):
        with acting_as(client(agency)):
            event = queries.event_of_agency(events_of()[0].id, agency.pk)
            assert proofs.faults_of(proofs.proof_of(event)) == []


TAMPERING = [
    ("UPDATE ledger_sharingevent SET purpose_en = 'another'", "ledger_sharingevent {event}: the row is not what was"),
    ("UPDATE ledger_sharingevent SET leaf = salt || salt", "ledger_sharingevent {event}: the row is not what was"),
    ("DELETE FROM ledger_sharingevent", "its rows are gone"),
    ("UPDATE ledger_sharingnote SET text = 'never mind'", "ledger_sharingnote {note}: the row is not what was sealed"),
    ("UPDATE ledger_holdingchange SET since = NULL", "ledger_holdingchange"),
    ("UPDATE ledger_batch SET accepted = accepted - 1, duplicates = 1 WHERE kind = 'events'", "ledger_batch"),
    ("DELETE FROM ledger_batch WHERE kind = 'events'", "the row is gone"),
]


@pytest.mark.parametrize(("command", "fault"), TAMPERING)
def test_verification_names_the_row_that_was_altered(command: str, fault: str) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    said = note(event.id, NoteKind.UNLAWFUL)
    report_held(dataset.agency, holding_row())
    _seal()
    assert list(verification.faults()) == []
    with database_role("portal_owner"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ledger_sharingevent", "ledger_sharingnote", "ledger_holdingchange", "ledger_batch"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(command)
    found = [str(item) for item in verification.faults()]
    assert any(fault.format(event=event.id, note=said.id) in item for item in found), found
