"""What departments report: taken, counted once, or refused row by row."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.ledger import actions, queries
from portal.ledger.errors import NoRows, TooManyRows, UnknownEvent
from portal.ledger.ids import event_id
from portal.ledger.models import Batch, HoldingChange, NoteKind, SharingEvent
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Invalid, NotPermitted
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    OTHER,
    PERSON,
    agreement,
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
from tests.people import number

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_as_it_was_told() -> None:
    dataset, recipient = town()
    told = agreement(dataset, recipient)
    outcome = report(dataset.agency, event_row(agreement=told.code, citation="Rules, 24", use_until="2027-01-01"))
    assert (outcome.accepted, outcome.duplicates, outcome.rejected) == (1, 0, [])
    (event,) = events_of()
    assert event.id == event_id(dataset.agency_id, "r-1", event.occurred_at)
    assert (event.provider_id, event.recipient_id, event.dataset_id) == (dataset.agency_id, recipient.pk, dataset.pk)
    assert (event.agreement_id, event.items, event.citation) == (told.pk, ["income"], "Rules, 24")
    assert (event.recorded_at, event.batch_id) == (AT, outcome.batch)


def test_the_same_event_again_counts_once_also_within_a_call() -> None:
    dataset, _ = town()
    first = report(dataset.agency, event_row(), event_row(), event_row("r-2"))
    again = report(dataset.agency, event_row(), event_row("r-3"))
    assert (first.accepted, first.duplicates) == (2, 1)
    assert (again.accepted, again.duplicates) == (1, 1)
    assert len(events_of()) == 3


def test_many_rows_and_few_take_the_same_care() -> None:
    dataset, _ = town()
    rows = many_events(60)
    assert report(dataset.agency, *rows, *rows[:5]).accepted == 60
    assert report(dataset.agency, *rows).duplicates == 60
    assert len(events_of()) == 60


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"subject": "110101198805170071"}, "/subject", "unknown-subject"),
        ({"dataset": "tax.unknown"}, "/dataset", "unknown-dataset"),
        ({"dataset": "housing.loans"}, "/dataset", "foreign-dataset"),
        ({"items": ["income", "shoe-size"]}, "/items/1", "unknown-item"),
        ({"recipient": "nobody"}, "/recipient", "unknown-agency"),
        ({"agreement": "A-404"}, "/agreement", "unknown-agreement"),
    ],
)
def test_a_row_that_names_what_is_not_there_is_refused_and_the_others_stand(
    changes: dict[str, Any], pointer: str, code: str
) -> None:
    dataset, recipient = town()
    catalogue.published("housing.loans", of=recipient)
    outcome = report(dataset.agency, event_row(**changes), event_row("r-2"))
    assert outcome.accepted == 1
    (rejection,) = outcome.rejected
    assert (rejection.index, rejection.pointer, rejection.code) == (0, pointer, code)
    assert rejection.detail


def test_a_dataset_that_waits_for_approval_takes_no_reports() -> None:
    dataset, _ = town()
    catalogue.proposed("tax.new", of=dataset.agency)
    (rejection,) = report(dataset.agency, event_row(dataset="tax.new")).rejected
    assert rejection.code == "dataset-not-published"


def test_a_call_of_no_row_or_too_many_stores_nothing() -> None:
    dataset, _ = town()
    with pytest.raises(NoRows):
        report(dataset.agency)
    with pytest.raises(TooManyRows):
        report(dataset.agency, *({} for _ in range(10_001)))
    with acting_as(Actor.portal()):
        assert not Batch.objects.exists()


@pytest.mark.parametrize("actor", [Actor.visitor(), Actor.portal(), Actor.citizen(catalogue.NAMES, b"1" * 16)])
def test_only_departments_report(actor: Actor) -> None:
    with acting_as(actor), pytest.raises(NotPermitted):
        actions.report_events([event_row()], actor=actor, at=AT)
    with acting_as(actor), pytest.raises(NotPermitted):
        actions.report_holdings([holding_row()], actor=actor, at=AT)


def test_a_call_leaves_its_batch_a_trail_entry_a_leaf_and_news() -> None:
    dataset, _ = town()
    outcome = report(dataset.agency, event_row(), event_row("r-2", depth="?"))
    with acting_as(Actor.portal()):
        batch = Batch.objects.get(pk=outcome.batch)
        assert (batch.size, batch.accepted, batch.duplicates, len(batch.rejected)) == (2, 1, 0, 1)
        assert batch.rejected[0]["pointer"] == "/depth"
        entry = Entry.objects.get(event="ledger.batch.reported")
        assert (entry.about_id, entry.agency_id) == (str(batch.pk), dataset.agency_id)
        assert entry.facts == {"rows": "events", "accepted": 1, "duplicates": 0, "rejected": 1}
        messages = Message.objects.filter(topic="ledger.events.stored")
        assert {message.payload["batch_id"] for message in messages} == {str(batch.pk)}


def test_nobody_hears_of_a_call_that_brought_nothing_new() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    with acting_as(Actor.portal()):
        before = Message.objects.filter(topic="ledger.events.stored").count()
    report(dataset.agency, event_row())
    with acting_as(Actor.portal()):
        assert Message.objects.filter(topic="ledger.events.stored").count() == before


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    dataset, recipient = town()
    agreement(dataset, recipient, code="A-1")

    def queries_for(count: int, start: int) -> int:
        rows = [
            event_row(f"q-{start + place}", subject=number(100 + start + place), agreement="A-1")
            for place in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert report(dataset.agency, *rows).accepted == count
        return len(captured)

    assert queries_for(25, 0) == queries_for(250, 1000)


def test_a_holding_is_stored_with_its_history() -> None:
    dataset, _ = town()
    assert report_held(dataset.agency, holding_row()).accepted == 1
    assert report_held(dataset.agency, holding_row()).duplicates == 1
    assert report_held(dataset.agency, holding_row(items=["income", "year"])).accepted == 1
    with acting_as(as_person()):
        (holding,) = queries.holdings_of(key_of())
        assert holding.items == ["income", "year"]
        changes = HoldingChange.objects.order_by("id")
        assert [change.items for change in changes] == [["income"], ["income", "year"]]


def test_a_holding_that_ended_is_told_as_ended() -> None:
    dataset, _ = town()
    report_held(dataset.agency, holding_row())
    report_held(dataset.agency, holding_row(until="2026-01-01"))
    with acting_as(as_person()):
        (holder,) = queries.holders_of(key_of())
    assert (holder.agency_id, holder.dataset_id, str(holder.until)) == (dataset.agency_id, dataset.pk, "2026-01-01")


def test_a_call_names_a_person_and_dataset_once() -> None:
    dataset, _ = town()
    outcome = report_held(dataset.agency, holding_row(), holding_row(since="2021-01-01"), holding_row(subject=OTHER))
    assert outcome.accepted == 2
    assert [(rejection.index, rejection.code) for rejection in outcome.rejected] == [(1, "repeated-in-call")]


def test_a_share_is_recorded_once_with_its_decision() -> None:
    dataset, _ = town()
    fields = event_row(subject=None)
    with acting_as(client(dataset.agency)) as actor:
        first = actions.record_share(fields, subject_key=key_of(), actor=actor, at=AT)
        again = actions.record_share(fields, subject_key=key_of(), actor=actor, at=AT)
    assert (first.is_new, again.is_new, first.id == again.id) == (True, False, True)
    assert [event.id for event in events_of()] == [first.id]


def test_a_share_that_is_wrong_says_where() -> None:
    dataset, _ = town()
    with acting_as(client(dataset.agency)) as actor, pytest.raises(Invalid) as caught:
        actions.record_share(event_row(subject=None, depth="x"), subject_key=key_of(), actor=actor, at=AT)
    assert caught.value.field == "depth"


def test_the_recipient_says_what_it_destroyed_and_the_provider_what_was_wrong() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    with acting_as(client(recipient)) as actor:
        actions.add_note(event.id, NoteKind.DISPOSAL, text="Erased.", evidence="log 12", actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            actions.add_note(event.id, NoteKind.CORRECTION, text="Wrong.", actor=actor, at=AT)
    with acting_as(client(dataset.agency)) as actor:
        actions.add_note(event.id, NoteKind.CORRECTION, text="It was 2025.", actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            actions.add_note(event.id, NoteKind.UNLAWFUL, text="Yes.", actor=actor, at=AT)
        with pytest.raises(Invalid):
            actions.add_note(event.id, NoteKind.CORRECTION, text=" ", actor=actor, at=AT)
    with acting_as(as_person()):
        said = queries.notes_of(key_of(), [event.id])[event.id]
    assert [entry.kind for entry in said] == ["disposal", "correction"]


def test_a_stranger_says_nothing_of_an_event() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    with acting_as(client(catalogue.agency("school"))) as actor, pytest.raises(UnknownEvent):
        actions.add_note(events_of()[0].id, NoteKind.DISPOSAL, text="Erased.", actor=actor, at=AT)


def test_what_the_portal_says_names_the_person() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    assert note(events_of()[0].id, NoteKind.UNLAWFUL).author_kind == "portal"


def test_recipients_of_a_dataset_are_those_that_were_sent_it() -> None:
    dataset, recipient = town()
    catalogue.agency("school")
    report(
        dataset.agency,
        event_row(),
        event_row("r-2", recipient="school", outcome="denied"),
        event_row("r-3", recipient=None, recipient_name="Company X"),
    )
    with acting_as(as_person()):
        assert queries.recipients_of(key_of(PERSON), dataset.pk) == {recipient.pk}
        assert SharingEvent.objects.filter(recipient=None).get().to_whom == "Company X"
