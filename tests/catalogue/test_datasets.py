"""Registering datasets: what is proposed, who decides, and what stays public meanwhile."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from portal.catalogue import actions, queries
from portal.catalogue.errors import CodeTaken, InvalidDataset, NothingToDecide, ReasonMissing, SamePerson
from portal.catalogue.models import DataItem, Dataset, DatasetVersion
from portal.catalogue.states import (
    AGREEMENT_MOVES,
    DATASET_MOVES,
    VERSION_MOVES,
    AgreementState,
    DatasetState,
    VersionState,
    moved,
)
from portal.trail import queries as trail
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY, SECOND_AUTHORITY

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def put(actor: Actor, **changes: Any) -> tuple[Dataset, bool]:
    with acting_as(actor):
        return actions.put_dataset(factories.payload(**changes), actor=actor, at=AT)


def events_about(row: Dataset, as_owner: AsOwner) -> list[str]:
    with as_owner():
        return [entry.event for entry in trail.entries_about("catalogue.Dataset", str(row.pk))]


def test_a_new_dataset_waits_for_approval_and_is_not_public(as_owner: AsOwner) -> None:
    tax = factories.agency()
    dataset, created = put(factories.client_of(tax))
    assert created
    assert (dataset.status, dataset.version) == (DatasetState.PROPOSED, 0)
    assert events_about(dataset, as_owner) == ["catalogue.dataset.proposed"]
    with acting_as(Actor.visitor()):
        assert not queries.published().exists()


def test_an_approved_dataset_is_public_with_its_items_in_order(as_owner: AsOwner) -> None:
    dataset = factories.published()
    with acting_as(Actor.visitor()):
        found = queries.dataset("tax.income")
        assert [item.code for item in queries.items_of(found)] == ["year", "income"]
    assert (found.status, found.version, found.published_at) == (DatasetState.PUBLISHED, 1, AT)
    assert events_about(dataset, as_owner) == ["catalogue.dataset.proposed", "catalogue.dataset.approved"]


def test_what_is_public_stays_so_until_its_revision_is_approved() -> None:
    dataset = factories.published()
    client = factories.client_of(dataset.agency)
    _, created = put(client, name_en="Tax returns")
    assert not created
    with acting_as(Actor.visitor()):
        assert queries.dataset("tax.income").name_en == "Income tax returns"
    with acting_as(AUTHORITY):
        actions.approve_dataset(dataset, actor=AUTHORITY, at=AT)
    with acting_as(Actor.visitor()):
        assert queries.dataset("tax.income").name_en == "Tax returns"
        assert queries.dataset("tax.income").version == 2


def test_putting_the_same_again_changes_nothing(as_owner: AsOwner) -> None:
    dataset = factories.published()
    put(factories.client_of(dataset.agency))
    with as_owner():
        assert DatasetVersion.objects.count() == 1
    put(factories.client_of(dataset.agency), name_en="Tax returns")
    put(factories.client_of(dataset.agency), name_en="Tax returns")
    with as_owner():
        assert DatasetVersion.objects.count() == 2
    assert len(events_about(dataset, as_owner)) == 3


def test_a_newer_proposal_takes_the_place_of_one_that_waits(as_owner: AsOwner) -> None:
    dataset = factories.proposed()
    put(factories.client_of(dataset.agency), name_en="Tax returns")
    with as_owner():
        states = DatasetVersion.objects.order_by("number").values_list("status", flat=True)
        assert list(states) == [VersionState.SUPERSEDED, VersionState.PROPOSED]
        assert Dataset.objects.get().name_en == "Tax returns"


def test_a_returned_proposal_says_why_and_can_be_proposed_anew(as_owner: AsOwner) -> None:
    dataset = factories.proposed()
    with acting_as(AUTHORITY):
        returned = actions.return_dataset(dataset, reasons="Name the article.", actor=AUTHORITY, at=AT)
        assert returned.status == DatasetState.DRAFT
    put(factories.client_of(dataset.agency), collection_citation_en="Article 10(2)")
    with as_owner():
        assert Dataset.objects.get().status == DatasetState.PROPOSED
        assert DatasetVersion.objects.get(number=1).reasons == "Name the article."
    assert "catalogue.dataset.returned" in events_about(dataset, as_owner)


def test_a_returned_revision_leaves_what_is_public() -> None:
    dataset = factories.published()
    put(factories.client_of(dataset.agency), name_en="Tax returns")
    with acting_as(AUTHORITY):
        actions.return_dataset(dataset, reasons="Not clear.", actor=AUTHORITY, at=AT)
    with acting_as(Actor.visitor()):
        assert queries.dataset("tax.income").status == DatasetState.PUBLISHED


def test_a_return_without_reasons_is_refused() -> None:
    dataset = factories.proposed()
    with acting_as(AUTHORITY), pytest.raises(ReasonMissing):
        actions.return_dataset(dataset, reasons="  ", actor=AUTHORITY, at=AT)


def test_a_second_decision_finds_nothing_to_decide() -> None:
    dataset = factories.published()
    with acting_as(SECOND_AUTHORITY), pytest.raises(NothingToDecide):
        actions.approve_dataset(dataset, actor=SECOND_AUTHORITY, at=AT)


def test_nobody_approves_what_they_proposed() -> None:
    factories.agency()
    dataset, _ = put(AUTHORITY, agency="tax")
    with acting_as(AUTHORITY), pytest.raises(SamePerson):
        actions.approve_dataset(dataset, actor=AUTHORITY, at=AT)
    with acting_as(SECOND_AUTHORITY):
        assert actions.approve_dataset(dataset, actor=SECOND_AUTHORITY, at=AT).version == 1


def test_the_database_too_demands_a_second_person(as_owner: AsOwner) -> None:
    factories.proposed()
    with as_owner():
        version = DatasetVersion.objects.get()
        version.status, version.decided_by, version.decided_at = VersionState.APPROVED, version.proposed_by, AT
        with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
            version.save()


@pytest.mark.parametrize("who", ["client", "clerk", "citizen", "visitor", "regulator", "portal"])
def test_only_the_authority_decides(who: str) -> None:
    dataset = factories.proposed()
    actor = {
        "client": factories.client_of(dataset.agency),
        "clerk": factories.clerk_of(dataset.agency),
        "citizen": Actor.citizen(factories.NAMES, b"1" * 16),
        "visitor": Actor.visitor(),
        "regulator": factories.REGULATOR,
        "portal": Actor.portal(),
    }[who]
    with acting_as(actor), pytest.raises((NotPermitted, Dataset.DoesNotExist)):
        actions.approve_dataset(dataset, actor=actor, at=AT)


def test_a_citizen_registers_nothing() -> None:
    factories.agency()
    citizen = Actor.citizen(factories.NAMES, b"1" * 16)
    with acting_as(citizen), pytest.raises(NotPermitted):
        actions.put_dataset(factories.payload(agency="tax"), actor=citizen, at=AT)


@pytest.mark.parametrize("make", [factories.published, factories.proposed])
def test_one_source_has_one_owner(make: Callable[[], Dataset]) -> None:
    make()
    stranger = factories.client_of(factories.agency("health"))
    with pytest.raises(CodeTaken):
        put(stranger)


def test_the_database_keeps_owner_and_code(as_owner: AsOwner) -> None:
    dataset, other = factories.published(), factories.agency("health")
    for change in ({"agency": other}, {"code": "other"}):
        with as_owner(), pytest.raises(Error, match="pgtrigger"), transaction.atomic():
            Dataset.objects.filter(pk=dataset.pk).update(**change)


def test_an_agency_registers_for_itself_only() -> None:
    tax, _ = factories.agency(), factories.agency("health")
    with pytest.raises(InvalidDataset) as refused:
        put(factories.client_of(tax), agency="health")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/agency", "foreign-agency")]


def test_a_system_of_another_agency_is_unknown() -> None:
    tax, health = factories.agency(), factories.agency("health")
    with acting_as(Actor.portal()):
        actions.register_system(
            agency=health, code="his", name_zh="医院", name_en="Hospitals", actor=Actor.portal(), at=AT
        )
    with pytest.raises(InvalidDataset) as refused:
        put(factories.client_of(tax), system="his")
    assert refused.value.faults[0].pointer == "/system"


def test_items_left_out_are_retired_and_come_back_with_the_same_id(as_owner: AsOwner) -> None:
    dataset = factories.published()
    client = factories.client_of(dataset.agency)
    with as_owner():
        before = DataItem.objects.get(code="income").pk
    put(client, items=[{"code": "year", "name_zh": "年度", "name_en": "Tax year"}])
    with acting_as(AUTHORITY):
        actions.approve_dataset(dataset, actor=AUTHORITY, at=AT)
    with acting_as(Actor.visitor()):
        assert [item.name_en for item in queries.items_of(dataset)] == ["Tax year"]
        assert queries.names_of_items([before])[before]
    put(client)
    with acting_as(AUTHORITY):
        actions.approve_dataset(dataset, actor=AUTHORITY, at=AT)
    with acting_as(Actor.visitor()):
        assert [item.pk for item in queries.items_of(dataset, ["income"])] == [before]


def test_a_withdrawn_dataset_leaves_the_catalogue_but_not_its_address(as_owner: AsOwner) -> None:
    dataset = factories.published()
    with acting_as(AUTHORITY):
        actions.withdraw_dataset(dataset, reasons="Merged into another.", actor=AUTHORITY, at=AT)
    with acting_as(Actor.visitor()):
        assert not queries.published().exists()
        assert queries.dataset("tax.income").status == DatasetState.WITHDRAWN
    assert "catalogue.dataset.withdrawn" in events_about(dataset, as_owner)
    put(factories.client_of(dataset.agency))
    with acting_as(AUTHORITY):
        assert actions.approve_dataset(dataset, actor=AUTHORITY, at=AT).status == DatasetState.PUBLISHED


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"name_zh": None}, "/name_zh", "required"),
        ({"name_en": "  "}, "/name_en", "required"),
        ({"name_en": 5}, "/name_en", "not-text"),
        ({"name_en": "a" * 301}, "/name_en", "too-long"),
        ({"name_en": "a\x00b"}, "/name_en", "control-characters"),
        ({"code": "two words"}, "/code", "not-a-code"),
        ({"collection_basis": "because"}, "/collection_basis", "not-a-choice"),
        ({"collection_basis": "not-stated"}, "/collection_basis", "not-a-choice"),
        ({"collection_citation_zh": None, "collection_citation_en": None}, "/collection_citation_zh", "required"),
        ({"sharing": "not-shared", "classification_reason_en": "x"}, "/sharing_citation_zh", "required"),
        ({"sharing": "conditional", "classification_reason_en": "x"}, "/sharing_conditions_zh", "required"),
        ({"classification": "sensitive"}, "/classification_reason_zh", "required"),
        ({"opening": "open"}, "/opening_basis_zh", "required"),
        ({"special_categories": ["health", "shoes"]}, "/special_categories/1", "not-a-choice"),
        ({"special_categories": "health"}, "/special_categories", "not-a-list"),
        ({"items": []}, "/items", "required"),
        ({"items": {}}, "/items", "not-a-list"),
        ({"items": ["x"]}, "/items/0", "not-an-object"),
        ({"items": [{"code": "a", "name_zh": "甲"}]}, "/items/0/name_en", "required"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A"}] * 2}, "/items/1/code", "doubled"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A", "x": 1}]}, "/items/0/x", "unknown-field"),
        ({"items": [{"code": "a", "name_zh": "甲", "name_en": "A"}] * 501}, "/items", "too-many"),
        ({"shoe_size": 43}, "/shoe_size", "unknown-field"),
        ({"source_of_truth": "nobody"}, "/source_of_truth", "unknown-agency"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_changes_nothing(
    changes: dict[str, Any], pointer: str, code: str, as_owner: AsOwner
) -> None:
    tax = factories.agency()
    with pytest.raises(InvalidDataset) as refused:
        put(factories.client_of(tax), **changes)
    assert (pointer, code) in {(fault.pointer, fault.code) for fault in refused.value.faults}
    with as_owner():
        assert not Dataset.objects.exists()


def test_all_mistakes_are_named_at_once() -> None:
    tax = factories.agency()
    with pytest.raises(InvalidDataset) as refused:
        put(factories.client_of(tax), name_zh=None, grade="top", sharing="not-shared")
    pointers = {fault.pointer for fault in refused.value.faults}
    assert {"/name_zh", "/grade", "/sharing_citation_zh", "/classification_reason_zh"} <= pointers


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"sharing": "not-shared", "classification_reason_en": "x"}, "not_shared_needs_a_legal_citation"),
        ({"sharing": "conditional", "classification_reason_en": "x"}, "conditional_names_its_conditions"),
        ({"classification": "sensitive"}, "stricter_than_basic_needs_a_reason"),
        ({"opening": "open"}, "opening_needs_its_own_basis"),
        ({"collection_basis": "not-stated"}, "only_imports_may_lack_a_basis"),
        ({"status": "draft"}, "published_only_by_approval"),
    ],
)
def test_the_database_refuses_it_too(change: dict[str, str], constraint: str, as_owner: AsOwner) -> None:
    dataset = factories.published()
    with as_owner(), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(**change)


def test_a_version_never_changes_and_never_goes(as_owner: AsOwner) -> None:
    factories.published()
    with as_owner():
        with pytest.raises(Error, match="pgtrigger"), transaction.atomic():
            DatasetVersion.objects.update(content={})
        with pytest.raises(Error, match="pgtrigger"), transaction.atomic():
            DatasetVersion.objects.update(status=VersionState.RETURNED)
        with pytest.raises(Error, match="pgtrigger"), transaction.atomic():
            DatasetVersion.objects.all().delete()


def test_several_are_put_and_approved_all_or_none(as_owner: AsOwner) -> None:
    factories.agency()
    good, bad = factories.payload("a", agency="tax"), factories.payload("b", agency="nobody")
    with acting_as(Actor.portal()):
        with pytest.raises(InvalidDataset):
            actions.put_datasets([good, bad], actor=Actor.portal(), at=AT)
        actions.put_datasets([good, {**good, "code": "c"}], actor=Actor.portal(), at=AT)
    with acting_as(AUTHORITY):
        actions.approve_datasets(["a", "c"], actor=AUTHORITY, at=AT)
    with as_owner():
        assert set(Dataset.objects.values_list("code", "status")) == {("a", "published"), ("c", "published")}


@pytest.mark.parametrize(
    ("states", "moves"),
    [(DatasetState, DATASET_MOVES), (VersionState, VERSION_MOVES), (AgreementState, AGREEMENT_MOVES)],
)
def test_only_the_moves_of_the_table_are_made(states: Any, moves: Any) -> None:
    assert set(moves) == set(states)
    for before in states:
        for after in states:
            if after in moves[before]:
                assert moved(moves, before, after) == after
            else:
                with pytest.raises(IllegalMove):
                    moved(moves, before, after)


@pytest.mark.django_db(transaction=True)
def test_two_agencies_that_register_one_code_at_once_get_one_owner() -> None:
    """The second waits for the first's lock, and then finds the code taken. Without the lock both would go ahead, and
    the loser would be stopped only by the unique index, after it had written."""
    tax, health = (factories.client_of(factories.agency(code)) for code in ("tax", "health"))
    entered, leave = Event(), Event()
    outcomes: list[str] = []

    def first() -> None:
        with acting_as(tax):
            actions.put_dataset(factories.payload(), actor=tax, at=AT)
            entered.set()
            assert leave.wait(10)
        connection.close()

    def second() -> None:
        try:
            with acting_as(health):
                actions.put_dataset(factories.payload(), actor=health, at=AT)
            outcomes.append("registered")
        except CodeTaken:
            outcomes.append("taken")
        connection.close()

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    assert waits_for_a_lock()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert outcomes == ["taken"]
    with acting_as(AUTHORITY):
        assert Dataset.objects.get().agency_id == tax.agency_id


def waits_for_a_lock() -> bool:
    """Whether within five seconds a transaction stands before an advisory lock of another."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone()[0]:
                return True
        sleep(0.05)
    return False
