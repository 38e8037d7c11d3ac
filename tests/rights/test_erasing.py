"""Erasing takes two people and ends with a statement; structured answers hold the dataset's items alone."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from rights import files
from rights.actions import erasing
from rights.errors import (
    DataPointless,
    ErasedInFuture,
    ErasurePointless,
    ErasureUnproven,
    ItemNotAsked,
    KeptWithoutProvision,
    SamePerson,
    TextMissing,
)
from rights.models import Erasure, Kind, Part, PartFile
from rights.states import Outcome, PartState
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT, DAY, STATEMENT

pytestmark = pytest.mark.django_db


def to_erase() -> Part:
    return town.part(town.routed(kind=Kind.ERASURE))


def test_nothing_is_erased_by_word_alone_and_the_database_says_so_too() -> None:
    part = to_erase()
    with pytest.raises(ErasureUnproven):
        town.replied(part, Outcome.FULFILLED)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="nobody confirmed"), transaction.atomic():
        Part.objects.filter(pk=part.pk).update(state="answered", outcome="fulfilled", answered_at=AT)


def test_what_one_states_and_another_confirms_is_shown_to_the_person_with_the_answer() -> None:
    part = to_erase()
    town.erased(part, kept="The tax of 2024", kept_until=date(2034, 12, 31), kept_article="pipl-47-2")
    assert town.events(part)[-2:] == ["rights.erasure.prepared", "rights.erasure.confirmed"]
    assert town.replied(part, Outcome.FULFILLED).state == PartState.ANSWERED
    with acting_as(town.owner_of(part.request)):
        (shown,) = Erasure.objects.all()
    assert (shown.erased, shown.kept, shown.kept_article) == ("All rows of 2024", "The tax of 2024", "pipl-47-2")


def test_nobody_confirms_what_they_stated_themselves() -> None:
    part, one = to_erase(), town.clerk(town.tax())
    with acting_as(one):
        erasing.prepare_erasure(part, statement=STATEMENT, actor=one, at=AT)
        with pytest.raises(SamePerson):
            erasing.confirm_erasure(part, actor=one, at=AT)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="second_person"), transaction.atomic():
        Erasure.objects.update(confirmed_by=one.user_id, confirmed_at=AT)


def test_a_system_states_and_a_clerk_confirms() -> None:
    part = to_erase()
    system = catalogue.client_of(town.tax())
    with acting_as(system):
        erasing.prepare_erasure(part, statement=STATEMENT, actor=system, at=AT)
        with pytest.raises(Exception, match=r"may|allowed|right"):
            erasing.confirm_erasure(part, actor=system, at=AT)
    with acting_as(town.clerk(town.tax())) as clerk:
        assert erasing.confirm_erasure(part, actor=clerk, at=AT).confirmed_by == clerk.user_id


def test_a_statement_that_waits_is_replaced_and_one_that_is_confirmed_stands() -> None:
    part, one = to_erase(), town.clerk(town.tax())
    with acting_as(one):
        for erased in ("All rows", "All rows of 2024"):
            erasing.prepare_erasure(part, statement=replace(STATEMENT, erased=erased), actor=one, at=AT)
    with acting_as(town.colleague(town.tax())) as other:
        assert erasing.confirm_erasure(part, actor=other, at=AT).erased == "All rows of 2024"
        with pytest.raises(ErasurePointless):
            erasing.confirm_erasure(part, actor=other, at=AT)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        Erasure.objects.update(erased="Nothing")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"erased": " "}, TextMissing),
        ({"erased_at": AT + DAY}, ErasedInFuture),
        ({"kept": "Tax"}, KeptWithoutProvision),
        ({"kept": "Tax", "kept_article": "pipl-999"}, KeptWithoutProvision),
    ],
)
def test_a_statement_that_says_too_little_is_refused(changes: dict[str, object], error: type[Exception]) -> None:
    part, one = to_erase(), town.clerk(town.tax())
    with acting_as(one), pytest.raises(error):
        erasing.prepare_erasure(part, statement=replace(STATEMENT, **changes), actor=one, at=AT)  # type: ignore[arg-type]
    with acting_as(Actor.portal()):
        assert not Erasure.objects.exists()


def test_only_an_erasure_has_a_statement() -> None:
    part, one = town.part(), town.clerk(town.tax())
    with acting_as(one), pytest.raises(ErasurePointless):
        erasing.prepare_erasure(part, statement=STATEMENT, actor=one, at=AT)


def test_refusing_to_erase_needs_no_statement() -> None:
    ground = law.jurisdiction().refusal_grounds("erasure")[0].code
    assert town.replied(to_erase(), Outcome.REFUSED, ground=ground).outcome == "refused"


# ------------------------------------------------------------------ structured answers
def test_rows_of_the_datasets_items_become_a_file_of_the_answer() -> None:
    part = town.part()
    town.act("reply", part, outcome=Outcome.FULFILLED, text="", data=[{"income": 12000}], at=AT)
    with acting_as(town.owner_of(part.request)):
        (file,) = PartFile.objects.all()
    assert (file.name, file.media_type) == ("records.json", "application/json")
    assert json.loads(b"".join(files.opened(file.stored_as))) == [{"income": 12000}]


def test_an_item_that_was_not_asked_is_refused_and_nothing_is_answered() -> None:
    part = town.part()
    with pytest.raises(ItemNotAsked):
        town.act("reply", part, outcome=Outcome.FULFILLED, text="", data=[{"income": 1, "religion": "x"}])
    with pytest.raises(DataPointless):
        town.act("reply", part, outcome=Outcome.NOTHING_HELD, text="", data=[{"income": 1}])
    assert town.now(part).state == PartState.QUEUED
