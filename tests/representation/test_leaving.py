"""Who closes their account lets go of what they granted and of what they may do; a guardian by law stays one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.outbox.models import Message
from portal.representation import actions, tasks
from portal.representation.copies import arrangement, representations
from portal.representation.states import Act, Kind
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests.people import as_citizen
from tests.representation import factories as town

pytestmark = pytest.mark.django_db


def close(user: User) -> None:
    """Close the account and let the task run, as the outbox would."""
    with acting_as(as_citizen(user)) as actor:
        accounts.close_account(user, actor=actor, at=timezone.now())
    with acting_as(Actor.portal()):
        message = Message.objects.filter(topic="accounts.account.closed", task="representation.leave").latest("id")
    tasks.leave(str(message.pk))


def test_what_somebody_granted_ends_and_the_proxy_is_told() -> None:
    grantor, to = town.person(), town.person()
    row = town.proxy(grantor, to, Act.SEE)
    close(grantor)
    row = town.now(row)
    assert (row.state, row.ended_by) == ("ended", "portal")
    assert town.letters(to)[-1] == "representation_ended"
    assert town.entry("representation.representation.ended").facts["because"] == "account closed"


def test_a_guardian_who_leaves_is_no_guardian_here_and_the_child_is_told() -> None:
    child = town.person(8)
    guardian, row = town.parent_of(child)
    before = len(town.letters(child))
    close(guardian)
    assert town.now(row).state == "ended"
    assert town.letters(child)[before:] == ["representation_ended"]


def test_nobody_sends_their_guardian_away_by_leaving() -> None:
    child = town.person(8)
    guardian, row = town.parent_of(child)
    close(child)
    assert town.now(row).state == "proven"
    assert "representation_ended" not in town.letters(guardian)


def test_what_waits_for_an_answer_is_over_too() -> None:
    asking, to = town.person(), town.person()
    row = town.granted(asking, to)
    close(to)
    assert town.now(row).state == "ended"
    assert town.letters(asking)[-1] == "representation_ended"


def test_what_began_with_a_new_account_stays_and_a_second_run_does_nothing() -> None:
    grantor, to = town.person(), town.person()
    row = town.proxy(grantor, to)
    with acting_as(Actor.portal()) as portal:
        key, at = grantor.subject_key or b"", timezone.now()
        assert actions.end_of_closed(key, closed_at=row.asked_at - timedelta(seconds=1), actor=portal, at=at) == 0
        assert actions.end_of_closed(key, closed_at=at, actor=portal, at=at) == 1
        assert actions.end_of_closed(key, closed_at=at, actor=portal, at=at) == 0


def test_only_the_portal_does_it() -> None:
    user = town.person()
    with acting_as(as_citizen(user)) as actor, pytest.raises(NotPermitted):
        actions.end_of_closed(user.subject_key or b"", closed_at=timezone.now(), actor=actor, at=timezone.now())


def test_a_copy_has_both_sides_the_other_ones_name_and_what_was_arranged() -> None:
    mother, child, aunt = town.person(name="王母"), town.person(8, name="小明"), town.person(name="姑妈")
    town.shows(mother, child)
    town.asked(mother, child, Kind.CHILD)
    town.proxy(mother, aunt, Act.SEE)
    with acting_as(as_citizen(mother)) as actor:
        actions.arrange(relatives_may=False, actor=actor, at=timezone.now())
        rows = {row["side"].code: row for row in representations(mother.subject_key or b"")}
        (arranged,) = arrangement(mother.subject_key or b"")
    assert rows["representative"]["name"]
    assert (rows["represented"]["name"], [act.code for act in rows["represented"]["acts"]]) == ("姑妈", ["see"])
    assert arranged["relatives_may"] is False
    with acting_as(as_citizen(aunt)):
        (row,) = representations(aunt.subject_key or b"")
    assert (row["side"].code, row["name"]) == ("representative", "王母")
    with acting_as(as_citizen(town.person())):
        assert list(representations(mother.subject_key or b"")) == []
