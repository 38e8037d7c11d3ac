"""Verification: a receiver doubts, the provider reports in time, recipients and citizen hear of it."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from portal.inbox.models import Letter
from portal.law import queries as law
from portal.ledger import queries, verifications
from portal.ledger.errors import AlreadyDoubted, RowRefused, UnknownEvent, UnknownVerification
from portal.ledger.models import Finding, Verification
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    OTHER,
    as_person,
    client,
    doubted,
    event_row,
    events_of,
    key_of,
    report,
    town,
    withheld,
)
from tests.ledger.test_api import caller
from tests.ledger.test_pages import text_of, zhang

pytestmark = pytest.mark.django_db
__all__ = ["zhang"]


def webhooks(event: str) -> set[str]:
    with acting_as(Actor.portal()):
        found = [message.payload for message in Message.objects.filter(topic="outbox.webhook.due")]
    return {payload["agency"] for payload in found if payload["event"] == event}


def letters(identity: Any = None) -> list[str]:
    with acting_as(as_person(identity) if identity else as_person()):
        return list(Letter.objects.order_by("created_at", "id").values_list("kind", flat=True))


def reported(of: str = "tax", finding: Finding = Finding.CORRECTED, text: str = "2024 was meant.") -> Verification:
    with acting_as(Actor.portal()):
        row = Verification.objects.get()
    with acting_as(client(catalogue.agency(of))) as actor:
        return verifications.report(row.pk, finding=finding, text=text, actor=actor, at=AT)


def test_the_provider_must_check_within_ten_working_days_and_the_citizen_is_told() -> None:
    row = doubted()
    assert (row.due_at, row.due_article) == (
        law.due(law.jurisdiction().clocks["verification"].rule, AT).at,
        "decree809-26",
    )
    assert webhooks("sharing.doubted") == {str(catalogue.agency("tax").pk)}
    assert letters() == ["data_doubted"]
    assert letters(OTHER) == []


def test_the_outcome_goes_to_every_recipient_and_to_the_citizen() -> None:
    dataset, _ = town()
    school, stranger = catalogue.agency("school"), catalogue.agency("stranger")
    report(dataset.agency, event_row())
    report(dataset.agency, event_row("school", recipient="school", occurred_at="2026-11-21T09:30:00+08:00"))
    with acting_as(client(catalogue.agency("housing"))) as actor:
        received = next(event for event in events_of() if event.reference == "r-1")
        verifications.doubt(received.id, items=["income"], text="Is it so?", actor=actor, at=AT)
    reported()
    with acting_as(Actor.portal()):
        message = Message.objects.get(topic="ledger.data.verified")
        verifications.tell_recipients(message, AT)
        verifications.tell_recipients(message, AT)
    assert webhooks("sharing.verified") == {str(school.pk), str(catalogue.agency("housing").pk)}
    assert letters() == ["data_doubted", "data_checked"]
    with acting_as(client(school)):
        assert Verification.objects.get().finding == Finding.CORRECTED
    with acting_as(client(stranger)):
        assert not Verification.objects.exists()


def test_who_may_doubt_what() -> None:
    doubted()
    (event,) = events_of()
    with pytest.raises(AlreadyDoubted):
        doubted()
    given: Any = {"items": [], "text": "x", "at": AT}
    for code, error in (("tax", NotPermitted), ("school", UnknownEvent)):
        with acting_as(client(catalogue.agency(code))) as actor, pytest.raises(error):
            verifications.doubt(event.id, **given, actor=actor)
    with acting_as(as_person()) as citizen, pytest.raises(NotPermitted):
        verifications.doubt(event.id, **given, actor=citizen)
    with acting_as(client(catalogue.agency("housing"))) as actor:
        for wrong in ({"text": " "}, {"items": ["salary"]}):
            with pytest.raises(RowRefused):
                verifications.doubt(event.id, **{**given, **wrong}, actor=actor)
        with pytest.raises(UnknownEvent):
            verifications.doubt(uuid4(), **given, actor=actor)


def test_the_provider_alone_reports_and_once() -> None:
    doubted()
    with pytest.raises(UnknownVerification):
        reported("housing")
    with pytest.raises(RowRefused):
        reported(text=" ")
    reported()
    with pytest.raises(UnknownVerification):
        reported()


def test_a_doubt_about_what_is_withheld_is_told_to_nobody_but_the_agencies() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    withheld(events_of()[0].id)
    doubted()
    reported()
    assert letters() == []
    with acting_as(as_person()):
        assert not Verification.objects.exists()


def test_the_citizen_sees_the_doubt_and_the_outcome(client: Client, zhang: Any) -> None:
    row = doubted()
    address = reverse("ledger:check", args=[row.pk])
    page = text_of(client, address)
    for told in ("Bureau housing doubts data about you", "The year cannot be right.", "being checked", "Article 26"):
        assert told in page
    assert address in text_of(client, reverse("ledger:event", args=[row.event_id]))
    reported()
    page = text_of(client, address)
    assert "the data was wrong and is corrected" in page
    assert "2024 was meant." in page
    assert client.get(reverse("ledger:check", args=[uuid4()])).status_code == 404


def test_systems_doubt_and_report(client: Client) -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    ask, tell = caller(recipient, "sharing"), caller(dataset.agency, "sharing")
    address = f"sharing-events/{event.id}/doubts"
    assert ask("POST", address, {"items": ["income"]}).status_code == 422
    made = ask("POST", address, {"items": ["income"], "text": "Is it?"})
    assert (made.status_code, made.json()["finding"]) == (201, "")
    one = f"verifications/{made.json()['id']}"
    assert made["Location"].endswith(one)
    assert tell("POST", one, {"finding": "x", "text": "y"}).status_code == 422
    body = {"finding": "right", "text": "We looked: it is."}
    assert ask("POST", one, body).status_code == 404
    assert tell("POST", one, body).json()["finding"] == "right"
    assert ask("GET", one).json()["report"] == "We looked: it is."


def test_clerks_doubt_and_report_in_the_admin() -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    doubter, provider = Client(), Client()
    backend = "django.contrib.auth.backends.ModelBackend"
    doubter.force_login(people.clerk(recipient), backend=backend)
    provider.force_login(people.clerk(dataset.agency), backend=backend)
    new = reverse("admin:ledger_verification_new")
    assert doubter.post(new, {"event": str(event.id), "text": ""}).status_code == 422
    assert doubter.post(new, {"event": str(event.id), "text": "Is it?"}).status_code == 200
    with acting_as(Actor.portal()):
        row = Verification.objects.get()
    take = reverse("admin:ledger_verification_take", args=[row.pk, "report"])
    form = {"report-finding": "removed", "report-text": "It was of somebody else."}
    assert doubter.post(take, form).status_code == 422
    assert provider.get(reverse("admin:ledger_verification_changelist")).status_code == 200
    assert provider.post(take, form).status_code == 302
    with acting_as(as_person()):
        (seen,) = queries.verifications_of(key_of())
    assert seen.finding == Finding.REMOVED
