"""What the person does: files, answers a question, takes a request back; and what the portal makes of it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from portal.accounts.models import User
from portal.law import queries as law
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from rights import actions, queries, routing
from rights.actions import Filing
from rights.errors import (
    ChangeMissing,
    DatasetUnknown,
    PeriodBackwards,
    TextMissing,
    TextTooLong,
    UnknownPart,
    UnknownRequest,
)
from rights.models import Kind, Package, Part
from rights.states import PartState, RequestState
from tests.people import as_citizen, citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def parts_of(request: Any) -> list[Part]:
    with acting_as(Actor.portal()):
        return list(Part.objects.filter(request=request).select_related("agency", "dataset").order_by("agency__code"))


def test_filing_starts_the_clock_and_leaves_a_trail_a_letter_and_a_message() -> None:
    request = town.filed(words="  please  ")
    assert (request.state, request.submitted_at, request.words) == (RequestState.SUBMITTED, AT, "please")
    assert request.number.startswith("20261103-")
    assert town.events(request) == ["rights.request.submitted"]
    assert town.letters(request) == ["request_submitted"]
    with acting_as(Actor.portal()):
        message = Message.objects.get(topic="rights.request.submitted")
    assert (message.task, message.payload) == ("rights.route", {"request_id": str(request.pk)})


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": Kind.CORRECTION, "words": " "}, ChangeMissing),
        ({"period_from": date(2026, 2, 1), "period_to": date(2026, 1, 1)}, PeriodBackwards),
        ({"datasets": (uuid4(),)}, DatasetUnknown),
        ({"words": "x" * 5001}, TextTooLong),
    ],
)
def test_what_cannot_be_asked_is_refused_and_changes_nothing(wrong: dict[str, Any], error: type[Exception]) -> None:
    user = citizen()
    with pytest.raises(error):
        town.filed(user, **wrong)
    with acting_as(as_citizen(user)):
        assert not queries.requests_of(user.subject_key or b"").exists()


def test_an_agency_files_nothing() -> None:
    clerk = town.clerk(town.tax())
    with acting_as(clerk), pytest.raises(NotPermitted):
        actions.submit(Filing(Kind.ACCESS), actor=clerk, at=AT)


def test_a_request_for_everything_becomes_a_part_for_each_holding_dataset_and_each_agency_is_told() -> None:
    request = town.routed()
    parts = parts_of(request)
    assert [(part.agency.code, part.dataset and part.dataset.code) for part in parts] == [
        ("housing", "housing.account"),
        ("tax", "tax.income"),
    ]
    assert town.now(request).state == RequestState.IN_PROGRESS
    assert {part.state for part in parts} == {PartState.QUEUED}
    assert sorted(town.webhooks()) == sorted(("rights.part.assigned", str(part.pk)) for part in parts)
    assert all(town.events(part) == ["rights.part.assigned"] for part in parts)
    assert town.events(request)[-1] == "rights.request.routed"


def test_every_parts_deadline_is_the_laws_counted_from_the_filing() -> None:
    request = town.routed()
    wanted = law.due(law.jurisdiction().rights["access"].deadline, AT)
    for part in parts_of(request):
        assert (part.due_at, part.due_article, part.due_is_target) == (wanted.at, wanted.article, True)
        assert part.submitted_at == AT


def test_routing_twice_makes_each_part_once() -> None:
    request = town.filed()
    message = Message(topic="rights.request.submitted", payload={"request_id": str(request.pk)})
    with acting_as(Actor.portal()):
        routing.route(message, AT)
        routing.route(message, AT)
    assert len(parts_of(request)) == 2
    assert len(town.webhooks()) == 2


def test_the_database_takes_no_second_part_for_the_same_agency_and_dataset() -> None:
    part = town.part()
    part.pk = uuid4()
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="rights_routed_once"), transaction.atomic():
        part.save(force_insert=True)


def test_a_named_dataset_is_asked_of_its_agency_even_where_nothing_was_reported() -> None:
    user = town.person(held=False)
    request = town.routed(user, datasets=(town.dataset("tax.income").pk,))
    assert [part.agency.code for part in parts_of(request)] == ["tax"]


def test_where_nothing_is_held_the_request_is_answered_with_just_that() -> None:
    request = town.routed(town.person(held=False))
    assert parts_of(request) == []
    assert town.now(request).state == RequestState.ANSWERED
    assert town.letters(request) == ["request_submitted", "request_answered", "package_ready"]


def test_an_answer_to_a_question_lets_the_clock_run_on() -> None:
    request = town.routed()
    part = town.part(request)
    first = part.due_at
    town.act("ask", part, text="Which year?", at=AT + DAY)
    actor = town.owner_of(request)
    answered = town.act("answer_question", town.part(request), text="2025", by=actor, at=AT + 3 * DAY)
    assert answered.state == PartState.ACKNOWLEDGED
    assert answered.due_at == first + 2 * DAY  # two working days stood still
    assert town.events(part)[-1] == "rights.part.question_answered"
    assert town.webhooks()[-1] == ("rights.part.message", str(part.pk))


def test_a_question_is_answered_once_with_words_and_by_the_person_alone() -> None:
    request = town.routed()
    part, actor = town.part(request), town.owner_of(request)
    with pytest.raises(IllegalMove):
        town.act("answer_question", part, text="nobody asked", by=actor)
    town.act("ask", part, text="Which year?")
    with pytest.raises(TextMissing):
        town.act("answer_question", part, text=" ", by=actor)
    with pytest.raises(UnknownPart):
        town.act("answer_question", part, text="mine?", by=as_citizen(citizen()))
    with pytest.raises(NotPermitted):
        town.act("answer_question", part, text="mine?", by=town.clerk(town.tax()))


def test_taking_a_request_back_cancels_what_is_open_and_keeps_what_was_answered() -> None:
    request = town.routed()
    town.replied(town.part(request, "tax"))
    actor = town.owner_of(request)
    with acting_as(actor):
        actions.withdraw(request, actor=actor, at=AT + 2 * DAY)
    states = {part.agency.code: part.state for part in parts_of(request)}
    assert states == {"tax": PartState.ANSWERED, "housing": PartState.CANCELLED}
    assert (town.now(request).state, town.now(request).closed_at) == (RequestState.WITHDRAWN, AT + 2 * DAY)
    assert town.webhooks()[-1] == ("rights.part.cancelled", str(town.part(request, "housing").pk))
    town.run(AT + 2 * DAY)
    assert town.now(request).state == RequestState.WITHDRAWN
    with acting_as(actor), pytest.raises(IllegalMove):
        actions.withdraw(request, actor=actor, at=AT + 3 * DAY)


def test_a_request_taken_back_before_it_was_routed_goes_nowhere() -> None:
    request = town.filed()
    actor = town.owner_of(request)
    with acting_as(actor):
        actions.withdraw(request, actor=actor, at=AT)
    town.run()
    assert parts_of(request) == []


def test_the_whole_request_closes_with_its_last_part_and_asks_for_its_package_once() -> None:
    request = town.routed()
    town.replied(town.part(request, "tax"))
    town.run(AT + DAY)
    assert town.now(request).state == RequestState.IN_PROGRESS
    town.replied(town.part(request, "housing"))
    again = Message(topic="rights.part.answered", payload={"request_id": str(request.pk)})
    with acting_as(Actor.portal()):
        routing.close(again, AT + DAY)
    town.run(AT + DAY)
    with acting_as(Actor.portal()):
        routing.close(again, AT + DAY)
        assert Package.objects.filter(request=request).count() == 1
    assert town.now(request).state == RequestState.ANSWERED
    assert town.letters(request).count("request_answered") == 1


@pytest.mark.parametrize(
    ("outcomes", "end"),
    [
        (("fulfilled", "nothing_held"), "answered"),
        (("refused", "refused"), "refused"),
        (("fulfilled", "refused"), "partly_answered"),
        (("partly", "nothing_held"), "partly_answered"),
    ],
)
def test_a_request_ends_as_its_parts_did(outcomes: tuple[Any, Any], end: str) -> None:
    request = town.routed()
    for outcome, of in zip(outcomes, ("tax", "housing"), strict=True):
        town.replied(town.part(request, of), outcome)
    town.run(AT + DAY)
    assert town.now(request).state == end


def test_the_list_of_a_persons_requests_costs_one_query_however_many() -> None:
    user = town.person()
    for place in range(3):
        town.routed(user, at=AT + timedelta(hours=place))
    actor = as_citizen(user)
    with acting_as(actor):
        assert actor.subject_key
        rows, before = queries.requests_of(actor.subject_key), len(connection.queries_log)
        assert [(row.total, row.answered) for row in rows.all()] == [(2, 0)] * 3  # type: ignore[attr-defined]  # annotated
        assert len(connection.queries_log) - before <= 1
        (first, *_) = queries.open_summary(actor.subject_key)
        assert (first.parts, first.answered, first.due_at) == (2, 0, town.part(rows[0]).due_at)
        assert queries.open_questions(actor.subject_key) == []


def test_the_first_page_learns_who_waits_for_an_answer() -> None:
    request = town.routed()
    part = town.part(request)
    town.act("ask", part, text="Which year?")
    actor = town.owner_of(request)
    with acting_as(actor):
        (question,) = queries.open_questions(bytes(request.subject_key))
    assert (question.part_id, question.request_id, question.number) == (part.pk, request.pk, request.number)


def test_a_stranger_sees_nothing_of_a_request() -> None:
    request = town.routed()
    stranger = User.objects.get(pk=citizen().pk)
    with acting_as(as_citizen(stranger)):
        assert not Part.objects.exists()
        with pytest.raises(UnknownRequest):
            actions.withdraw(request, actor=town.owner_of(request), at=AT)
