"""Appeals: another person decides, then the regulator; what was decided binds, and is published without anybody."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from rights import actions, deadlines, redress, reopening
from rights.actions import appeals
from rights.errors import (
    AnsweredItYourself,
    AppealsExhausted,
    AppealStanding,
    DepartureUnexplained,
    NamesSomebody,
    NothingToAppeal,
    TextMissing,
    UnknownAppeal,
    UnknownPart,
)
from rights.models import Appeal, Part, Precedent, RightsRequest
from rights.states import AppealState, Outcome, PartState, RequestState
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def refused() -> Part:
    """A request of which one part is refused and the other had nothing; it is closed."""
    request = town.routed()
    town.replied(town.part(request, "housing"), Outcome.NOTHING_HELD)
    part = town.replied(town.part(request), Outcome.REFUSED)
    town.run(AT + DAY)
    return part


def test_whoever_is_refused_has_it_looked_at_again_by_another_person() -> None:
    part = refused()
    appeal = town.appealed(part)
    assert (appeal.level, appeal.against, appeal.state) == ("agency", "refusal", "filed")
    assert (appeal.ground, appeal.reply) == ("legal_secrecy", "A law demands secrecy.")
    rule = law.jurisdiction().clocks["internal_review"].rule
    assert appeal.due_at == law.due(rule, appeal.filed_at).at
    assert town.events(appeal) == ["rights.appeal.filed"]
    assert town.letters(part.request)[-1] == "appeal_filed"
    assert town.webhooks()[-1] == ("rights.part.appealed", str(part.pk))


def test_who_gave_the_answer_neither_takes_nor_decides_the_appeal() -> None:
    part = refused()
    appeal, answered = town.appealed(part), town.clerk(town.tax())
    assert appeal.answered_by == answered.user_id
    with acting_as(answered), pytest.raises(AnsweredItYourself):
        appeals.take_appeal(appeal, actor=answered, at=AT + 3 * DAY)
    with acting_as(town.colleague(town.tax())) as other:
        appeals.take_appeal(appeal, actor=other, at=AT + 3 * DAY)
    with acting_as(answered), pytest.raises(AnsweredItYourself):
        appeals.decide_appeal(appeal, granted=False, text="No.", published="No.", actor=answered, at=AT + 3 * DAY)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="another_person_reviews"), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(taken_by=answered.user_id)


def test_a_granted_appeal_reopens_the_part_and_its_request_within_a_fresh_term() -> None:
    part = refused()
    assert town.now(part.request).state == RequestState.PARTLY_ANSWERED
    appeal = town.reviewed(town.appealed(part), granted=True, by=town.colleague(town.tax()))
    town.run(AT + 3 * DAY)
    part, request = town.now(part), town.now(part.request)
    assert appeal.decided_at
    assert (part.state, part.outcome, part.reply, part.reopened_at) == ("acknowledged", "", "", appeal.decided_at)
    assert part.due_at == law.due(law.jurisdiction().rights["access"].deadline, appeal.decided_at).at
    assert (request.state, request.closed_at) == (RequestState.IN_PROGRESS, None)
    assert town.events(part)[-1] == "rights.part.reopened"
    assert town.letters(request)[-1] == "appeal_granted"
    assert town.webhooks()[-1] == ("rights.part.reopened", str(part.pk))
    town.replied(town.part(request), Outcome.FULFILLED, at=AT + 5 * DAY)
    town.run(AT + 5 * DAY)
    assert town.now(request).state == RequestState.ANSWERED
    assert town.letters(request)[-1] == "package_ready"


def test_a_granted_appeal_reopens_once_however_often_its_news_comes() -> None:
    part = refused()
    appeal = town.reviewed(town.appealed(part), granted=True, by=town.colleague(town.tax()))
    town.run(AT + 3 * DAY)
    town.replied(town.part(part.request), Outcome.FULFILLED, at=AT + 5 * DAY)

    class News:
        payload = {"appeal_id": str(appeal.pk)}

    with acting_as(Actor.portal()):
        reopening.reopen(News(), AT + 6 * DAY)  # type: ignore[arg-type]  # as much of a message as is read
    assert town.now(part).state == PartState.ANSWERED
    assert town.events(part).count("rights.part.reopened") == 1


def test_an_answered_part_is_not_acknowledged_again_and_the_database_says_so_too() -> None:
    part = refused()
    with pytest.raises(IllegalMove):
        town.act("acknowledge", part)
    with (
        acting_as(Actor.portal()),
        pytest.raises(DatabaseError, match="by a granted appeal alone"),
        transaction.atomic(),
    ):
        Part.objects.filter(pk=part.pk).update(state="acknowledged", outcome="", reopened_at=AT)


def test_after_the_agency_the_regulator_decides_and_then_the_courts_remain() -> None:
    part = refused()
    town.reviewed(town.appealed(part), granted=False, by=town.colleague(town.tax()))
    above = town.appealed(part, at=AT + 4 * DAY)
    assert (above.level, above.previous is not None) == ("regulator", True)
    with acting_as(town.colleague(town.tax())) as clerk, pytest.raises(UnknownAppeal):
        appeals.take_appeal(above, actor=clerk, at=AT + 5 * DAY)
    town.reviewed(above, granted=False, by=catalogue.REGULATOR, at=AT + 5 * DAY)
    with pytest.raises(AppealsExhausted):
        town.appealed(part, at=AT + 6 * DAY)


def test_the_regulators_word_reopens_the_part_as_well() -> None:
    part = refused()
    town.reviewed(town.appealed(part), granted=False, by=town.colleague(town.tax()))
    town.reviewed(town.appealed(part, at=AT + 4 * DAY), granted=True, by=catalogue.REGULATOR, at=AT + 5 * DAY)
    town.run(AT + 5 * DAY)
    assert town.now(part).state == PartState.ACKNOWLEDGED


def test_silence_can_be_appealed_once_it_is_late_and_a_silent_review_goes_up() -> None:
    part = town.part()
    with pytest.raises(NothingToAppeal):
        town.appealed(part, at=part.due_at - DAY)
    first = town.appealed(part, at=part.due_at + DAY)
    assert (first.against, first.answered_by) == ("silence", None)
    with pytest.raises(AppealStanding):
        town.appealed(part, at=first.due_at - DAY)
    assert deadlines.watch(at=first.due_at + DAY).reviews == 1
    assert deadlines.watch(at=first.due_at + DAY).reviews == 0
    assert "appeal_overdue" in town.letters(part.request)
    second = town.appealed(part, at=first.due_at + DAY)
    assert (second.level, town.now(first).state) == ("regulator", AppealState.LAPSED)


def test_an_appeal_that_was_taken_back_may_be_filed_again_to_the_same_place() -> None:
    part = refused()
    appeal, owner = town.appealed(part), town.owner_of(part.request)
    with acting_as(owner):
        appeals.withdraw_appeal(appeal, actor=owner, at=AT + 2 * DAY)
    assert town.appealed(part, at=AT + 3 * DAY).level == "agency"


def test_nobody_appeals_for_another_and_nothing_is_filed_without_words() -> None:
    part = refused()
    with acting_as(as_citizen(citizen())) as stranger, pytest.raises((UnknownPart, NotPermitted)):
        appeals.file_appeal(part, text="Mine!", actor=stranger, at=AT + 2 * DAY)
    with pytest.raises(TextMissing):
        town.appealed(part, text="  ")
    with acting_as(Actor.portal()):
        assert not Appeal.objects.exists()


def test_a_decision_is_given_once_by_somebody_who_took_it_and_stands() -> None:
    appeal, clerk = town.appealed(refused()), town.colleague(town.tax())
    given: dict[str, Any] = {"granted": True, "text": "Yes.", "published": "Yes.", "actor": clerk, "at": AT + 3 * DAY}
    with acting_as(clerk):
        with pytest.raises(IllegalMove):
            appeals.decide_appeal(appeal, **given)
        appeals.take_appeal(appeal, actor=clerk, at=AT + 3 * DAY)
        appeals.decide_appeal(appeal, **given)
        with pytest.raises(IllegalMove):
            appeals.decide_appeal(appeal, **{**given, "granted": False})
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(decision="Otherwise.")


# ------------------------------------------------------------------ what is published
def test_what_was_decided_is_published_by_ground_and_article_and_names_nobody() -> None:
    part = refused()
    town.reviewed(town.appealed(part), granted=True, by=town.colleague(town.tax()))
    with acting_as(Actor.visitor()):
        (group,) = redress.published()
        assert (group.kind, group.granted, group.dismissed) == ("access", 1, 0)
        assert group.ground is not None
        assert (group.ground.code, group.article.ref) == ("legal_secrecy", "pipl-18-1")
        columns = {field.attname for field in Precedent._meta.fields}
    assert not columns & {"subject_key", "part_id", "request_id", "filed_by", "decided_by"}


def test_words_that_tell_who_it_was_are_not_published() -> None:
    appeal = town.appealed(refused())
    for words in ("Call 13812345678.", "About 110101198805170011.", "zhang@example.org wrote."):
        with pytest.raises(NamesSomebody):
            town.reviewed(appeal, granted=True, by=town.colleague(town.tax()), published=words)
    assert town.now(appeal).state == AppealState.FILED


def test_a_ground_that_an_appeal_found_wrongly_used_is_used_again_with_a_reason_alone() -> None:
    town.reviewed(town.appealed(refused()), granted=True, by=town.colleague(town.tax()))
    part = town.part(town.routed())
    with pytest.raises(DepartureUnexplained):
        town.replied(part, Outcome.REFUSED)
    assert town.now(part).state == PartState.QUEUED
    answered = town.replied(part, Outcome.REFUSED, departure="Here a law of 2025 demands it.")
    assert answered.departure == "Here a law of 2025 demands it."


def test_a_ground_that_stood_its_appeal_needs_no_further_reason() -> None:
    town.reviewed(town.appealed(refused()), granted=False, by=town.colleague(town.tax()))
    assert town.replied(town.part(town.routed()), Outcome.REFUSED).outcome == Outcome.REFUSED


# ------------------------------------------------------------------ who sees them
def test_everybody_sees_only_their_appeals() -> None:
    part = refused()
    town.reviewed(town.appealed(part), granted=False, by=town.colleague(town.tax()))
    sights = {
        "the person": (town.owner_of(part.request), 1, 1),
        "another": (as_citizen(citizen()), 0, 1),
        "the agency": (town.clerk(town.tax()), 1, 1),
        "another agency": (town.clerk(town.housing()), 0, 1),
        "the regulator": (catalogue.REGULATOR, 1, 1),
        "a visitor": (Actor.visitor(), 0, 1),
    }
    for who, (actor, own, published) in sights.items():
        with acting_as(actor):
            assert (Appeal.objects.count(), Precedent.objects.count()) == (own, published), who


def test_the_agency_writes_nothing_into_a_review_that_is_the_regulators() -> None:
    part = refused()
    town.reviewed(town.appealed(part), granted=False, by=town.colleague(town.tax()))
    above = town.appealed(part, at=AT + 4 * DAY)
    with acting_as(town.colleague(town.tax())):
        assert Appeal.objects.filter(pk=above.pk).update(state="under_review") == 0
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as raw:
            raw.execute("DELETE FROM rights_appeal")


def test_a_request_that_was_taken_back_is_not_reopened() -> None:
    request = town.routed()
    part = town.replied(town.part(request), Outcome.REFUSED)
    appeal = town.appealed(part)
    with acting_as(town.owner_of(request)) as owner:
        from_person = RightsRequest.objects.get(pk=request.pk)
        actions.withdraw(from_person, actor=owner, at=AT + 2 * DAY)
    town.reviewed(appeal, granted=True, by=town.colleague(town.tax()))
    town.run(AT + 3 * DAY)
    assert (town.now(part).state, town.now(request).state) == (PartState.ANSWERED, RequestState.WITHDRAWN)
