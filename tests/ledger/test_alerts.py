"""Of which sharing people are told: by what they chose, once, and of nothing that is withheld."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from portal.inbox.models import Letter
from portal.ledger import alerts, copies, queries
from portal.ledger.alerts import Wanted
from portal.ledger.models import AlertChoice
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    OTHER,
    PERSON,
    alert_chosen,
    as_person,
    event_row,
    events_of,
    key_of,
    report,
    town,
    withheld,
)
from tests.ledger.test_pages import text_of, zhang

pytestmark = pytest.mark.django_db
__all__ = ["zhang"]
NOTHING: Any = {
    "new_recipient": False, "sensitive": False, "flagged": True, "depths": [], "agencies": [], "purpose": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _account(request: pytest.FixtureRequest) -> None:
    if "zhang" not in request.fixturenames:
        people.citizen(PERSON)


def consume(*, again: bool = False) -> None:
    """Hand the news of all stored events to the alerts, as the task does."""
    with acting_as(Actor.portal()):
        rows = Message.objects.filter(topic="ledger.events.stored", task="ledger.tell_of_events").order_by("id")
        waiting = list(rows)
        for message in waiting if again else waiting[-1:]:
            alerts.tell_of_events(message, AT)


def told(identity: str = PERSON) -> list[str]:
    with acting_as(as_person(identity)):
        return [
            letter.params["what_en"] for letter in Letter.objects.filter(kind="sharing_news").order_by("created_at")
        ]


def choose(**changes: Any) -> None:
    with acting_as(as_person()) as actor:
        alerts.choose(key_of(), Wanted(**{**NOTHING, **changes}), actor=actor, at=AT)


def test_a_new_recipient_is_told_of_from_the_start_and_once() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row("a"), event_row("b", occurred_at="2026-11-21T09:30:00+08:00"))
    consume()
    assert told() == ["for the first time to Bureau housing"]
    report(dataset.agency, event_row("c", occurred_at="2026-11-22T09:30:00+08:00"))
    consume()
    assert len(told()) == 1
    report(dataset.agency, event_row("d", recipient=None, recipient_name="Company X"))
    consume()
    assert set(told()) == {"for the first time to Bureau housing", "for the first time to Company X"}


def test_sensitive_data_is_told_of_from_the_start() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row("a"))
    with acting_as(Actor.portal()):
        type(dataset).objects.filter(pk=dataset.pk).update(special_categories=["health"])
    report(dataset.agency, event_row("b", occurred_at="2026-11-21T09:30:00+08:00"))
    consume()
    assert told() == ["sensitive data"]


@pytest.mark.parametrize(
    ("chosen", "row", "hears"),
    [
        ({}, {}, False),
        ({"depths": ["viewed"]}, {"depth": "viewed"}, True),
        ({"depths": ["viewed"]}, {"depth": "copied"}, False),
        ({"purpose": "LOAN"}, {}, True),
        ({"purpose": "贷款"}, {}, True),
        ({"purpose": "school"}, {}, False),
        ({"agencies": "tax"}, {}, True),
        ({"agencies": "housing"}, {}, True),
        ({"agencies": "school"}, {}, False),
        ({"depths": ["copied"]}, {"outcome": "denied"}, False),
    ],
)
def test_people_hear_of_what_they_chose(chosen: dict[str, Any], row: dict[str, Any], hears: bool) -> None:
    dataset, _ = town()
    if "agencies" in chosen:
        chosen = {"agencies": [catalogue.agency(chosen["agencies"]).pk]}
    choose(**chosen)
    report(dataset.agency, event_row(**row))
    consume()
    assert told() == (["as you wanted to hear of"] if hears else [])


def test_nobody_hears_of_what_is_withheld_and_without_an_account_there_is_no_letter() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row(), event_row("other", subject=OTHER))
    withheld(events_of()[0].id)
    consume()
    assert told() == []
    with acting_as(Actor.portal()):
        assert not Letter.objects.filter(kind="sharing_news").exists()


def test_many_are_told_at_the_cost_of_few(django_assert_max_num_queries: Any) -> None:
    dataset, _ = town()
    numbers = [people.number(100 + place) for place in range(12)]
    for number in numbers:
        people.citizen(number)
    report(dataset.agency, *[event_row(f"n-{place}", subject=number) for place, number in enumerate(numbers)])
    with django_assert_max_num_queries(24):
        consume()
    with acting_as(Actor.portal()):
        assert Letter.objects.filter(kind="sharing_news").count() == 12
        assert Message.objects.filter(topic="inbox.letter.written").count() == 12


def test_only_the_person_chooses() -> None:
    with acting_as(as_person(OTHER)) as stranger, pytest.raises(NotPermitted):
        alerts.choose(key_of(), Wanted(**NOTHING), actor=stranger, at=AT)


def test_the_page_keeps_the_choice(client: Client, zhang: Any) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    address = reverse("ledger:alerts")
    page = text_of(client, address)
    assert page.count("checked") == 3
    form = {
        "new_recipient": "on",
        "depths": ["viewed", "copied"],
        "purpose": "loan",
        "agencies": [str(dataset.agency_id)],
    }
    assert client.post(address, form).status_code == 302
    with acting_as(as_person()):
        row = queries.alert_choice(key_of())
    assert (row.new_recipient, row.sensitive, row.depths, row.purpose) == (True, False, ["viewed", "copied"], "loan")
    assert row.agencies == [UUID(str(dataset.agency_id))]
    assert client.post(address, {"depths": ["stolen"]}).status_code == 422
    assert client.post(address, {"agencies": [str(UUID(int=1))]}).status_code == 422


def test_what_was_chosen_goes_with_the_account() -> None:
    choose()
    payload = {"subject": key_of().hex(), "at": (AT + timedelta(days=1)).isoformat()}
    with acting_as(Actor.portal()):
        alerts.forget(Message(topic="accounts.account.closed", task="ledger.forget_alerts", payload=payload), AT)
        assert not AlertChoice.objects.exists()


def test_a_copy_says_what_was_chosen_and_nothing_where_nothing_was() -> None:
    chosen, other = people.citizen(), people.citizen()
    alert_chosen(chosen, purpose="tax")
    with acting_as(people.as_citizen(chosen)):
        (row,) = copies.alerts(bytes(chosen.subject_key or b""))
    assert (row["purpose"], row["depths"], row["flagged"]) == ("tax", ["copied"], True)
    with acting_as(people.as_citizen(other)):
        assert list(copies.alerts(bytes(other.subject_key or b""))) == []
