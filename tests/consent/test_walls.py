"""Who sees what: the rows of the register under each actor, and purposes before and after approval."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from consent import actions
from consent.errors import CodeTaken, InvalidTerms, NoticeMissing, SamePerson
from consent.models import Consent, ConsentChange, ConsentEvent, Decision, Kind, Notice, Purpose
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT, AUTHORITY
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def _seen() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Consent, ConsentEvent, ConsentChange, Decision))


def test_everybody_sees_only_what_is_theirs() -> None:
    consent = town.given()
    town.decided(town.question(consent))
    sights = {
        "the citizen": (town.citizen_of(consent), (1, 2, 0, 1)),
        "another citizen": (as_citizen(town.adult()), (0, 0, 0, 0)),
        "who asked": (catalogue.client_of(town.asker()), (1, 2, 2, 1)),
        "its clerk": (catalogue.clerk_of(town.asker()), (1, 2, 2, 1)),
        "who holds the data": (catalogue.client_of(town.holder()), (1, 2, 2, 0)),
        "another agency": (catalogue.client_of(catalogue.agency("housing")), (0, 0, 0, 0)),
        "the authority": (AUTHORITY, (0, 0, 0, 0)),
        "the regulator": (catalogue.REGULATOR, (1, 2, 0, 1)),
        "a visitor": (Actor.visitor(), (0, 0, 0, 0)),
        "the portal": (Actor.portal(), (1, 2, 4, 1)),
    }
    for who, (actor, sight) in sights.items():
        with acting_as(actor):
            assert _seen() == sight, who
    assert _seen() == (0, 0, 0, 0)


def test_a_proposed_purpose_is_seen_by_its_agency_and_by_those_who_decide_until_it_is_approved() -> None:
    purpose = town.registered()
    visitor, clerk = Actor.visitor(), catalogue.clerk_of(town.asker())
    for actor, sees in ((visitor, 0), (clerk, 1), (catalogue.clerk_of(town.holder()), 0), (AUTHORITY, 1)):
        with acting_as(actor):
            assert Purpose.objects.count() == sees
            assert Notice.objects.count() == sees
            assert purpose.items.count() == 2 * sees
    with acting_as(AUTHORITY):
        actions.approve_purpose(purpose, actor=AUTHORITY, at=AT)
    with acting_as(visitor):
        assert (Purpose.objects.count(), Notice.objects.count(), purpose.items.count()) == (1, 1, 2)


def test_a_purpose_and_its_notice_are_approved_by_a_second_person() -> None:
    purpose = town.registered()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(NotPermitted):
        actions.approve_purpose(purpose, actor=clerk, at=AT)
    with acting_as(AUTHORITY):
        own = actions.register_purpose(town.terms("own"), actor=AUTHORITY, at=AT)
        actions.publish_notice(own, **town.TEXTS, actor=AUTHORITY, at=AT)
        with pytest.raises(SamePerson):
            actions.approve_purpose(own, actor=AUTHORITY, at=AT)
        approved = actions.approve_purpose(purpose, actor=AUTHORITY, at=AT)
        assert approved.notices.get().approved_at == AT
        with pytest.raises(IllegalMove):
            actions.approve_purpose(purpose, actor=AUTHORITY, at=AT)
    with acting_as(catalogue.SECOND_AUTHORITY) as second:
        assert actions.approve_purpose(own, actor=second, at=AT).state == "approved"


def test_without_a_notice_nothing_is_approved() -> None:
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        purpose = actions.register_purpose(town.terms(), actor=clerk, at=AT)
    with acting_as(AUTHORITY), pytest.raises(NoticeMissing):
        actions.approve_purpose(purpose, actor=AUTHORITY, at=AT)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "不行"}, "code"),
        ({"name_en": " "}, "name_en"),
        ({"impact_assessment": ""}, "impact_assessment"),
        ({"longest_days": 0}, "longest_days"),
        ({"retention_days": -1}, "retention_days"),
        ({"legal_basis": "nothing"}, "legal_basis"),
        ({"legal_basis": "statutory_duty"}, "duty"),
        ({"scenarios": ["whim"]}, "scenarios"),
        ({"is_automated": True}, "automated_zh"),
        ({"kind": "tacit"}, "kind"),
        ({"items": []}, "items"),
    ],
)
def test_terms_that_lack_something_are_refused_at_the_field(wrong: dict[str, Any], field: str | None) -> None:
    terms = town.terms(**wrong)
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(InvalidTerms) as refused:
        actions.register_purpose(terms, actor=clerk, at=AT)
    assert refused.value.field == field


def test_a_code_is_taken_once_and_nobody_registers_for_another_agency() -> None:
    town.registered()
    terms = town.terms()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(CodeTaken):
        actions.register_purpose(terms, actor=clerk, at=AT)
    other = town.terms("other")
    with acting_as(catalogue.clerk_of(town.holder())) as stranger, pytest.raises(NotPermitted):
        actions.register_purpose(other, actor=stranger, at=AT)


def test_terms_and_texts_stand_once_written(as_owner: AsOwner) -> None:
    purpose = town.approved()
    with as_owner():
        for rows, change in (
            (Purpose.objects.filter(pk=purpose.pk), {"longest_days": 9999}),
            (Notice.objects.filter(purpose=purpose), {"full_zh": "别的"}),
            (Notice.objects.filter(purpose=purpose), {"approved_by": "user:x"}),
            (purpose.items.all(), {"need": "optional"}),
        ):
            with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
                rows.update(**change)


def test_a_high_risk_without_its_assessment_is_refused_by_the_database_too(as_owner: AsOwner) -> None:
    purpose = town.registered(kind=Kind.SEPARATE, risk="high")
    purpose.pk, purpose.code, purpose.impact_assessment, purpose.scenarios = None, "copy", "", []
    with as_owner(), pytest.raises(DatabaseError, match="names_its_assessment"), transaction.atomic():
        Purpose.objects.bulk_create([purpose])
