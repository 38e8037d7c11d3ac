"""A minor's part: who it is about opens to whom a second person of the agency approved it, and to nobody else.

未成年人网络保护条例 36 (approval and record) and 34 (refusals in writing, with reasons).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from portal.accounts import actions as accounts
from portal.accounts import queries as people
from portal.accounts.errors import UnknownSubject
from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from rights import actions, queries, timeline
from rights.errors import (
    ApprovalNeeded,
    ApprovalPointless,
    GroundMissing,
    SamePerson,
    TextMissing,
    UnknownApproval,
    UnknownPart,
)
from rights.models import Approval, Part
from rights.states import Outcome
from tests.catalogue import factories as catalogue
from tests.people import as_clerk, citizen, number
from tests.people import clerk as clerk_of
from tests.rights import factories as town
from tests.rights.factories import AT, DAY
from tests.rights.test_api import caller

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
CHILD = date(2012, 5, 1)


def minor() -> User:
    town.person(held=False)  # so that the datasets are there
    return citizen(number(born_on=CHILD), name="小明")


def part_of(user: User | None = None) -> Part:
    return town.part(town.routed(user or minor(), datasets=(town.dataset().pk,)))


def _clerk(name: str) -> Actor:
    found = User.objects.filter(username=f"{name}-tax").first()
    return as_clerk(found or clerk_of(town.tax(), name))


def first() -> Actor:
    return _clerk("first")


def second() -> Actor:
    return _clerk("second")


def asked(part: Part, by: Actor | None = None) -> Approval:
    approval: Approval = town.act("ask_approval", part, why="to find the rows", by=by or first())
    return approval


def decided(approval: Approval, *, granted: bool = True, by: Actor | None = None) -> Approval:
    actor = by or second()
    with acting_as(actor):
        return actions.decide_approval(approval, granted=granted, reason="needed to answer", actor=actor, at=AT)


def shown(part: Part, by: Actor | None = None) -> Any:
    return town.act("show_person", part, reason="to find the rows", by=by or first())


@pytest.mark.parametrize(
    ("born_on", "is_minor"), [(date(2008, 11, 4), True), (date(2008, 11, 3), False), (date(2020, 1, 1), True)]
)
def test_a_part_says_that_it_is_about_a_minor_until_the_eighteenth_birthday(born_on: date, is_minor: bool) -> None:
    town.person(held=False)
    assert part_of(citizen(number(born_on=born_on))).of_minor is is_minor


def test_a_part_that_is_passed_on_is_still_about_a_minor() -> None:
    part = part_of()
    town.handed_over(part, town.housing())
    town.run()
    assert town.part(part.request, "housing").of_minor


def test_nobody_sees_a_minor_without_an_approval_and_who_was_approved_does() -> None:
    part = part_of()
    with pytest.raises(ApprovalNeeded):
        shown(part)
    approval = asked(part)
    with pytest.raises(ApprovalNeeded):
        shown(part)
    decided(approval)
    assert shown(part).identity.name == "小明"
    events = ["rights.approval.asked", "rights.approval.granted"]
    assert [event for event in town.events(part) if event.startswith("rights.approval")] == events


def test_an_adult_is_shown_without_one_and_nobody_asks_in_vain() -> None:
    part = town.part()
    assert shown(part).identity.number
    with pytest.raises(ApprovalPointless):
        asked(part)


def test_an_approval_is_for_its_asker_and_its_part_alone() -> None:
    user = minor()
    part, other = part_of(user), part_of(user)
    decided(asked(part))
    with pytest.raises(ApprovalNeeded):
        shown(part, by=second())
    with pytest.raises(ApprovalNeeded):
        shown(other)
    with pytest.raises(ApprovalNeeded):
        shown(part, by=catalogue.client_of(town.tax()))


def test_who_was_declined_sees_nothing_and_may_ask_again() -> None:
    part = part_of()
    refused = decided(asked(part), granted=False)
    with pytest.raises(ApprovalNeeded):
        shown(part)
    again = asked(part)
    assert again.pk != refused.pk
    assert asked(part).pk == again.pk


def test_who_asks_does_not_approve_nor_does_a_system_nor_another_agency() -> None:
    approval = asked(part_of())
    with pytest.raises(SamePerson):
        decided(approval, by=first())
    with pytest.raises(NotPermitted):
        decided(approval, by=catalogue.client_of(town.tax()))
    stranger = town.clerk(town.housing())
    with acting_as(stranger), pytest.raises(UnknownApproval):
        queries.approval(town.housing().pk, approval.part, approval.pk)
    with acting_as(stranger), pytest.raises(UnknownPart):
        actions.decide_approval(approval, granted=True, reason="x", actor=stranger, at=AT)
    decided(approval)
    with pytest.raises(ApprovalPointless):
        decided(approval, granted=False)


def test_the_person_reads_of_every_question_and_its_answer() -> None:
    part = part_of()
    decided(asked(part))
    with acting_as(town.owner_of(part.request)):
        said = [line.text for line in timeline.lines(queries.steps_of(part.request))]
    assert any("asked a colleague" in line for line in said)
    assert any("approved it, since you are under age" in line for line in said)


# ------------------------------------------------------------------ the database says it again
def _update(approval: Approval, assignment: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE rights_approval SET {assignment} WHERE id = %s", [approval.pk])


def test_the_database_refuses_an_approval_by_its_asker_by_nobody_or_without_a_reason(as_owner: AsOwner) -> None:
    approval = asked(part_of())
    whole = "granted = true, decided_at = now(), reason = 'x'"
    with as_owner():
        with pytest.raises(DatabaseError, match="a_second_person"):
            _update(approval, f"decided_by = asked_by, {whole}")
        with pytest.raises(DatabaseError, match="say_by_whom"):
            _update(approval, "granted = true")
        with pytest.raises(DatabaseError, match="say_by_whom"):
            _update(approval, "granted = true, decided_at = now(), decided_by = id, reason = ''")
        with pytest.raises(DatabaseError, match="pgtrigger"):
            _update(approval, "why = 'another reason'")
        _update(approval, f"decided_by = id, {whole}")
        with pytest.raises(DatabaseError, match="pgtrigger"):
            _update(approval, "granted = false")


def test_the_database_records_no_look_at_a_minor_that_nobody_approved_and_opens_nobody() -> None:
    part = part_of()
    key = bytes(part.subject_key)
    for about in (f"rights.part:{part.pk}", "case:1"):
        with acting_as(first()) as actor, pytest.raises(DatabaseError, match="nobody approved"), transaction.atomic():
            accounts.disclose(key, reason="x", about=about, actor=actor, at=AT)
    with acting_as(first()), pytest.raises(UnknownSubject):
        people.identity_of(key)


# ------------------------------------------------------------------ refusals
@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.PARTLY])
def test_a_minor_is_refused_in_writing_and_with_reasons_or_not_at_all(outcome: Outcome, as_owner: AsOwner) -> None:
    part = part_of()
    with pytest.raises(TextMissing):
        town.replied(part, outcome, text=" ")
    with pytest.raises(GroundMissing):
        town.replied(part, outcome, ground="")
    answered = town.replied(part, outcome)
    assert answered.reply
    assert answered.ground
    with as_owner(), connection.cursor() as cursor:
        for column, name in (("reply", "say_why"), ("ground", "name_their_ground")):
            with pytest.raises(DatabaseError, match=name), transaction.atomic():
                cursor.execute(f"UPDATE rights_part SET {column} = '' WHERE id = %s", [part.pk])


# ------------------------------------------------------------------ at the desk and by machine
def signed_in(name: str) -> tuple[Client, Actor]:
    user = clerk_of(town.tax(), name)
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser, as_clerk(user)


def test_two_clerks_open_a_minors_record_at_the_desk() -> None:
    part = part_of()
    (one, asker), (two, _) = signed_in("one"), signed_in("two")
    page = f"/admin/rights/part/{part.pk}"
    text = one.get(f"{page}/change/").content.decode()
    assert "This is about a minor" in text
    assert "Show the person" not in text
    assert one.post(f"{page}/show-person/", {"show-reason": "x"}).status_code == 403
    assert one.post(f"{page}/ask-approval/", {"approval-why": ""}).status_code == 422
    assert one.post(f"{page}/ask-approval/", {"approval-why": "to find the rows"}).status_code == 302
    with acting_as(asker):
        approval = queries.approval_of(part, asker)
    assert approval
    assert str(part.pk) in two.get("/admin/rights/part/?state=approval").content.decode()
    answer = {"decide-approval": str(approval.pk), "decide-granted": "yes", "decide-reason": "needed"}
    assert "They may see who it is" not in one.get(f"{page}/change/").content.decode()
    assert one.post(f"{page}/decide/", answer).status_code == 403
    assert "to find the rows" in two.get(f"{page}/change/").content.decode()
    assert two.post(f"{page}/decide/", {**answer, "decide-reason": ""}).status_code == 422
    assert two.post(f"{page}/decide/", answer).status_code == 302
    assert "小明" in one.post(f"{page}/show-person/", {"show-reason": "x"}).content.decode()
    assert "小明" not in two.get(f"{page}/change/").content.decode()


def test_a_system_asks_by_looking_and_sees_the_minor_once_a_clerk_approved_it() -> None:
    part, call = part_of(), caller(town.tax())

    def told() -> tuple[Any, Any, bool]:
        body = call("GET", f"/{part.pk}").json()
        return body["minor"], body["approval"], body["subject"] is not None

    assert told() == (True, "asked", False)
    assert told() == (True, "asked", False)
    with acting_as(Actor.portal()):
        approval = Approval.objects.select_related("part").get()
    decided(approval)
    assert told() == (True, "granted", True)


def test_a_system_that_was_declined_stays_declined() -> None:
    part, call = part_of(), caller(town.tax())
    call("GET", f"/{part.pk}")
    with acting_as(Actor.portal()):
        approval = Approval.objects.select_related("part").get()
    decided(approval, granted=False)
    assert [call("GET", f"/{part.pk}").json()["approval"] for _ in range(2)] == ["declined"] * 2


def test_an_answer_in_time_needs_no_look() -> None:
    part = part_of()
    assert town.replied(part, Outcome.NOTHING_HELD, at=AT + DAY).outcome == Outcome.NOTHING_HELD
