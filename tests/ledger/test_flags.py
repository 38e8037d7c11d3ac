"""What is unlawful on its face: flagged with its reason, and told to everybody whom it concerns."""

from datetime import date, timedelta
from typing import Any

import pytest

from portal.catalogue.models import DataItem
from portal.inbox.models import Letter
from portal.ledger import coverage, flags, queries
from portal.ledger.models import NoteKind, SharingNote
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
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
    key_of,
    report,
    town,
    withheld,
)
from tests.ledger.test_api import caller

pytestmark = pytest.mark.django_db


def consume() -> None:
    """What the worker does with the news of stored batches, and then with that of flags."""
    consumers: dict[str, Any] = {
        "ledger.check_coverage": coverage.check_coverage,
        "ledger.tell_of_flags": flags.tell_of_flags,
    }
    with acting_as(Actor.portal()):
        for task, consumer in consumers.items():
            for message in Message.objects.filter(task=task, state="waiting"):
                consumer(message, AT)
                Message.objects.filter(pk=message.pk).update(state="done", done_at=AT)


def faults(identity: str = PERSON) -> dict[str, str]:
    """The flags of a person's events as the person sees them: reference to reasons."""
    with acting_as(as_person(identity)):
        events = {event.id: event.reference for event in queries.events_of(key_of(identity))}
        notes = SharingNote.objects.filter(subject_key=key_of(identity), kind=NoteKind.UNCOVERED)
        return {events[said.event_id]: said.text for said in notes}


def test_an_agreement_that_is_named_must_cover_recipient_items_basis_and_date() -> None:
    dataset, recipient = town()
    catalogue.agency("school")
    with acting_as(client(dataset.agency)):
        items = list(DataItem.objects.filter(dataset=dataset, code="income"))
    named = agreement(dataset, recipient, items=items, valid_until=date(2026, 11, 20)).code
    other = agreement(catalogue.published("tax.debts", of=dataset.agency), recipient).code
    report(
        dataset.agency,
        event_row("covered", agreement=named),
        event_row("recipient", agreement=named, recipient="school"),
        event_row("items", agreement=named, items=["income", "year"]),
        event_row("purpose", agreement=named, legal_basis="emergency"),
        event_row("date", agreement=named, occurred_at="2026-11-21T00:01:00+08:00"),
        event_row("dataset", agreement=other),
        event_row("items date", agreement=named, items=["year"], occurred_at="2026-11-21T00:01:00+08:00"),
        event_row("none", recipient="school"),
    )
    consume()
    assert faults() == {
        name: name for name in ("recipient", "items", "purpose", "date", "dataset", "items date", "none")
    }


def test_its_person_gets_one_letter_a_call_and_both_agencies_a_webhook() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row("r-1"), event_row("r-2"), event_row("r-3", subject=OTHER))
    consume()
    for identity in (PERSON, OTHER):
        with acting_as(as_person(identity)):
            (letter,) = Letter.objects.filter(subject_key=key_of(identity))
            assert letter.kind == "sharing_flagged"
            assert letter.about_id in {str(event.id) for event in events_of(identity)}
    with acting_as(Actor.portal()):
        told = Message.objects.filter(topic="outbox.webhook.due", payload__event="sharing.flagged")
        assert {message.payload["agency"] for message in told} == {str(dataset.agency_id), str(recipient.pk)}
        assert {message.payload["data"]["events"] for message in told} == {3}


def test_whom_an_event_is_withheld_from_hears_of_no_flag() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    withheld(events_of()[0].id)
    consume()
    with acting_as(as_person()):
        assert not Letter.objects.exists()
        assert faults() == {}


def test_both_agencies_list_what_was_flagged_and_nobody_else_does() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    consume()
    rows = {
        code: caller(catalogue.agency(code), "sharing")("GET", "sharing-events/flagged").json()["results"]
        for code in ("tax", "housing", "school")
    }
    (ours,), (theirs,) = rows["tax"], rows["housing"]
    assert rows["school"] == []
    assert (ours["kind"], ours["faults"], ours["reference"]) == ("uncovered", ["none"], "r-1")
    assert (theirs["event"], theirs["reference"]) == (ours["event"], None)
    assert PERSON not in str(rows)
    assert caller(recipient, "sharing")("GET", "sharing-events/flagged?after=x").status_code == 422


def test_the_list_is_paged_without_losing_any() -> None:
    dataset, recipient = town()
    report(dataset.agency, *(event_row(f"r-{place}") for place in range(5)))
    consume()
    seen: list[Any] = []
    with acting_as(client(recipient)):
        page = queries.flagged(agency_id=recipient.pk, size=2)
        while True:
            seen += [found.event.reference for found in page.flagged]
            if page.next is None:
                break
            page = queries.flagged(agency_id=recipient.pk, after=page.next, size=2)
    assert sorted(seen) == [f"r-{place}" for place in range(5)]


def test_a_reference_that_stands_for_two_events_is_found_and_flagged_once() -> None:
    dataset, _ = town()
    old = [event_row(name, occurred_at="2026-10-01T09:00:00+08:00") for name in ("r-1", "r-2")]
    report(dataset.agency, *old, at=AT - timedelta(days=30))
    report(dataset.agency, event_row("r-1", occurred_at="2026-11-21T09:00:00+08:00"))
    report(dataset.agency, event_row("r-2", subject=OTHER))
    for expected in (2, 0):
        with acting_as(Actor.portal()):
            assert flags.find_reused(at=AT) == expected
    with acting_as(as_person(OTHER)):
        (said,) = SharingNote.objects.filter(kind=NoteKind.REUSED)
        assert said.subject_key == key_of(OTHER)


def test_what_is_flagged_counts_in_public_whoever_found_it() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    consume()
    with acting_as(Actor.visitor()):
        (flow,) = queries.public_flows()
        assert flow.uncovered == 1
