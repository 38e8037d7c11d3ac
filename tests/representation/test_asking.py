"""Acting by law: what the register shows is proven, what it does not is checked, and what the law ends ends."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.errors import InvalidNumber
from portal.accounts.models import Disclosure
from portal.representation import actions, queries
from portal.representation.actions import Wish
from portal.representation.errors import (
    ArrangedOtherwise,
    AskedAlready,
    DocumentsMissing,
    DocumentTooLarge,
    InterestMissing,
    NameMissing,
    NobodyChecks,
    NotOfThatAge,
    NotYourself,
    ReasonMissing,
    TooMany,
    UnknownRepresentation,
)
from portal.representation.states import Kind, State
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import FileEmpty, FileNameInvalid, IllegalMove, NotPermitted
from portal.trail.models import Entry
from tests import people
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, as_clerk
from tests.representation import factories as town

pytestmark = pytest.mark.django_db


def test_the_register_proves_a_parent_at_once_until_the_childs_fourteenth_birthday() -> None:
    child = town.person(8, name="小明")
    parent, row = town.parent_of(child)
    assert (row.kind, row.state, row.proof) == ("child", "proven", "register")
    assert row.valid_until == town.birthday(child, 14)
    assert sorted(row.acts) == ["consent", "file", "see"]
    with acting_as(as_citizen(parent)):
        assert queries.shown(row, at=timezone.now()).represented == "登记的名字"
    assert town.letters(child) == ["representation_began"]
    assert town.events(row) == ["representation.representation.proven"]


def test_a_young_person_is_asked_and_says_yes_or_no_and_consent_stays_theirs() -> None:
    young, parent = town.person(15), town.person()
    town.shows(parent, young)
    row = town.asked(parent, young)
    assert (row.kind, row.state, row.waits_for, row.acts) == ("minor", "asked", "person", ["file", "see"])
    assert row.valid_until == town.birthday(young, 18)
    assert town.letters(young) == ["representation_asked"]
    with pytest.raises(NotPermitted):
        town.act("accept", row, parent)
    assert town.act("accept", row, young).state == "proven"
    assert town.letters(parent) == ["representation_may_begin"]
    with pytest.raises(NotPermitted):
        town.act("refuse", row, young)


def test_whom_the_register_does_not_show_documents_must() -> None:
    town.desk()
    parent, child = town.person(), town.person(8)
    row = town.asked(parent, child)
    assert (row.state, row.waits_for) == ("asked", "documents")
    with acting_as(town.checker()) as clerk, pytest.raises(DocumentsMissing):
        actions.approve(row, actor=clerk, at=timezone.now())
    document = town.act("hand_in", row, parent, name="birth certificate.pdf", content=[b"%PDF"])
    assert document.name == "birth_certificate.pdf"
    with acting_as(town.checker()) as clerk:
        found, content = actions.open_document(row, document.pk, actor=clerk, at=timezone.now())
        assert (found.size, b"".join(content)) == (4, b"%PDF")
        actions.approve(row, actor=clerk, at=timezone.now())
        with pytest.raises(IllegalMove):
            actions.approve(row, actor=clerk, at=timezone.now())
    assert (town.now(row).state, town.now(row).proof) == ("proven", "documents")
    assert town.events(row) == [
        f"representation.{event}"
        for event in ("representation.asked", "document.handed_in", "document.opened", "representation.proven")
    ]
    assert town.letters(parent) == ["representation_may_begin"]
    assert town.letters(child) == ["representation_began"]


def test_documents_lie_encrypted_and_a_refused_one_leaves_nothing(tmp_path: Any) -> None:
    town.desk()
    parent = town.person()
    row = town.asked(parent, town.person(8))
    big = iter(lambda: b"x" * (1 << 20), b"")
    for name, content, refusal in (
        ("../x", [b"a"], FileNameInvalid),
        ("a", [], FileEmpty),
        ("a", big, DocumentTooLarge),
    ):
        with pytest.raises(refusal):
            town.act("hand_in", row, parent, name=name, content=content)
    town.act("hand_in", row, parent, name="a.txt", content=[b"the family book"])
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"family" not in file.read_bytes()


def test_a_clerk_says_why_documents_do_not_prove_it_and_who_the_two_are_is_a_look_they_see() -> None:
    town.desk()
    parent, child = town.person(), town.person(8)
    row = town.asked(parent, child)
    town.act("hand_in", row, parent, name="a.txt", content=[b"x"])
    clerk = as_clerk(people.clerk(town.desk()))
    with acting_as(clerk):
        with pytest.raises(ReasonMissing):
            actions.show_people(row, reason=" ", actor=clerk, at=timezone.now())
        first, second = actions.show_people(row, reason="to compare", actor=clerk, at=timezone.now())
        assert (first.identity.number, second.identity.number) == (town.number_of(child), town.number_of(parent))
        with pytest.raises(ReasonMissing):
            actions.reject(row, reason="", actor=clerk, at=timezone.now())
        actions.reject(row, reason="It names another child.", actor=clerk, at=timezone.now())
    refused = town.now(row)
    assert (refused.state, refused.reason, refused.ended_by) == ("refused", "It names another child.", "clerk")
    assert town.letters(parent) == ["representation_refused"]
    for one in (child, parent):
        with acting_as(as_citizen(one)):
            assert Disclosure.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "more"),
    [("approve", {}), ("reject", {"reason": "no"}), ("show_people", {"reason": "to look"})],
)
def test_only_the_office_that_checks_decides(act: str, more: dict[str, Any]) -> None:
    town.desk()
    parent = town.person()
    row = town.asked(parent, town.person(8))
    stranger = catalogue.clerk_of(catalogue.agency("tax"))
    for actor in (stranger, as_citizen(parent), as_citizen(town.person()), Actor.visitor()):
        with acting_as(actor), pytest.raises((NotPermitted, UnknownRepresentation)):
            getattr(actions, act)(row, **more, actor=actor, at=timezone.now())


def test_a_close_relative_of_somebody_who_died_acts_for_an_interest_of_their_own() -> None:
    widow, dead = town.person(), town.person(70)
    town.shows(widow, dead, is_guardian=False, died_on=date(2026, 3, 1))
    with pytest.raises(InterestMissing):
        town.asked(widow, dead, Kind.RELATIVE)
    row = town.asked(widow, dead, Kind.RELATIVE, interest="the estate")
    assert (row.state, row.acts, row.valid_until, row.interest) == ("proven", ["file", "see"], None, "the estate")


def test_a_relative_of_the_living_is_not_proven_by_the_register() -> None:
    town.desk()
    son, mother = town.person(), town.person(70)
    town.shows(son, mother, is_guardian=False)
    assert town.asked(son, mother, Kind.RELATIVE, interest="the estate").waits_for == "documents"


def test_what_the_dead_arranged_stands() -> None:
    widow, dead = town.person(), town.person(70)
    town.shows(widow, dead, is_guardian=False, died_on=date(2026, 3, 1))
    with acting_as(as_citizen(dead)) as actor:
        actions.arrange(relatives_may=False, actor=actor, at=timezone.now())
        assert not queries.relatives_may(actor.subject_key or b"")
    with pytest.raises(ArrangedOtherwise):
        town.asked(widow, dead, Kind.RELATIVE, interest="the estate")
    with acting_as(as_citizen(dead)) as actor:
        actions.arrange(relatives_may=True, actor=actor, at=timezone.now())
    assert town.entry("representation.arrangement.made").facts == {"relatives_may": True}
    assert town.asked(widow, dead, Kind.RELATIVE, interest="the estate").state == "proven"


def test_an_adults_guardian_has_no_day_and_the_adult_does_not_end_it() -> None:
    guardian, adult = town.person(), town.person(85)
    town.shows(guardian, adult)
    row = town.asked(guardian, adult, Kind.ADULT)
    assert (row.state, row.valid_until) == ("proven", None)
    with pytest.raises(NotPermitted):
        town.act("end", row, adult)
    assert town.act("end", row, guardian).state == "ended"
    assert town.letters(adult) == ["representation_began", "representation_ended"]


Made = Callable[[], Any]


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (lambda: Wish(Kind.CHILD, "110101", "小明"), InvalidNumber),
        (lambda: Wish(Kind.CHILD, town.number_of(town.person(8)), " "), NameMissing),
        (lambda: Wish(Kind.CHILD, town.number_of(town.person(18)), "小明"), NotOfThatAge),
        (lambda: Wish(Kind.ADULT, town.number_of(town.person(17)), "小明"), NotOfThatAge),
        (lambda: Wish(Kind.PROXY, town.number_of(town.person(40)), "小明"), NotOfThatAge),
    ],
)
def test_what_is_wrong_is_refused(wish: Made, refusal: type[Exception]) -> None:
    town.desk()
    with acting_as(as_citizen(town.person())) as actor, pytest.raises(refusal):
        actions.ask(wish(), actor=actor, at=timezone.now())


def test_nobody_represents_themselves_or_asks_twice_or_asks_for_many() -> None:
    town.desk()
    parent = town.person()
    with pytest.raises(NotYourself):
        town.asked(parent, parent, Kind.ADULT)
    child = town.person(8)
    first = town.asked(parent, child)
    with pytest.raises(AskedAlready):
        town.asked(parent, child)
    assert town.act("end", first, parent).state == State.ENDED
    for _ in range(10):
        town.asked(parent, town.person(8))
    with pytest.raises(TooMany):
        town.asked(parent, town.person(8))


def test_where_no_office_checks_nothing_is_asked() -> None:
    with pytest.raises(NobodyChecks):
        town.asked(town.person(), town.person(8))


@pytest.mark.parametrize("actor", [Actor.visitor(), Actor.portal(), catalogue.REGULATOR])
def test_only_citizens_ask_and_nobody_in_anothers_name(actor: Actor) -> None:
    with acting_as(actor), pytest.raises(NotPermitted):
        actions.ask(Wish(Kind.CHILD, people.number(), "小明"), actor=actor, at=timezone.now())
    parent, row = town.parent_of(town.person(8))
    with acting_as(town.stand_in(row, parent)) as standing_in, pytest.raises(NotPermitted):
        actions.ask(Wish(Kind.CHILD, people.number(), "小明"), actor=standing_in, at=timezone.now())


def test_the_trail_names_no_person() -> None:
    _, row = town.parent_of(town.person(8, name="小明"))
    with acting_as(Actor.portal()):
        facts = [str(entry.facts) for entry in Entry.objects.filter(about_id=str(row.pk))]
    assert facts
    assert not any("小明" in fact or "登记" in fact for fact in facts)
