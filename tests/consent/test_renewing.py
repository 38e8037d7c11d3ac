"""What people agreed to has changed: what they allowed ends, and they are asked anew, told once by inbox and mail."""

from datetime import timedelta
from typing import Any

import pytest

from consent import actions, renewing
from consent.models import Consent, Purpose
from portal.accounts.models import User
from portal.inbox.models import Letter
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT, AUTHORITY
from tests.people import as_citizen

pytestmark = pytest.mark.django_db


def states(of: Purpose, person: User) -> list[str]:
    with acting_as(Actor.portal()):
        rows = Consent.objects.filter(purpose=of, subject_key=person.subject_key)
        return list(rows.order_by("asked_at", "id").values_list("state", flat=True))


def waiting() -> list[Message]:
    with acting_as(Actor.portal()):
        return list(Message.objects.filter(topic="consent.terms.changed").order_by("id"))


def run() -> None:
    """What the worker does with the newest message."""
    with acting_as(Actor.portal()):
        renewing.ask_anew(waiting()[-1], AT + timedelta(hours=1))


def letters(person: User) -> list[str]:
    with acting_as(as_citizen(person)):
        return list(Letter.objects.order_by("created_at", "id").values_list("kind", flat=True))


def changed(purpose: Purpose, **changes: Any) -> None:
    """The next notice, approved."""
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        text = {**town.TEXTS, "full_en": "Another text."}
        notice = actions.publish_notice(purpose, **text, **changes, actor=clerk, at=AT)
    with acting_as(AUTHORITY):
        actions.approve_notice(notice, actor=AUTHORITY, at=AT)


def test_a_changed_notice_ends_what_was_allowed_under_the_old_one_and_asks_each_person_once() -> None:
    purpose, person = town.approved(), town.adult()
    consent = town.given(person, purpose)
    changed(purpose)
    run()
    assert states(purpose, person) == ["superseded", "requested"]
    assert letters(person) == ["consent_asked", "consent_given", "consent_asked_anew"]
    assert town.last_step(consent).receipt
    assert town.decided(town.question(consent)).answer == "deny"
    run()  # the message comes a second time
    assert states(purpose, person) == ["superseded", "requested"]
    assert letters(person).count("consent_asked_anew") == 1


def test_a_paused_consent_ends_too_and_a_question_or_a_refusal_is_left_as_it_is() -> None:
    purpose = town.approved()
    paused, asked, refused = town.adult(), town.adult(), town.adult()
    with acting_as(as_citizen(paused)) as actor:
        consent = town.given(paused, purpose)
        actions.pause(consent, actor=actor, at=AT)
    town.asked(asked, purpose)
    question = town.asked(refused, purpose)
    with acting_as(as_citizen(refused)) as actor:
        actions.refuse(question, actor=actor, at=AT)
    changed(purpose)
    run()
    assert states(purpose, paused) == ["superseded", "requested"]
    assert states(purpose, asked) == ["requested"]
    assert states(purpose, refused) == ["refused"]


def test_better_words_alone_end_nothing() -> None:
    purpose, person = town.approved(), town.adult()
    town.given(person, purpose)
    changed(purpose, asks_anew=False)
    assert not waiting()
    assert states(purpose, person) == ["given"]


def test_what_was_given_to_the_new_text_in_the_meantime_stands() -> None:
    purpose, person = town.approved(), town.adult()
    asked = town.asked(person, purpose)
    changed(purpose)
    town.give(asked)
    run()
    assert states(purpose, person) == ["given"]


def test_a_purpose_that_replaces_another_ends_it_and_asks_its_people_anew() -> None:
    old, person, other = town.approved(), town.adult(), town.adult()
    town.given(person, old)
    town.asked(other, old)
    new = town.approved("wider", replaces=old)
    run()
    assert states(old, person) == ["superseded"]
    assert states(new, person) == ["requested"]
    assert (states(old, other), states(new, other)) == (["superseded"], ["requested"])
    with acting_as(Actor.portal()):
        assert Purpose.objects.get(pk=old.pk).state == "ended"
    assert letters(person)[-1] == "consent_asked_anew"
    assert letters(other)[-1] == "consent_asked"


def test_a_long_list_goes_on_by_a_message_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "A_BATCH", 1)
    purpose, people = town.approved(), [town.adult(), town.adult()]
    for person in people:
        town.given(person, purpose)
    changed(purpose)
    run()
    assert sorted(states(purpose, person)[0] for person in people) == ["given", "superseded"]
    run()
    assert {states(purpose, person)[0] for person in people} == {"superseded"}
