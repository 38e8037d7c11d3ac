"""What a person answers: given, refused, stopped, paused; what is refused, and what each step leaves behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from consent import actions, policy, queries, receipts
from consent.errors import (
    AlreadyAsked,
    AlreadyGiven,
    CoolingDown,
    GuardianDecides,
    ItemNotAsked,
    NeededItemMissing,
    NotAskable,
    NothingChosen,
    NoticeChanged,
    TooLong,
    UnknownConsent,
)
from consent.models import Consent, ConsentChange, ConsentEvent, Kind
from portal.accounts import queries as accounts
from portal.inbox.models import Letter
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted, Refusal
from portal.trail.ids import new_id
from portal.trail.keys import BadSignature
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT, YEAR
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def _left_behind(consent: Consent, as_owner: AsOwner) -> tuple[list[str], list[str], list[str], list[str], int]:
    """What the steps of a consent left: moves, trail, letters, webhooks and feeds."""
    with as_owner():
        of = {"subject_key": consent.subject_key}
        return (
            [event.move for event in ConsentEvent.objects.filter(**of).order_by("at", "id")],
            [entry.event for entry in Entry.objects.filter(**of, event__startswith="consent.").order_by("at", "id")],
            [letter.kind for letter in Letter.objects.filter(**of).order_by("id")],
            sorted({message.payload["event"] for message in Message.objects.filter(topic="outbox.webhook.due")}),
            ConsentChange.objects.filter(**of).count(),
        )


def test_asking_leaves_everything_unticked_and_tells_the_person_and_every_agency_concerned(as_owner: AsOwner) -> None:
    consent = town.asked()
    assert (consent.state, consent.items, consent.valid_until) == ("requested", [], None)
    assert set(consent.parties) == {town.asker().pk, town.holder().pk}
    moves, entries, letters, webhooks, changes = _left_behind(consent, as_owner)
    assert (moves, entries, letters) == (["requested"], ["consent.consent.requested"], ["consent_asked"])
    assert (webhooks, changes) == (["consent.requested"], 2)


def test_a_webhook_names_the_person_by_its_receivers_own_key(as_owner: AsOwner) -> None:
    consent = town.asked()
    with as_owner():
        due = list(Message.objects.filter(topic="outbox.webhook.due"))
    sent = {message.payload["agency"]: message.payload["data"] for message in due}
    for agency in (town.asker(), town.holder()):
        assert sent[str(agency.pk)] == {
            "consent": str(consent.id),
            "purpose": "study",
            "subject": accounts.pairwise_key(consent.subject_key, agency_id=agency.pk),
            "occurred_at": "2026-11-24T02:00:00.000000Z",
        }


def test_giving_keeps_what_was_ticked_what_was_shown_and_a_receipt_that_verifies(as_owner: AsOwner) -> None:
    asked = town.asked()
    consent = town.give(asked, items=town.chosen("income", "year"), language="en")
    assert (consent.state, consent.items) == ("given", town.chosen("year", "income"))
    moves, entries, letters, webhooks, changes = _left_behind(consent, as_owner)
    assert moves == ["requested", "given"]
    assert entries[-1] == "consent.consent.given"
    assert letters == ["consent_asked", "consent_given"]
    assert (webhooks, changes) == (["consent.given", "consent.requested"], 4)
    with acting_as(town.citizen_of(consent)):
        event = queries.events_of(consent.subject_key, consent.id)[-1]
        shown = queries.current_notice(consent.purpose_id)
        receipt = receipts.check(queries.receipt_of(consent.subject_key, consent.id))
    assert shown
    assert (event.language, event.notice_hash) == ("en", shown.hash_en)
    record = receipt["record"]
    assert record["notice"] == {"version": 1, "sha256": shown.hash_en.hex()}
    assert [one["item"] for one in record["items"]] == ["year", "income"]
    assert (record["event"], record["consent"], receipt["language"]) == ("given", str(consent.id), "en")


def test_an_altered_receipt_does_not_verify() -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)):
        token = queries.receipt_of(consent.subject_key, consent.id)
    head, body, signature = token.split(".")
    with pytest.raises(BadSignature):
        receipts.check(".".join([head, body[:-2] + ("AA" if body[-2:] != "AA" else "BB"), signature]))


@pytest.mark.parametrize(
    ("answer", "refusal", "field"),
    [
        ({"items": []}, NothingChosen, "items"),
        ({"items": [new_id()]}, ItemNotAsked, "items"),
        ({"valid_until": AT}, TooLong, "until"),
        ({"valid_until": AT + YEAR + timedelta(seconds=1)}, TooLong, "until"),
        ({"notice": new_id()}, NoticeChanged, None),
    ],
)
def test_giving_refuses_what_is_wrong_at_its_field_and_changes_nothing(
    answer: dict[str, Any], refusal: type[Refusal], field: str | None, as_owner: AsOwner
) -> None:
    consent = town.asked()
    with pytest.raises(refusal) as refused:
        town.give(consent, **answer)
    assert refused.value.field == field
    with as_owner():
        assert Consent.objects.get(id=consent.id).state == "requested"


def test_what_is_needed_must_be_ticked_by_the_person_itself() -> None:
    consent = town.asked()
    with pytest.raises(NeededItemMissing):
        town.give(consent, items=town.chosen("income"))


def test_a_consent_is_given_to_the_current_notice_only() -> None:
    consent = town.asked()
    with acting_as(town.citizen_of(consent)):
        old = queries.current_notice(consent.purpose_id)
    assert old
    town.new_notice(consent.purpose)
    with pytest.raises(NoticeChanged):
        town.give(consent, notice=old.pk)
    assert town.give(consent).notice.version == 2


def test_a_child_cannot_consent_alone() -> None:
    with pytest.raises(GuardianDecides):
        town.give(town.asked(town.child()))


def test_what_a_guardian_decides_nobody_else_gives() -> None:
    with pytest.raises(GuardianDecides):
        town.given(purpose=town.approved(kind=Kind.GUARDIAN))


def test_refusing_ends_the_question_and_nobody_asks_again_before_the_time(as_owner: AsOwner) -> None:
    person = town.adult()
    consent = town.asked(person)
    with acting_as(as_citizen(person)) as actor:
        refused = actions.refuse(consent, actor=actor, at=AT)
    assert refused.state == "refused"
    assert _left_behind(consent, as_owner)[0] == ["requested", "refused"]
    with pytest.raises(CoolingDown) as cooling:
        town.asked(person, consent.purpose, at=AT + timedelta(days=1))
    assert cooling.value.until == AT + policy.AFTER_REFUSAL
    assert town.asked(person, consent.purpose, at=AT + policy.AFTER_REFUSAL).state == "requested"


def test_who_withdrew_may_be_asked_anew() -> None:
    person = town.adult()
    consent = town.withdraw(town.given(person))
    again = town.asked(person, consent.purpose, at=AT + timedelta(minutes=1))
    assert (again.state, again.items) == ("requested", [])


def test_withdrawing_takes_one_step_and_makes_a_receipt(as_owner: AsOwner) -> None:
    consent = town.withdraw(town.given())
    assert (consent.state, consent.ended_at) == ("withdrawn", AT)
    assert _left_behind(consent, as_owner)[0] == ["requested", "given", "withdrawn"]
    with acting_as(town.citizen_of(consent)):
        receipt = receipts.check(queries.receipt_of(consent.subject_key, consent.id))
    record = receipt["record"]
    assert (record["event"], record["state"], record["way"]) == ("withdrawn", "withdrawn", "page")
    with pytest.raises(IllegalMove):
        town.withdraw(consent)


def test_a_paused_consent_resumes_on_its_terms_or_is_withdrawn() -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        paused = actions.pause(consent, actor=actor, at=AT)
        assert (paused.state, paused.paused_at) == ("paused", AT)
        with pytest.raises(IllegalMove):
            actions.pause(consent, actor=actor, at=AT)
        resumed = actions.resume(consent, actor=actor, at=AT)
        assert (resumed.state, resumed.valid_until) == ("given", consent.valid_until)
        with pytest.raises(IllegalMove):
            actions.resume(consent, actor=actor, at=AT)
        actions.pause(consent, actor=actor, at=AT)
        assert actions.withdraw(consent, actor=actor, at=AT).state == "withdrawn"


def test_a_paused_consent_is_not_given_anew_on_other_terms() -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        actions.pause(consent, actor=actor, at=AT)
    with pytest.raises(IllegalMove):
        town.give(consent)


def test_what_reaches_its_day_ends_and_what_nobody_answers_lapses(as_owner: AsOwner) -> None:
    person = town.adult()
    consent, waiting = town.given(), town.asked(person, town.approved("other"))
    with acting_as(Actor.portal()) as portal:
        assert actions.expire_due(actor=portal, at=AT + timedelta(days=1)) == 0
        assert actions.expire_due(actor=portal, at=AT + YEAR) == 2
        assert actions.expire_due(actor=portal, at=AT + YEAR) == 0
    with as_owner():
        assert Consent.objects.get(id=consent.id).state == "expired"
        assert Consent.objects.get(id=waiting.id).state == "lapsed"


def test_nobody_is_asked_twice_at_once_or_for_what_they_allow() -> None:
    person = town.adult()
    consent = town.asked(person)
    with pytest.raises(AlreadyAsked):
        town.asked(person, consent.purpose)
    town.give(consent)
    with pytest.raises(AlreadyGiven):
        town.asked(person, consent.purpose)


def test_a_question_under_an_older_notice_is_replaced(as_owner: AsOwner) -> None:
    person = town.adult()
    old = town.asked(person)
    town.new_notice(old.purpose)
    new = town.asked(person, old.purpose)
    with as_owner():
        assert Consent.objects.get(id=old.id).state == "superseded"
    assert new.notice.version == 2


def test_only_an_approved_purpose_is_put_to_people_and_only_by_its_agency() -> None:
    person, purpose = town.adult(), town.registered()
    with pytest.raises(NotAskable):
        town.asked(person, purpose)
    with acting_as(catalogue.client_of(town.holder())) as other, pytest.raises(NotPermitted):
        actions.ask(person.subject_key, purpose, actor=other, at=AT)


def test_nobody_answers_for_somebody_else() -> None:
    consent, other = town.asked(), town.adult()
    with acting_as(as_citizen(other)) as stranger, pytest.raises(UnknownConsent):
        actions.refuse(consent, actor=stranger, at=AT)
    with acting_as(catalogue.client_of(town.asker())) as client, pytest.raises(NotPermitted):
        actions.withdraw(consent, actor=client, at=AT)


def test_an_agency_cannot_write_a_consent_even_by_sql() -> None:
    consent = town.asked()
    with acting_as(catalogue.client_of(town.asker())):
        for values in ({"state": "refused", "ended_at": AT}, {"answer_by": AT}):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                Consent.objects.filter(id=consent.id).update(**values)


def test_history_is_never_changed_or_removed(as_owner: AsOwner) -> None:
    consent = town.given()
    with as_owner():
        for table in ("consent_consentevent", "consent_consent"):
            with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
                _sql(f"DELETE FROM {table} WHERE subject_key = %s", [consent.subject_key])
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            _sql("UPDATE consent_consentevent SET move = 'refused' WHERE subject_key = %s", [consent.subject_key])


def _sql(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
