"""What a registration records besides: rights in the data, assessments, standards, secrets, and duties to update."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.catalogue import actions, queries
from portal.catalogue.errors import DutyOpen, InvalidDataset
from portal.catalogue.models import Dataset, UpdateDuty
from portal.catalogue.payload import parse
from portal.law.errors import TooLateToExtend
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Invalid, NotPermitted
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY, payload
from tests.catalogue.test_pages import AsOwner

pytestmark = pytest.mark.django_db
OWNER, MANAGER = payload()["ownership"]


def faults(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidDataset) as refused:
        parse(payload(**changes))
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"ownership": None}, "/ownership", "required"),
        ({"ownership": [OWNER]}, "/ownership", "required"),
        ({"ownership": [OWNER, {"right": "manager", "holder": "x"}]}, "/ownership/1/provision_zh", "required"),
        ({"ownership": [OWNER, {**MANAGER, "undetermined": True}]}, "/ownership/1/undetermined", "contradiction"),
        ({"ownership": [OWNER, {**MANAGER, "right": "lord"}]}, "/ownership/1/right", "not-a-choice"),
        ({"ownership": [OWNER, {**MANAGER, "until": "soon"}]}, "/ownership/1/until", "not-a-date"),
        ({"ownership": [OWNER, {**MANAGER, "since": "2020"}]}, "/ownership/1/since", "unknown-field"),
        ({"ownership": "the people"}, "/ownership", "not-a-list"),
        ({"assessment": None}, "/assessment", "required"),
        ({"assessed_on": "2026-02-30"}, "/assessed_on", "not-a-date"),
        ({"head": " "}, "/head", "required"),
        ({"head_approved_on": None}, "/head_approved_on", "required"),
        ({"secrecy": "state-secret"}, "/secrecy", "outside-the-catalogue"),
        ({"secrecy": "work-secret"}, "/secrecy", "outside-the-catalogue"),
        ({"secrecy": "trade-secret"}, "/secrecy_handling_zh", "required"),
        ({"collection_force": "orders"}, "/collection_force", "not-a-choice"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A", "no_standard": False}]}, "/items/0/data_element",
         "required"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A", "no_standard": True, "code_list": "GB/T 2261.1"}]},
         "/items/0/no_standard", "contradiction"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A", "no_standard": "no"}]}, "/items/0/no_standard",
         "not-a-flag"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_named(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in faults(**changes)


def test_what_is_registered_is_public_with_its_standards_and_rights() -> None:
    dataset = factories.published(
        secrecy="trade-secret", secrecy_handling_zh="只在受控环境中使用",
        items=[{"code": "sex", "name_zh": "性别", "name_en": "Sex", "code_list": "GB/T 2261.1-2003"}],
    )  # fmt: skip
    with acting_as(Actor.visitor()):
        found = queries.dataset(dataset.code)
        assert found.assessed_on == date(2026, 1, 10)
        assert [line["provision"] for line in found.ownership_lines] == ["", "《税收征收管理法》第五条"]
        assert queries.items_of(found)[0].code_list == "GB/T 2261.1-2003"


def test_the_database_asks_for_the_assessment_and_the_heads_approval_too(as_owner: AsOwner) -> None:
    factories.published()
    for change in ({"assessed_on": None}, {"head": ""}):
        with as_owner(), pytest.raises(IntegrityError, match="assessed_and_approved"), transaction.atomic():
            Dataset.objects.update(**change)


def test_a_contractor_has_a_term() -> None:
    tax = factories.agency()
    clerk = factories.clerk_of(tax)
    terms: dict[str, Any] = {"code": "tax.core", "name_zh": "系统", "name_en": "System", "contractor": "某公司"}
    with acting_as(clerk):
        with pytest.raises(Invalid) as refused:
            actions.register_system(agency=tax, **terms, actor=clerk, at=AT)
        assert refused.value.field == "contract_until"
        system, _new = actions.register_system(
            agency=tax, **terms, contract_until=date(2027, 1, 1), actor=clerk, at=AT
        )  # fmt: skip
    assert system.contract_until == date(2027, 1, 1)


def test_an_agency_is_warned_of_what_another_shares_already() -> None:
    factories.published("police.register", of=factories.agency("police"),
                        items=[{"code": "born", "name_zh": "出生日期", "name_en": "Date of birth"},
                               {"code": "seen", "name_zh": "行踪", "name_en": "Whereabouts"}])  # fmt: skip
    factories.published("police.cases", of=factories.agency("police"), sharing="not-shared", sharing_citation_zh="某法",
                        classification_reason_zh="保密",
                        items=[{"code": "x", "name_zh": "年度", "name_en": "Year"}])  # fmt: skip
    dataset = factories.proposed(items=[{"code": "b", "name_zh": "出生日期", "name_en": "Birthday"},
                                        {"code": "y", "name_zh": "年度", "name_en": "Year"}])  # fmt: skip
    with acting_as(factories.clerk_of(factories.agency())):
        assert queries.already_shared(dataset) == [("b", "police.register")]
    with acting_as(factories.clerk_of(factories.agency("police"))):
        assert queries.already_shared(dataset) == []


def test_items_that_two_agencies_define_differently_are_listed() -> None:
    def sex(list_: str) -> list[dict[str, str]]:
        return [{"code": "sex", "name_zh": "性别", "name_en": "Sex", "code_list": list_}]

    factories.published("a.people", of=factories.agency("a"), items=sex("GB/T 2261.1-2003"))
    factories.published("b.people", of=factories.agency("b"), items=sex("GB/T 2261.1-2003"))
    with acting_as(AUTHORITY):
        assert not queries.defined_apart().exists()
    factories.published("c.people", of=factories.agency("c"), items=sex("own list"))
    with acting_as(AUTHORITY):
        assert [item.dataset.code for item in queries.defined_apart()] == ["a.people", "b.people", "c.people"]


def test_an_update_is_reviewed_in_two_working_days_and_a_first_registration_has_no_limit() -> None:
    dataset = factories.published()
    factories.proposed(name_en="Tax returns")
    with acting_as(AUTHORITY):
        first, second = dataset.versions.order_by("number")
    assert first.review_due_at is None
    assert timezone.localtime(second.review_due_at).date() == date(2026, 3, 4)


def test_a_change_of_law_makes_an_update_due_and_the_update_fulfils_it() -> None:
    dataset, clerk = factories.published(), factories.clerk_of(factories.agency())
    stranger = factories.clerk_of(factories.agency("health"))
    with acting_as(stranger), pytest.raises(NotPermitted):
        actions.note_change(dataset, reason="New act.", actor=stranger, at=AT)
    with acting_as(clerk):
        duty = actions.note_change(dataset, reason="New act.", actor=clerk, at=AT)
        assert timezone.localtime(duty.due_at).date() == date(2026, 3, 16)
        with pytest.raises(DutyOpen):
            actions.note_change(dataset, reason="Again.", actor=clerk, at=AT)
        with pytest.raises(TooLateToExtend):
            actions.extend_update(duty, actor=clerk, at=AT + timedelta(days=30))
        duty = actions.extend_update(duty, actor=clerk, at=AT)
        assert timezone.localtime(duty.due_at).date() == date(2026, 3, 23)
    factories.proposed(name_en="Tax returns")
    with acting_as(AUTHORITY):
        assert UpdateDuty.objects.get().done_at == AT
