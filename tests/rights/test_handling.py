"""What a department does with its part: the promise of every step, its refusals, and what it leaves behind."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from portal.law import queries as law
from portal.law.errors import TooLateToExtend
from portal.outbox.models import Message
from portal.trail import files as cabinet
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import FileEmpty, FileNameInvalid, FileTooLarge, IllegalMove, NotPermitted
from portal.trail.vault import Unreadable
from rights import actions, files, queries, routing
from rights.errors import (
    AgencyUnknown,
    ExtendedAlready,
    GroundMissing,
    GroundUnknown,
    SameAgency,
    TextMissing,
    UnknownPart,
    UnknownRequest,
)
from rights.models import Part, PartFile, PartMessage, Pause
from rights.states import Outcome, PartState
from tests import people
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db
STEPS: dict[str, dict[str, Any]] = {
    "mark_delivered": {},
    "acknowledge": {},
    "ask": {"text": "Which year?"},
    "extend": {"reason": "Many records."},
    "transfer": {"agency": "health", "reason": "They hold it."},
    "reply": {"outcome": Outcome.NOTHING_HELD, "text": ""},
    "attach": {"name": "a.csv", "media_type": "text/csv", "content": [b"x"]},
    "show_person": {"reason": "to find the rows"},
}


@pytest.mark.parametrize("step", STEPS)
def test_no_other_agency_and_no_citizen_takes_a_step(step: str) -> None:
    catalogue.agency("health")
    part = town.part()
    for stranger in (town.clerk(town.housing()), town.owner_of(part.request)):
        before = town.events(part)
        with pytest.raises((NotPermitted, UnknownPart)):
            town.act(step, part, by=stranger, **STEPS[step])
        assert town.events(part) == before
    assert town.now(part).state == PartState.QUEUED


@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("mark_delivered", "show_person")])
def test_a_closed_part_takes_no_step(step: str) -> None:
    catalogue.agency("health")
    part = town.part()
    town.replied(part, Outcome.NOTHING_HELD)
    with pytest.raises(IllegalMove):
        town.act(step, part, **STEPS[step])


def test_acknowledging_says_so_to_the_person() -> None:
    part = town.act("acknowledge", town.part(), at=AT + DAY)
    assert (part.state, part.delivered_at, part.acknowledged_at) == (PartState.ACKNOWLEDGED, AT + DAY, AT + DAY)
    assert part.handled_by == town.clerk(town.tax()).user_id
    assert town.events(part) == ["rights.part.assigned", "rights.part.delivered", "rights.part.acknowledged"]
    assert town.letters(part.request)[-1] == "part_acknowledged"
    with pytest.raises(IllegalMove):
        town.act("acknowledge", part)


def test_delivery_is_noted_once_whoever_notices_it() -> None:
    part = town.part()
    town.act("mark_delivered", part, at=AT + DAY)
    town.act("mark_delivered", part, at=AT + 2 * DAY)
    message = Message(payload={"event": "rights.part.assigned", "object": str(part.pk)})
    with acting_as(Actor.portal()):
        routing.note_delivery(message, AT + 3 * DAY)
    assert town.now(part).delivered_at == AT + DAY
    assert town.events(part).count("rights.part.delivered") == 1


def test_a_webhook_that_was_taken_delivers_the_part() -> None:
    part = town.part()
    with acting_as(Actor.portal()):
        routing.note_delivery(Message(payload={"event": "rights.part.due_soon", "object": str(part.pk)}), AT)
        routing.note_delivery(Message(payload={"event": "rights.part.assigned", "object": str(part.pk)}), AT + DAY)
    assert (town.now(part).state, town.now(part).delivered_at) == (PartState.DELIVERED, AT + DAY)


def test_asking_stops_the_clock_and_reaches_the_person() -> None:
    part = town.act("ask", town.part(), text=" Which year? ", at=AT + DAY)
    assert part.state == PartState.INFORMATION_NEEDED
    with acting_as(town.clerk(town.tax())):
        assert Pause.objects.get(part=part).asked_at == AT + DAY
        assert PartMessage.objects.get(part=part).text == "Which year?"
    assert town.events(part)[-1] == "rights.part.asked"
    assert town.letters(part.request)[-1] == "part_question"
    with pytest.raises(IllegalMove):
        town.act("ask", part, text="And?")


def test_only_the_persons_answer_sets_a_stopped_clock_going_again() -> None:
    part = town.act("ask", town.part(), text="Which year?")
    with pytest.raises(IllegalMove):
        town.act("acknowledge", part)
    with acting_as(town.clerk(town.tax())):
        assert Pause.objects.get(part=part).answered_at is None


def test_nobody_answers_what_was_not_asked() -> None:
    part = town.act("mark_delivered", town.part())
    with pytest.raises(IllegalMove):
        town.act("answer_question", part, text="2025", by=town.owner_of(part.request))
    assert town.now(part).state == PartState.DELIVERED


@pytest.mark.parametrize(("step", "field"), [("ask", "text"), ("extend", "reason"), ("transfer", "reason")])
def test_a_step_that_the_person_reads_needs_words(step: str, field: str) -> None:
    catalogue.agency("health")
    part = town.part()
    with pytest.raises(TextMissing) as refused:
        town.act(step, part, **{**STEPS[step], field: "  "})
    assert refused.value.field == field


def test_extending_gives_the_laws_one_extension_with_its_reason() -> None:
    part = town.part()
    extended = town.act("extend", part, reason="Many records.", at=AT + DAY)
    wanted = law.extended(law.jurisdiction().rights["access"].deadline, AT, told_at=AT + DAY)
    assert (extended.due_at, extended.due_article, extended.extended_at) == (wanted.at, wanted.article, AT + DAY)
    assert extended.due_at > part.due_at
    assert town.events(part)[-1] == "rights.part.extended"
    assert town.letters(part.request)[-1] == "part_extended"
    with pytest.raises(ExtendedAlready):
        town.act("extend", extended, reason="More.", at=AT + DAY)


def test_after_the_first_period_it_is_too_late_to_extend() -> None:
    part = town.part()
    with pytest.raises(TooLateToExtend):
        town.act("extend", part, reason="Many records.", at=part.due_at + DAY)
    assert town.now(part).extended_at is None


def test_a_part_that_is_passed_on_keeps_its_deadline_its_pauses_and_its_extension() -> None:
    catalogue.agency("health")
    request = town.routed()
    part, person = town.part(request), town.owner_of(request)
    town.act("extend", part, reason="Many records.", at=AT)
    town.act("ask", part, text="Which year?", at=AT + DAY)
    town.act("answer_question", part, text="2025", by=person, at=AT + 3 * DAY)
    heir = town.handed_over(part, catalogue.agency("health"), at=AT + 4 * DAY)
    passed = town.now(part)
    assert passed.state == PartState.TRANSFERRED
    assert town.letters(request)[-1] == "part_transferred"
    assert (heir.state, heir.due_at, heir.extended_at) == (PartState.QUEUED, passed.due_at, AT)
    assert heir.transferred_from_id == part.pk
    with acting_as(catalogue.clerk_of(heir.agency)):
        assert [(pause.asked_at, pause.answered_at) for pause in heir.pauses.all()] == [(AT + DAY, AT + 3 * DAY)]
    with pytest.raises(ExtendedAlready):
        town.act("extend", heir, reason="Again.", at=AT + 5 * DAY)


def test_passing_on_twice_makes_one_part_and_the_request_waits_for_it() -> None:
    catalogue.agency("health")
    request = town.routed()
    part = town.part(request)
    town.act("transfer", part, agency="health", reason="They hold it.")
    with acting_as(catalogue.clerk_of(catalogue.agency("health"))) as receiver:
        actions.accept_offer(town.offer(part), actor=receiver, at=AT)
    with acting_as(Actor.portal()):
        message = Message.objects.get(topic="rights.part.transferred")
        town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
        routing.close(Message(payload={"request_id": str(request.pk)}), AT)
        assert town.now(request).state == "in_progress"
        routing.pass_on(message, AT)
        routing.pass_on(message, AT)
    with acting_as(Actor.portal()):
        assert Part.objects.filter(transferred_from=part).count() == 1
    town.replied(town.part(request, "health"), Outcome.NOTHING_HELD)
    town.run(AT + DAY)
    assert town.now(request).state == "answered"


def test_a_part_may_come_back_to_who_passed_it_on_and_the_request_still_ends() -> None:
    request = town.routed()
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    catalogue.agency("health")
    town.handed_over(town.handed_over(town.part(request), catalogue.agency("health")), town.tax())
    back = town.part(request, "tax")
    assert back.state == PartState.QUEUED
    town.replied(back)
    town.run()
    assert town.now(request).state == "answered"


@pytest.mark.parametrize(("receiver", "error"), [("tax", SameAgency), ("nobody", AgencyUnknown)])
def test_a_part_is_passed_on_to_another_agency_that_exists(receiver: str, error: type[Exception]) -> None:
    part = town.part()
    with pytest.raises(error):
        town.act("transfer", part, agency=receiver, reason="Theirs.")
    assert town.now(part).state == PartState.QUEUED


def test_an_answer_shows_the_person_its_words_and_its_files() -> None:
    part = town.part()
    town.act("attach", part, name="my rows.csv", media_type="text/csv", content=[b"a,", b"b\n"])
    with acting_as(town.owner_of(part.request)):
        (file,) = PartFile.objects.all()
        assert queries.rows_of(part.request, at=AT)[1].part.state != PartState.ANSWERED
        with pytest.raises(UnknownRequest):
            queries.file_of(bytes(part.subject_key), file.pk)
    answered = town.act("reply", part, outcome=Outcome.FULFILLED, text="Here.", at=AT + DAY)
    assert (answered.state, answered.outcome, answered.answered_at) == ("answered", "fulfilled", AT + DAY)
    with acting_as(town.owner_of(part.request)):
        found = queries.file_of(bytes(part.subject_key), file.pk)
        assert (found.name, found.size) == ("my_rows.csv", 4)
        assert b"".join(files.opened(found.stored_as)) == b"a,b\n"
    assert town.events(part)[-1] == "rights.part.answered"
    assert town.events(file) == ["rights.file.attached"]
    assert town.letters(part.request)[-1] == "part_answered"


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.PARTLY])
def test_a_refusal_names_its_ground_in_the_law_and_says_why(outcome: Outcome) -> None:
    part = town.part()
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"text": "No."}, GroundMissing),
        ({"text": "No.", "ground": "accurate"}, GroundUnknown),  # a ground of corrections, not of access
        ({"text": " ", "ground": "legal_secrecy"}, TextMissing),
    ]
    for given, error in wrong:
        with pytest.raises(error):
            town.act("reply", part, outcome=outcome, **given)
    assert town.now(part).state == PartState.QUEUED
    assert town.replied(part, outcome).ground == "legal_secrecy"


def test_the_database_too_wants_an_outcome_with_an_answer_and_a_ground_with_a_refusal() -> None:
    part = town.part()
    for columns, name in (
        ({"state": "answered"}, "answered_parts_have_an_outcome"),
        ({"outcome": "fulfilled"}, "answered_parts_have_an_outcome"),
        ({"state": "answered", "outcome": "refused", "answered_at": AT}, "refusals_name_their_ground"),
    ):
        with acting_as(Actor.portal()), pytest.raises(DatabaseError, match=name), transaction.atomic():
            Part.objects.filter(pk=part.pk).update(**columns)


def test_answering_while_a_question_is_open_ends_the_pause() -> None:
    part = town.part()
    town.act("ask", part, text="Which year?", at=AT)
    town.replied(part, Outcome.NOTHING_HELD, at=AT + DAY)
    with acting_as(town.clerk(town.tax())):
        assert Pause.objects.get(part=part).answered_at == AT + DAY


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "../x"}, FileNameInvalid),
        ({"name": "a\x00b"}, FileNameInvalid),
        ({"name": ""}, FileNameInvalid),
        ({"content": []}, FileEmpty),
        ({"content": iter(lambda: b"x" * (1 << 20), b"")}, FileTooLarge),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_nothing_behind(given: dict[str, Any], error: type[Exception]) -> None:
    part = town.part()
    folder = cabinet._path("parts")
    before = set(folder.iterdir()) if folder.exists() else set()
    with pytest.raises(error):
        town.act("attach", part, **{**STEPS["attach"], **given})
    assert set(folder.iterdir()) == before
    with acting_as(Actor.portal()):
        assert not PartFile.objects.exists()


def test_a_file_of_the_same_name_replaces_the_first() -> None:
    part = town.part()
    assert town.act("attach", part, **STEPS["attach"])[1] is True
    second, is_new = town.act("attach", part, **{**STEPS["attach"], "content": [b"second"]})
    assert is_new is False
    with acting_as(town.clerk(town.tax())):
        assert [file.pk for file in part.files.all()] == [second.pk]


def test_files_lie_encrypted_and_open_nowhere_else() -> None:
    part = town.part()
    file, _ = town.act("attach", part, **{**STEPS["attach"], "content": [b"a secret line"]})
    other, _ = town.act("attach", part, **{**STEPS["attach"], "name": "b.csv"})
    assert b"secret" not in cabinet._path(file.stored_as).read_bytes()
    cabinet._path(other.stored_as).write_bytes(cabinet._path(file.stored_as).read_bytes())
    with pytest.raises(Unreadable):
        list(files.opened(other.stored_as))


def test_each_look_at_the_person_is_recorded_and_the_person_sees_it() -> None:
    part = town.part()
    clerk = people.as_clerk(people.clerk(part.agency))
    person = town.act("show_person", part, reason="to find the rows", by=clerk)
    assert person.identity.name == "张三"
    with acting_as(town.owner_of(part.request)):
        assert "accounts.person.disclosed" in {entry.event for entry in queries.steps_of(part.request)}


def test_what_was_said_cannot_be_unsaid(as_owner: Any) -> None:
    part = town.part()
    town.act("ask", part, text="Which year?")
    with as_owner(), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        PartMessage.objects.update(text="something else")


def test_every_action_of_the_contract_is_there() -> None:
    assert {"submit", "withdraw", "answer_question", *STEPS} <= set(actions.__all__)
