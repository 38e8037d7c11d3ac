"""A withdrawal stays open at each recipient until it says that it stopped and, where asked, erased."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from consent import acknowledging, actions
from consent.errors import AcknowledgedAlready, UnknownChange
from consent.models import Consent, ConsentChange, Stop
from consent.templatetags.consent import acknowledgements
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.consent.test_api import caller
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def withdrawn(*, erase: bool = False) -> Consent:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        return actions.withdraw(consent, actor=actor, at=AT, erase=erase)


def stop_of(consent: Consent) -> Stop:
    with acting_as(Actor.portal()):
        return Stop.objects.select_related("agency").get(consent_id=consent.id)


def test_a_withdrawal_is_open_at_its_recipient_by_the_change_in_its_feed() -> None:
    consent = withdrawn()
    stop = stop_of(consent)
    with acting_as(Actor.portal()):
        change = ConsentChange.objects.get(pk=stop.pk)
        (told,) = [
            message.payload["data"]
            for message in Message.objects.filter(topic="outbox.webhook.due")
            if message.payload["event"] == "consent.withdrawn" and message.payload["agency"] == str(town.asker().pk)
        ]
    assert (change.agency_id, change.move, stop.agency_id) == (town.asker().pk, "withdrawn", town.asker().pk)
    assert told["change"] == str(stop.pk)
    assert (stop.due_at, stop.erase_due_at, stop.is_open) == (AT + DAY, None, True)


def test_where_erasure_was_asked_the_law_says_by_when() -> None:
    stop = stop_of(withdrawn(erase=True))
    assert stop.erase_due_at is not None
    assert stop.erase_due_at > AT + 14 * DAY


def test_every_change_is_told_to_every_party_by_webhook() -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        for act in (actions.pause, actions.resume, actions.withdraw):
            act(consent, actor=actor, at=AT)
    with acting_as(Actor.portal()):
        told = [message.payload for message in Message.objects.filter(topic="outbox.webhook.due").order_by("id")]
    for agency in (town.asker(), town.holder()):
        assert [one["event"].split(".")[1] for one in told if one["agency"] == str(agency.pk)] == [
            "requested", "given", "paused", "resumed", "withdrawn",
        ]  # fmt: skip


def test_a_recipient_acknowledges_once_that_it_stopped_and_later_that_it_erased() -> None:
    stop = stop_of(withdrawn(erase=True))
    with acting_as(catalogue.client_of(town.asker())) as client:
        stop = acknowledging.acknowledge(stop, actor=client, at=AT + DAY)
        assert (stop.stopped_at, stop.erased_at, stop.is_open) == (AT + DAY, None, True)
        with pytest.raises(AcknowledgedAlready):
            acknowledging.acknowledge(stop, actor=client, at=AT + DAY)
        stop = acknowledging.acknowledge(stop, erased=True, actor=client, at=AT + 2 * DAY)
        assert (stop.stopped_at, stop.erased_at, stop.is_open) == (AT + DAY, AT + 2 * DAY, False)
        with pytest.raises(AcknowledgedAlready):
            acknowledging.acknowledge(stop, erased=True, actor=client, at=AT + 2 * DAY)
    with acting_as(Actor.portal()):
        entries = Entry.objects.filter(event="consent.withdrawal.acknowledged").order_by("at")
        assert [(entry.facts["erased"], entry.subject_key) for entry in entries] == [
            (False, stop.subject_key),
            (True, stop.subject_key),
        ]


def test_nobody_acknowledges_for_another_and_what_was_acknowledged_stands() -> None:
    stop = stop_of(withdrawn())
    for actor in (catalogue.client_of(town.holder()), catalogue.REGULATOR):
        with acting_as(actor), pytest.raises(NotPermitted):
            acknowledging.acknowledge(stop, actor=actor, at=AT)
    with acting_as(catalogue.client_of(town.holder())), pytest.raises(UnknownChange):
        acknowledging.stop_of(town.holder().pk, stop.pk)
    with acting_as(catalogue.client_of(town.asker())) as client:
        acknowledging.acknowledge(stop, actor=client, at=AT)
        with pytest.raises(DatabaseError), transaction.atomic():
            Stop.objects.filter(pk=stop.pk).update(stopped_at=None, acknowledged_by="")


def test_the_person_sees_who_has_stopped_and_who_is_late() -> None:
    consent = withdrawn()
    with acting_as(town.citizen_of(consent)):
        ((_, late),) = acknowledgements(consent, AT)["stops"]
        ((stop, later),) = acknowledgements(consent, AT + DAY)["stops"]
    assert (late, later, stop.agency.pk) == (False, True, town.asker().pk)
    with acting_as(as_citizen(town.adult())):
        assert acknowledgements(consent, AT)["stops"] == []


def test_the_regulator_sees_who_is_late(django_assert_num_queries: Any) -> None:
    stop = stop_of(withdrawn())
    with acting_as(catalogue.REGULATOR):
        assert list(acknowledging.late_stops(at=AT)) == []
        with django_assert_num_queries(1):
            assert [(late.agency.code, late.purpose.code) for late in acknowledging.late_stops(at=AT + DAY)] == [
                ("health", "study")
            ]
    with acting_as(catalogue.client_of(town.asker())) as client:
        acknowledging.acknowledge(stop, actor=client, at=AT + 2 * DAY)
    with acting_as(catalogue.REGULATOR):
        assert list(acknowledging.late_stops(at=AT + 3 * DAY)) == []


def test_a_system_acknowledges_by_the_change_that_it_was_told_of() -> None:
    stop, call = stop_of(withdrawn()), caller(town.asker())
    answer = call("POST", f"changes/{stop.pk}/acknowledge", {})
    assert (answer.status_code, answer.json()["open"]) == (200, False)
    again = call("POST", f"changes/{stop.pk}/acknowledge", {})
    assert (again.status_code, again.json()["code"]) == (409, "acknowledged-already")
    foreign = caller(town.holder())("POST", f"changes/{stop.pk}/acknowledge", {})
    assert foreign.status_code == 404
