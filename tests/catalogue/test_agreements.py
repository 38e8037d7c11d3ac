"""Who may receive what: applying, a second person deciding, and what an agreement covers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, transaction

from portal.catalogue import actions, queries
from portal.catalogue.errors import ReasonMissing, SamePerson, UnknownItem
from portal.catalogue.models import Agreement
from portal.catalogue.states import AgreementState
from portal.trail import queries as trail
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Conflict, IllegalMove, Invalid, NotPermitted
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def covering(agreement: Agreement, items: list[str] | None = None, days: int = 0) -> Agreement | None:
    with acting_as(Actor.visitor()):
        wanted = [item.pk for item in queries.items_of(agreement.dataset, items or [])]
        return queries.agreement_covering(
            agreement.provider_id, agreement.recipient_id, agreement.dataset_id, wanted, at=AT + timedelta(days=days)
        )


def test_a_granted_agreement_covers_its_term_only(as_owner: AsOwner) -> None:
    agreement = factories.granted(
        factories.published(), factories.agency("fund"), valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 3)
    )
    assert [bool(covering(agreement, days=days)) for days in (-1, 0, 1, 2)] == [False, True, True, False]
    with as_owner():
        events = [entry.event for entry in trail.entries_about("catalogue.Agreement", str(agreement.pk))]
    assert events == ["catalogue.agreement.applied", "catalogue.agreement.excepted", "catalogue.agreement.granted"]


def test_a_day_is_counted_where_the_citizens_live() -> None:
    agreement = factories.granted(factories.published(), factories.agency("fund"), valid_from=date(2026, 3, 3))
    with acting_as(Actor.visitor()):
        late = AT.replace(hour=17)  # already 1:00 on 3 March in Shanghai
        assert queries.agreement_covering(agreement.provider_id, agreement.recipient_id, agreement.dataset_id, at=late)


def test_an_agreement_about_single_items_covers_no_others() -> None:
    dataset = factories.published()
    with acting_as(Actor.visitor()):
        year = queries.items_of(dataset, ["year"])
    agreement = factories.granted(dataset, factories.agency("fund"), items=year)
    assert covering(agreement, ["year"]) == agreement
    assert covering(agreement, ["year", "income"]) is None
    assert covering(agreement) is None


def test_an_agreement_about_the_whole_dataset_covers_every_item() -> None:
    agreement = factories.granted(factories.published(), factories.agency("fund"))
    assert covering(agreement, ["income"]) == agreement


def test_what_is_only_applied_for_covers_nothing_and_is_not_public() -> None:
    agreement = factories.applied(factories.published(), factories.agency("fund"))
    assert covering(agreement) is None
    with acting_as(Actor.visitor()):
        assert not Agreement.objects.exists()
    for party in ("tax", "fund"):
        with acting_as(factories.clerk_of(factories.agency(party))):
            assert Agreement.objects.count() == 1
    with acting_as(factories.clerk_of(factories.agency("health"))):
        assert not Agreement.objects.exists()


def test_an_ended_agreement_covers_nothing_more_but_stays_public(as_owner: AsOwner) -> None:
    agreement = factories.granted(factories.published(), factories.agency("fund"))
    provider = factories.clerk_of(factories.agency())
    with acting_as(provider):
        with pytest.raises(ReasonMissing):
            actions.end_agreement(agreement, reasons="", actor=provider, at=AT)
        actions.end_agreement(agreement, reasons="The law has changed.", actor=provider, at=AT)
    assert covering(agreement) is None
    assert covering(agreement, days=-1) == agreement
    with acting_as(Actor.visitor()):
        assert Agreement.objects.get().status == AgreementState.ENDED
        assert queries.agreements_for(agreement.dataset) == []
    with as_owner():
        assert "catalogue.agreement.ended" in {
            entry.event for entry in trail.entries_about("catalogue.Agreement", str(agreement.pk))
        }


def test_a_refusal_says_why_and_stands() -> None:
    agreement = factories.applied(factories.published(), factories.agency("fund"))
    provider = factories.clerk_of(factories.agency())
    with acting_as(provider):
        with pytest.raises(ReasonMissing):
            actions.refuse_agreement(agreement, reasons=" ", actor=provider, at=AT)
        actions.refuse_agreement(agreement, reasons="No provision allows it.", actor=provider, at=AT)
        with pytest.raises(IllegalMove):
            actions.grant_agreement(agreement, actor=provider, at=AT)


def test_the_recipient_does_not_grant_to_itself() -> None:
    agreement = factories.applied(factories.published(), factories.agency("fund"))
    for actor in (factories.clerk_of(factories.agency("fund"), "another"), factories.clerk_of(factories.agency("x"))):
        with acting_as(actor), pytest.raises(NotPermitted):
            actions.grant_agreement(agreement, actor=actor, at=AT)


def test_nobody_decides_on_their_own_application(as_owner: AsOwner) -> None:
    dataset, fund = factories.published(), factories.agency("fund")
    terms: dict[str, Any] = {
        "purpose_zh": "核对", "purpose_en": "To check", "valid_from": date(2026, 1, 1), "force": "imposes-duty",
    }  # fmt: skip
    with acting_as(AUTHORITY):
        agreement = actions.propose_agreement(dataset=dataset, recipient=fund, **terms, actor=AUTHORITY, at=AT)
        with pytest.raises(SamePerson):
            actions.grant_agreement(agreement, actor=AUTHORITY, at=AT)
    with as_owner(), pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        Agreement.objects.update(status="granted", decided_by=agreement.proposed_by, decided_at=AT)


def test_nobody_applies_in_anothers_name() -> None:
    dataset, fund = factories.published(), factories.agency("fund")
    stranger = factories.clerk_of(factories.agency("health"))
    with acting_as(stranger), pytest.raises(NotPermitted):
        actions.propose_agreement(
            dataset=dataset,
            recipient=fund,
            purpose_zh="核对",
            purpose_en="To check",
            valid_from=date(2026, 1, 1),
            actor=stranger,
            at=AT,
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose_zh": " "}, "purpose_zh"),
        ({"purpose_en": ""}, "purpose_en"),
        ({"purpose_en": "a" * 501}, "purpose_en"),
        ({"legal_basis": "because"}, "legal_basis"),
        ({"code": "two words"}, "code"),
        ({"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 31)}, "valid_until"),
    ],
)
def test_a_mistake_in_an_application_is_named(changes: dict[str, Any], field: str) -> None:
    dataset, fund = factories.published(), factories.agency("fund")
    with pytest.raises(Invalid) as refused:
        factories.applied(dataset, fund, **changes)
    assert refused.value.field == field


def test_what_is_not_in_the_catalogue_or_not_shared_can_not_be_applied_for() -> None:
    fund = factories.agency("fund")
    waiting = factories.proposed()
    secret = factories.published(
        "tax.cases",
        sharing="not-shared",
        sharing_citation_zh="《税收征收管理法》第八条",
        classification_reason_zh="保密",
    )
    own = factories.published("fund.loans", of=fund)
    for dataset in (waiting, secret, own):
        with pytest.raises(Invalid):
            factories.applied(dataset, fund)


def test_items_of_another_dataset_are_unknown() -> None:
    dataset, other = factories.published(), factories.published("tax.cars")
    with acting_as(Actor.visitor()):
        items = queries.items_of(other)
    with pytest.raises(UnknownItem):
        factories.applied(dataset, factories.agency("fund"), items=items)


def test_a_code_is_used_once() -> None:
    dataset, fund = factories.published(), factories.agency("fund")
    factories.applied(dataset, fund, code="A-1")
    with pytest.raises(Conflict) as refused:
        factories.applied(dataset, fund, code="A-1")
    assert refused.value.code == "code-taken"


def test_the_terms_stand_for_good(as_owner: AsOwner) -> None:
    factories.granted(factories.published(), factories.agency("fund"))
    with as_owner():
        for change in ({"purpose_en": "Something else"}, {"valid_until": date(2099, 1, 1)}):
            with pytest.raises(Error, match="pgtrigger"), transaction.atomic():
                Agreement.objects.update(**change)
        with pytest.raises(Error, match="pgtrigger"), transaction.atomic():
            Agreement.objects.all().delete()
