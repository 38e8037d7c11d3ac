"""Whether what was shared rests on an agreement, and what the public sees of it."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.catalogue import actions as register
from portal.catalogue.models import DataItem
from portal.ledger import coverage, queries
from portal.ledger.models import NoteKind
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    agreement,
    as_person,
    client,
    event_row,
    key_of,
    many_events,
    report,
    town,
)

pytestmark = pytest.mark.django_db


def consume(task: str) -> None:
    """What the worker does with the messages of this task."""
    consumer: Any = {"ledger.check_coverage": coverage.check_coverage, "ledger.count_flows": coverage.count_flows}[task]
    with acting_as(Actor.portal()):
        for message in Message.objects.filter(task=task, state="waiting"):
            consumer(message, AT)
            Message.objects.filter(pk=message.pk).update(state="done", done_at=AT)


def flagged() -> set[str]:
    """The references of the person's flagged events."""
    with acting_as(as_person()):
        rows = queries.timeline(key_of(), queries.Filters(flagged=True)).events
        return {event.reference for event in rows}


def test_an_event_without_an_agreement_is_flagged() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    consume("ledger.check_coverage")
    assert flagged() == {"r-1"}


def test_an_agreement_covers_its_recipient_items_and_term() -> None:
    dataset, recipient = town()
    catalogue.agency("school")
    with acting_as(client(dataset.agency)):
        items = list(DataItem.objects.filter(dataset=dataset, code="income"))
    agreement(dataset, recipient, items=items, valid_until=date(2026, 11, 20))
    report(
        dataset.agency,
        event_row("covered"),
        event_row("last day", occurred_at="2026-11-20T23:59:00+08:00"),
        event_row("too late", occurred_at="2026-11-21T00:01:00+08:00"),
        event_row("too early", occurred_at="2023-12-31T23:00:00+08:00"),
        event_row("more items", items=["income", "year"]),
        event_row("everything", items=None),
        event_row("another", recipient="school"),
        event_row("company", recipient=None, recipient_name="Company X"),
    )
    consume("ledger.check_coverage")
    assert flagged() == {"too late", "too early", "more items", "everything", "another", "company"}


def test_what_was_shared_before_an_agreement_ended_stays_covered() -> None:
    dataset, recipient = town()
    ended = agreement(dataset, recipient)
    with acting_as(catalogue.clerk_of(dataset.agency)) as actor:
        register.end_agreement(ended, reasons="done", actor=actor, at=AT)
    report(
        dataset.agency,
        event_row("before"),
        event_row("after", occurred_at="2026-11-24T02:01:00Z"),
    )
    consume("ledger.check_coverage")
    assert flagged() == {"after"}


def test_denials_consents_and_own_use_need_no_agreement() -> None:
    dataset, _ = town()
    report(
        dataset.agency,
        event_row("denied", outcome="denied"),
        event_row("consent", legal_basis="consent", consent=str(uuid4())),
        event_row("own use", recipient="tax"),
    )
    consume("ledger.check_coverage")
    assert flagged() == set()


def test_an_event_is_flagged_once() -> None:
    dataset, _ = town()
    outcome = report(dataset.agency, event_row())
    consume("ledger.check_coverage")
    with acting_as(Actor.portal()):
        message = Message.objects.filter(task="ledger.check_coverage").get()
        assert message.payload["batch_id"] == str(outcome.batch)
        coverage.check_coverage(message, AT)
    with acting_as(as_person()):
        notes = queries.notes_of(key_of(), [event.id for event in queries.events_of(key_of())])
    assert [[said.kind for said in of] for of in notes.values()] == [[NoteKind.UNCOVERED]]


def test_the_check_asks_as_often_for_many_events_as_for_few() -> None:
    dataset, recipient = town()
    agreement(dataset, recipient)

    def queries_for(count: int) -> int:
        report(dataset.agency, *many_events(count))
        with CaptureQueriesContext(connection) as captured:
            consume("ledger.check_coverage")
        return len(captured)

    assert queries_for(5) == queries_for(80)


def test_everybody_sees_how_often_agencies_share_and_nobody_whose_data() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row("r-1"), event_row("r-2"), event_row("r-3", outcome="denied"))
    report(dataset.agency, event_row("r-4", occurred_at="2026-10-31T16:30:00Z"))
    consume("ledger.count_flows")
    consume("ledger.check_coverage")
    with acting_as(Actor.visitor()):
        (flow,) = queries.public_flows()
    assert (flow.month, flow.provider_id, flow.recipient_id) == (date(2026, 11, 1), dataset.agency_id, recipient.pk)
    assert (flow.sent, flow.denied, flow.uncovered) == (3, 1, 3)
