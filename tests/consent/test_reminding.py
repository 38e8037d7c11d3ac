"""Reminders at 50, 80 and 95 % of a term: one letter a person, each mark once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from consent import actions, reminding
from consent.models import Consent
from portal.accounts.models import User
from portal.inbox.models import Letter
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
HUNDRED = timedelta(days=100)
DAY = timedelta(days=1)


def reminded(at: datetime) -> int:
    with acting_as(Actor.portal()) as portal:
        return reminding.remind(actor=portal, at=at)


def letters(consent: Consent) -> list[dict[str, Any]]:
    with acting_as(town.citizen_of(consent)):
        return [letter.params for letter in Letter.objects.filter(kind="consents_reminded").order_by("created_at")]


def test_each_mark_is_told_once() -> None:
    consent = town.given(valid_until=AT + HUNDRED)
    told = [day for day in range(101) for _ in range(2) if reminded(AT + day * DAY)]
    assert told == [50, 80, 95]
    assert len(letters(consent)) == 3


def test_what_is_due_together_is_one_letter_to_each_person() -> None:
    study, other = town.approved(), town.approved("other", name_zh="另一项", name_en="Another")
    person = town.adult()
    first = town.given(person, study, valid_until=AT + HUNDRED)
    town.given(person, other, valid_until=AT + 2 * HUNDRED)
    alone = town.given(town.adult(), study, valid_until=AT + HUNDRED)
    assert reminded(AT + HUNDRED - DAY) == 2
    (letter,) = letters(first)
    assert (letter["purposes_zh"], letter["purposes_en"]) == ("一项研究", "A study")
    assert len(letters(alone)) == 1
    assert reminded(AT + HUNDRED) == 1  # the other has passed the half of its own term; the first has ended


def test_both_are_named_in_one_letter() -> None:
    person = town.adult()
    first = town.given(person, town.approved(), valid_until=AT + HUNDRED)
    town.given(person, town.approved("other", name_zh="另一项", name_en="Another"), valid_until=AT + HUNDRED)
    assert reminded(AT + HUNDRED / 2) == 1
    (letter,) = letters(first)
    assert sorted(letter["purposes_en"].split("; ")) == ["A study", "Another"]


def test_what_is_paused_or_over_is_not_spoken_of() -> None:
    consent = town.given(valid_until=AT + HUNDRED)
    with acting_as(as_citizen(User.objects.get(subject_key=consent.subject_key))) as actor:
        actions.pause(consent, actor=actor, at=AT)
    assert reminded(AT + HUNDRED / 2) == 0
    with acting_as(town.citizen_of(consent)) as actor:
        actions.withdraw(consent, actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            reminding.remind(actor=actor, at=AT)
    assert reminded(AT + HUNDRED / 2) == 0
