"""What citizens ask about sharing, and what agencies answer: by page, by admin and by API."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from portal.inbox.models import Letter
from portal.law import queries as law
from portal.ledger import challenges, queries
from portal.ledger.errors import AlreadyAsked, NothingAsked, RowRefused, UnknownEvent
from portal.ledger.models import Challenge, NoteKind
from portal.outbox.models import Message
from portal.trail.actor import Actor, Mandate, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    OTHER,
    as_person,
    asked,
    client,
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
LATER = AT + timedelta(hours=5)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def answered(of: str, text: str = "For the loan that was applied for.", at: datetime = LATER) -> Any:
    agency = catalogue.agency(of)
    with acting_as(client(agency)) as actor:
        row = Challenge.objects.get(agency=agency)
        return challenges.answer(row.pk, text=text, actor=actor, at=at)


def test_both_agencies_owe_an_answer_within_the_time_that_the_law_or_our_target_names() -> None:
    asked()
    with acting_as(Actor.portal()):
        rows = {row.agency.code: row for row in Challenge.objects.select_related("agency")}
        webhooks = [m.payload for m in Message.objects.filter(topic="outbox.webhook.due").order_by("id")]
        trail = Entry.objects.filter(event="ledger.event.challenged", subject_key=key_of()).count()
    assert set(rows) == {"tax", "housing"}
    due = law.due(challenges.rule(), AT)
    assert {(row.due_at, row.due_article) for row in rows.values()} == {(due.at, due.article)}
    assert challenges.rule().is_target
    told = [payload for payload in webhooks if payload["event"] == "sharing.challenged"]
    assert {payload["agency"] for payload in told} == {str(row.agency_id) for row in rows.values()}
    assert all(payload["data"]["kind"] == "challenge" for payload in told)
    assert trail == 2


def test_the_question_is_a_sealed_note_that_both_agencies_read() -> None:
    asked(NoteKind.QUESTION, "")
    (event,) = events_of()
    for agency in ("tax", "housing"):
        with acting_as(client(catalogue.agency(agency))):
            (said,) = queries.notes_of(key_of(), [event.id])[event.id]
            assert (said.kind, said.author_kind, said.author_id) == ("question", "citizen", None)
    with acting_as(client(catalogue.agency("school"))):
        assert queries.notes_of(key_of(), [event.id]) == {}
        assert not Challenge.objects.exists()


def test_a_body_that_is_not_in_the_register_is_not_asked() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row(recipient=None, recipient_name="Company X"))
    asked()
    with acting_as(Actor.portal()):
        assert [row.agency_id for row in Challenge.objects.all()] == [dataset.agency_id]


def test_asking_is_refused_twice_without_words_and_to_everybody_else() -> None:
    asked()
    (event,) = events_of()
    with pytest.raises(AlreadyAsked):
        asked()
    with acting_as(as_person(OTHER)) as stranger, pytest.raises(UnknownEvent):
        challenges.ask(event.id, NoteKind.QUESTION, text="", actor=stranger, at=AT)
    with acting_as(as_person()) as actor, pytest.raises(RowRefused):
        challenges.ask(event.id, NoteKind.CHALLENGE, text="  ", actor=actor, at=AT)
    with acting_as(as_person()) as actor, pytest.raises(NotPermitted):
        challenges.ask(event.id, NoteKind.UNLAWFUL, text="x", actor=actor, at=AT)
    looking = as_person().standing_in_for(key_of(), Mandate(uuid4(), key_of(OTHER), frozenset({"see"})))
    with acting_as(looking), pytest.raises((NotPermitted, UnknownEvent)):  # the mandate has no row
        challenges.ask(event.id, NoteKind.QUESTION, text="", actor=looking, at=AT)
    with acting_as(Actor.portal()):
        assert Challenge.objects.count() == 2


def test_an_answer_is_told_to_the_citizen_and_given_once() -> None:
    asked()
    answered("tax")
    with acting_as(as_person()):
        about = {one.challenge.agency.code: one for one in _about()}
        (letter,) = Letter.objects.all()
    assert about["tax"].answer is not None
    assert about["tax"].answer.text == "For the loan that was applied for."
    assert about["housing"].challenge.is_open
    assert (letter.kind, letter.page) == ("sharing_answered", reverse("ledger:event", args=[events_of()[0].id]))
    with acting_as(client(catalogue.agency("tax"))) as actor, pytest.raises(NothingAsked):
        challenges.answer(about["tax"].challenge.pk, text="again", actor=actor, at=LATER)
    with acting_as(client(catalogue.agency("school"))) as actor, pytest.raises(NothingAsked):
        challenges.answer(about["housing"].challenge.pk, text="not ours", actor=actor, at=LATER)
    with acting_as(client(catalogue.agency("housing"))) as actor, pytest.raises(RowRefused):
        challenges.answer(about["housing"].challenge.pk, text=" ", actor=actor, at=LATER)


def _about() -> list[queries.Asked]:
    (event,) = events_of()
    with acting_as(as_person()):
        return queries.asked_about(key_of(), event.id, queries.notes_of(key_of(), [event.id])[event.id])


def test_no_answer_counts_against_an_agency_in_public() -> None:
    asked()
    answered("tax")
    month_later = AT + timedelta(days=60)
    with acting_as(Actor.visitor()):
        scores = {score.agency_id: score for score in queries.answer_scores(month_later)}
        assert not Challenge.objects.exists()
    tax, housing = scores[catalogue.agency("tax").pk], scores[catalogue.agency("housing").pk]
    assert (tax.asked, tax.in_time, tax.late, tax.overdue) == (1, 1, 0, 0)
    assert (housing.asked, housing.in_time, housing.late, housing.overdue) == (1, 0, 0, 1)
    answered("housing", at=month_later)
    with acting_as(Actor.visitor()):
        assert {score.late for score in queries.answer_scores(month_later)} == {0, 1}


def test_what_was_asked_of_an_event_that_is_withheld_now_is_not_there() -> None:
    asked()
    withheld(events_of()[0].id)
    with acting_as(as_person()):
        assert not Challenge.objects.exists()


# ------------------------------------------------------------------ by page, admin and API
def test_a_citizen_asks_from_the_row_and_reads_the_answer_there(client: Client, zhang: Any) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    page = text_of(client, reverse("ledger:sharing"))
    assert reverse("ledger:ask", args=[event.id]) in page
    address = reverse("ledger:ask", args=[event.id])
    form = text_of(client, address, kind="challenge")
    assert "this portal's own service target" in form.replace("&#x27;", "'")
    assert client.post(address, {"kind": "challenge", "text": " "}).status_code == 422
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"kind": "unlawful", "text": "x"}).status_code == 422
    done = client.post(address, {"kind": "challenge", "text": "I never applied."}, follow=True)
    assert "must answer by" in done.content.decode()
    assert client.post(address, {"kind": "question"}).status_code == 409
    answered("tax")
    for shown in (reverse("ledger:sharing"), reverse("ledger:event", args=[event.id])):
        page = text_of(client, shown)
        assert "For the loan that was applied for." in page
        assert "Bureau housing must answer by" in page


def test_a_clerk_answers_in_the_admin(client: Client) -> None:
    row = asked()
    client.force_login(people.clerk(catalogue.agency("tax")), backend=BACKEND)
    client.cookies["django_language"] = "en"
    listed = text_of(client, reverse("admin:ledger_challenge_changelist"))
    address = reverse("admin:ledger_challenge_change", args=[row.pk])
    assert address in listed
    page = text_of(client, address)
    for told in ("I never applied for a loan.", "Income tax returns", "r-1", "Article 48"):
        assert told in page
    take = reverse("admin:ledger_challenge_take", args=[row.pk, "answer"])
    assert client.post(take, {"answer-text": ""}).status_code == 422
    assert client.post(take, {"answer-text": "Because it was applied for."}).status_code == 302
    assert "Because it was applied for." in text_of(client, address)
    assert client.post(take, {"answer-text": "again"}).status_code == 422


def test_a_clerk_sees_no_other_agencys_questions(client: Client) -> None:
    row = asked()
    client.force_login(people.clerk(catalogue.agency("housing")), backend=BACKEND)
    assert client.get(reverse("admin:ledger_challenge_change", args=[row.pk])).status_code == 404


def test_a_system_answers_by_a_note(client: Client) -> None:
    asked()
    (event,) = events_of()
    system, secret = people.api_client(catalogue.agency("housing"), "sharing")
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    token = {"Authorization": f"Bearer {client.post('/oauth/token', form).json()['access_token']}"}
    address = reverse("ledger_api:notes", args=[event.id])
    body = {"kind": "answer", "text": "We checked an application."}
    made = client.post(address, body, content_type="application/json", headers=token)
    assert (made.status_code, made.json()["kind"]) == (201, "answer")
    again = client.post(address, body, content_type="application/json", headers=token)
    assert (again.status_code, again.json()["code"]) == (409, "nothing-asked")
    with acting_as(as_person()):
        assert {one.challenge.agency.code for one in _about() if one.answer} == {"housing"}


def test_the_instants_are_those_of_the_act() -> None:
    asked(at=datetime(2026, 9, 30, 2, 0, tzinfo=UTC))
    with acting_as(Actor.portal()):
        assert {row.due_at.date().isoformat() for row in Challenge.objects.all()} == {
            "2026-10-27"
        }  # after the holidays, of which one Saturday is worked
