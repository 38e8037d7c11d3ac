"""Registering agencies and their systems."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from portal.catalogue import actions, queries
from portal.catalogue.errors import CodeTaken, UnknownAgency
from portal.catalogue.models import Agency, System
from portal.trail import queries as trail
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Invalid, NotPermitted
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def register(actor: Actor, of: Agency, code: str = "tax.core", **terms: Any) -> tuple[System, bool]:
    names: dict[str, Any] = {"name_zh": "金税", "name_en": "Golden Tax", **terms}
    with acting_as(actor):
        return actions.register_system(agency=of, code=code, **names, actor=actor, at=AT)


def events_about(kind: str, row: Agency | System, as_owner: AsOwner) -> list[tuple[str, Any]]:
    with as_owner():
        entries = trail.entries_about(f"catalogue.{kind}", str(row.pk))
        return [(entry.event, entry.facts.get("changed")) for entry in entries]


def test_an_agency_is_registered_once_and_then_revised(as_owner: AsOwner) -> None:
    tax = factories.agency()
    assert factories.agency() == tax
    factories.agency(name_en="Tax Service")
    assert events_about("Agency", tax, as_owner) == [
        ("catalogue.agency.registered", None),
        ("catalogue.agency.revised", ["name_en"]),
    ]
    with acting_as(Actor.visitor()):
        assert queries.agency("tax").name_en == "Tax Service"
        with pytest.raises(UnknownAgency):
            queries.agency("nobody")


def test_a_clerk_registers_no_agency() -> None:
    clerk = factories.clerk_of(factories.agency())
    with acting_as(clerk), pytest.raises(NotPermitted):
        actions.register_agency(code="mine", name_zh="我", name_en="Mine", actor=clerk, at=AT)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"code": "two words"}, "code"),
        ({"kind": "club"}, "kind"),
        ({"name_en": ""}, "name_en"),
        ({"region": "1" * 17}, "region"),
    ],
)
def test_a_mistake_is_named_at_its_field(terms: dict[str, str], field: str) -> None:
    whole: dict[str, Any] = {"code": "tax", "name_zh": "税务局", "name_en": "Tax", **terms}
    with acting_as(AUTHORITY), pytest.raises(Invalid) as refused:
        actions.register_agency(**whole, actor=AUTHORITY, at=AT)
    assert refused.value.field == field


def test_a_system_belongs_to_its_agency_for_good(as_owner: AsOwner) -> None:
    tax, health = factories.agency(), factories.agency("health")
    system, created = register(factories.client_of(tax), tax)
    assert created
    assert register(factories.clerk_of(tax), tax, contractor="某公司", contract_until=date(2027, 12, 31)) == (
        system,
        False,
    )
    assert [event for event, _ in events_about("System", system, as_owner)] == [
        "catalogue.system.registered",
        "catalogue.system.revised",
    ]
    with pytest.raises(CodeTaken):
        register(factories.client_of(health), health)
    with pytest.raises(NotPermitted):
        register(factories.client_of(health), tax, "tax.other")


def test_names_for_lists_come_in_one_query(
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    agencies = [factories.agency(code) for code in ("a", "b", "c")]
    with acting_as(Actor.visitor()):
        with django_assert_num_queries(1):
            names = queries.names_of_agencies(row.pk for row in agencies)
        assert set(names) == {row.pk for row in agencies}
        with django_assert_num_queries(0):
            assert queries.names_of_agencies([]) == {}
