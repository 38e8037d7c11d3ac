"""Coming of age: on the day the law says, once, and also when nobody ran the task for years."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from consent import actions as consents_actions
from consent import coming_of_age
from consent import queries as consents
from consent.models import Consent, Kind
from portal.accounts.models import User
from portal.outbox.models import Message
from portal.representation import actions, queries
from portal.representation.errors import NotStanding
from portal.representation.models import Representation
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests.consent import factories as consent_town
from tests.people import as_citizen
from tests.representation import factories as town

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LEAP_CHILD = date(2020, 2, 29)  # fourteen in 2034, which has no 29 February


def only_minor() -> Representation:
    with acting_as(Actor.portal()):
        return Representation.objects.get(kind="minor")


@pytest.mark.parametrize(
    ("born_on", "day"),
    [(LEAP_CHILD, "2034-03-01"), (date(2018, 5, 6), "2032-05-06"), (date(2019, 12, 31), "2033-12-31")],
)
def test_on_the_fourteenth_birthday_it_is_put_to_the_child(born_on: date, day: str) -> None:
    child = town.person(born_on=born_on)
    parent, row = town.parent_of(child)
    assert row.valid_until
    assert timezone.localtime(row.valid_until).isoformat() == f"{day}T00:00:00+08:00"
    assert town.expire(row.valid_until - SECOND) == 0
    with pytest.raises(NotStanding):  # the day counts, whether or not the task ran
        town.act("begin_acting", row, parent, at=row.valid_until)
    assert town.expire(row.valid_until) == 1
    assert town.came_of_age() == [14]
    put = only_minor()
    assert (town.now(row).state, put.state, put.waits_for, put.follows_id) == ("expired", "asked", "person", row.pk)
    assert put.valid_until == town.birthday(child, 18)
    assert town.letters(child)[-1] == "representation_asked"
    assert town.letters(parent)[-1] == "representation_put_to_person"


def test_a_second_run_does_nothing_more() -> None:
    child = town.person(8)
    _, row = town.parent_of(child)
    assert row.valid_until
    assert [town.expire(row.valid_until), town.expire(row.valid_until)] == [1, 0]
    assert town.came_of_age() == [14]


def test_the_young_person_accepts_and_at_eighteen_it_ends() -> None:
    child = town.person(8)
    parent, row = town.parent_of(child)
    town.expire(town.birthday(child, 14))
    put = town.act("accept", only_minor(), child, at=town.birthday(child, 14) + SECOND)
    assert put.stands(town.birthday(child, 18) - SECOND)
    assert town.expire(town.birthday(child, 18)) == 1
    assert (town.now(put).state, town.came_of_age()) == ("expired", [14, 18])
    with acting_as(as_citizen(parent)):
        assert queries.standing(parent.subject_key or b"", at=town.birthday(child, 18)) == []
    assert town.now(row).state == "expired"


def test_a_young_person_who_says_no_or_nothing_is_not_represented() -> None:
    child = town.person(8)
    town.parent_of(child)
    town.expire(town.birthday(child, 14))
    assert town.act("refuse", only_minor(), child, at=town.birthday(child, 14)).state == "refused"
    second = town.person(9)
    _, row = town.parent_of(second)
    assert row.valid_until
    town.expire(row.valid_until)
    put = Representation.objects.none()
    with acting_as(Actor.portal()):
        put = Representation.objects.filter(kind="minor", state="asked")
        (waiting,) = list(put)
    assert waiting.answer_by
    assert town.expire(waiting.answer_by) == 1
    assert town.now(waiting).state == "expired"


def test_both_parents_are_put_to_the_child_each() -> None:
    child = town.person(8)
    town.parent_of(child)
    town.parent_of(child)
    assert town.expire(town.birthday(child, 14)) == 2
    with acting_as(Actor.portal()):
        assert Representation.objects.filter(kind="minor", state="asked").count() == 2


def test_a_run_that_comes_years_late_begins_nothing_that_is_over() -> None:
    child = town.person(8)
    _, row = town.parent_of(child)
    assert town.expire(town.birthday(child, 20)) == 1
    assert town.now(row).state == "expired"
    assert town.came_of_age() == [14]
    with acting_as(Actor.portal()):
        assert not Representation.objects.filter(kind="minor").exists()


def test_only_the_portal_lets_time_pass() -> None:
    actor = as_citizen(town.person())
    with acting_as(actor), pytest.raises(NotPermitted):
        actions.expire_due(actor=actor, at=timezone.now())


# ------------------------------------------------------------------ what upper apps make of it
def _given_by_guardian(kind: str = Kind.EXPRESS) -> tuple[User, Consent]:
    child = town.person(8)
    parent, row = town.parent_of(child)
    at = timezone.now()
    asked = consent_town.asked(child, consent_town.approved(kind=kind), at=at)
    with acting_as(town.stand_in(row, parent)) as actor:
        notice = consents.current_notice(asked.purpose_id)
        assert notice
        consents_actions.give(
            asked, items=[consent_town.item("year").pk], valid_until=at + timedelta(days=300),
            notice=notice.pk, language="en", actor=actor, at=at,
        )  # fmt: skip
    return child, asked


def _told(child: User) -> None:
    with acting_as(Actor.portal()):
        message = Message.objects.get(topic="representation.came_of_age")
        coming_of_age.ask_anew(message, timezone.now())
        coming_of_age.ask_anew(message, timezone.now())  # delivered twice


@pytest.mark.parametrize(("kind", "states"), [("express", ["superseded", "requested"]), ("guardian", ["superseded"])])
def test_what_a_guardian_allowed_is_asked_anew_of_who_came_of_age(kind: str, states: list[str]) -> None:
    child, _ = _given_by_guardian(kind)
    town.expire(town.birthday(child, 14))
    _told(child)
    with acting_as(as_citizen(child)):
        assert [one.state for one in reversed(consents.consents_of(child.subject_key or b""))] == states
