"""The course of an agreement: clocks, what is missing, techniques and exceptions, suspension, delivery, disposal."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from portal.catalogue import actions, queries
from portal.catalogue.errors import AlreadyTold, MerelyEncouraged, TechniqueMissing, UntestedForm
from portal.catalogue.models import Agency, Agreement, Suspension
from portal.catalogue.states import AgreementState
from portal.law.errors import NotExtendable, TooLateToExtend
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, Invalid, NotPermitted
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY
from tests.catalogue.test_pages import AsOwner

pytestmark = pytest.mark.django_db
CONDITIONAL: dict[str, Any] = {
    "sharing": "conditional",
    "sharing_conditions_zh": "用于核验",
    "classification_reason_zh": "含个人信息",
}
PLAIN = [{"code": "year", "name_zh": "年度", "name_en": "Year"}]
AGGREGATED = {"form": "aggregated", "form_method": "Counts of ten and more", "form_parameters": "k = 10",
              "form_until": date(2026, 12, 31)}  # fmt: skip


def fund() -> Agency:
    return factories.agency("fund")


def day(agreement: Agreement) -> date:
    assert agreement.due_at
    return timezone.localtime(agreement.due_at).date()


def by(actor: Actor, act: Any, *args: Any, at: datetime = AT, **given: Any) -> Any:
    with acting_as(actor):
        return act(*args, **given, actor=actor, at=at)


def provider() -> Actor:
    return factories.clerk_of(factories.agency())


def covers(agreement: Agreement, *, at: datetime) -> bool:
    with acting_as(Actor.visitor()):
        return queries.agreement_covers(agreement.provider_id, agreement.recipient_id, agreement.dataset_id, at=at)


def test_an_answer_is_due_in_one_working_day_or_in_ten() -> None:
    free = factories.applied(factories.published(items=PLAIN), fund())
    bound = factories.applied(factories.published("tax.cars", items=PLAIN, **CONDITIONAL), fund())
    assert day(free) == date(2026, 3, 3)  # applied for on Monday the 2nd
    assert day(bound) == date(2026, 3, 16)


def test_only_a_conditional_answer_is_extended_once_and_by_the_authority() -> None:
    free = factories.applied(factories.published(items=PLAIN), fund())
    bound = factories.applied(factories.published("tax.cars", items=PLAIN, **CONDITIONAL), fund())
    with pytest.raises(NotPermitted):
        by(provider(), actions.extend_answer, bound, reasons="Many are ill.")
    with pytest.raises(NotExtendable):
        by(AUTHORITY, actions.extend_answer, free, reasons="Many are ill.")
    with pytest.raises(TooLateToExtend):
        by(AUTHORITY, actions.extend_answer, bound, reasons="Many are ill.", at=AT + timedelta(days=20))
    extended = by(AUTHORITY, actions.extend_answer, bound, reasons="Many are ill.")
    assert day(extended) == date(2026, 3, 30)
    with pytest.raises(IllegalMove):
        by(AUTHORITY, actions.extend_answer, bound, reasons="Still ill.")


def test_what_is_missing_is_told_once_in_full_and_the_clock_stands_meanwhile() -> None:
    agreement = factories.applied(factories.published("tax.cars", items=PLAIN, **CONDITIONAL), fund())
    applicant = factories.clerk_of(fund())
    with pytest.raises(Invalid):
        by(provider(), actions.tell_what_is_missing, agreement, missing=[" "])
    told = by(provider(), actions.tell_what_is_missing, agreement, missing=["The scenario", " The term "])
    assert (told.status, told.missing) == (AgreementState.INCOMPLETE, ["The scenario", "The term"])
    with pytest.raises(IllegalMove):
        by(provider(), actions.grant_agreement, agreement)
    with pytest.raises(IllegalMove):
        by(provider(), actions.refuse_agreement, agreement, reasons="Incomplete.")
    with pytest.raises(NotPermitted):
        by(provider(), actions.supply, agreement, supplement="Here.")
    supplied = by(applicant, actions.supply, agreement, supplement="Loans; one year.", at=AT + timedelta(days=7))
    assert supplied.status == AgreementState.APPLIED
    assert day(supplied) == date(2026, 3, 23)
    with pytest.raises(AlreadyTold):
        by(provider(), actions.tell_what_is_missing, agreement, missing=["And this"])


def test_a_provision_that_merely_encourages_grants_nothing_alone(as_owner: AsOwner) -> None:
    dataset = factories.published(items=PLAIN)
    agreement = factories.applied(dataset, fund(), force="encourages")
    with pytest.raises(MerelyEncouraged):
        by(provider(), actions.grant_agreement, agreement)
    with as_owner(), pytest.raises(IntegrityError, match="encouragement"), transaction.atomic():
        Agreement.objects.update(status="granted", decided_by="x", decided_at=AT)
    asked = factories.applied(dataset, fund(), force="encourages", legal_basis="consent")
    assert by(provider(), actions.grant_agreement, asked).status == AgreementState.GRANTED
    with pytest.raises(Invalid) as refused:
        factories.applied(dataset, fund(), force="not-stated")
    assert refused.value.field == "force"


def test_sensitive_data_needs_a_technique_or_an_exception_of_the_authority() -> None:
    dataset = factories.published()
    bare = factories.applied(dataset, fund())
    with pytest.raises(TechniqueMissing):
        by(provider(), actions.grant_agreement, bare)
    with pytest.raises(NotPermitted):
        by(provider(), actions.allow_as_it_is, bare, reasons="We need it.", until=date(2026, 6, 30))
    with pytest.raises(Invalid):
        by(AUTHORITY, actions.allow_as_it_is, bare, reasons="They need it.", until=date(2026, 3, 1))
    by(AUTHORITY, actions.allow_as_it_is, bare, reasons="They need it.", until=date(2026, 6, 30))
    assert by(provider(), actions.grant_agreement, bare).status == AgreementState.GRANTED
    hidden = factories.applied(dataset, fund(), form="pseudonymised", form_method="Keyed hash")
    assert by(provider(), actions.grant_agreement, hidden).status == AgreementState.GRANTED
    unsaid = factories.applied(dataset, fund(), form="privacy-computed")
    with pytest.raises(TechniqueMissing):
        by(provider(), actions.grant_agreement, unsaid)


def test_an_aggregated_form_is_tested_first_and_a_failed_test_suspends_it() -> None:
    agreement = factories.applied(factories.published(), fund(), **AGGREGATED)
    with pytest.raises(UntestedForm):
        by(provider(), actions.grant_agreement, agreement)
    test: dict[str, Any] = {"tested_on": date(2026, 3, 1), "method": "Linkage with the voters' roll"}
    with pytest.raises(NotPermitted):
        by(factories.clerk_of(fund()), actions.record_test, agreement, passed=True, **test)
    by(provider(), actions.record_test, agreement, passed=True, **test)
    by(provider(), actions.grant_agreement, agreement)
    failed, passed = AT + timedelta(days=2), AT + timedelta(days=5)
    by(provider(), actions.record_test, agreement, passed=False, at=failed, **test)
    assert not covers(agreement, at=failed)
    assert covers(agreement, at=failed - timedelta(hours=1))
    by(AUTHORITY, actions.record_test, agreement, passed=True, at=passed, **test)
    assert [covers(agreement, at=AT + timedelta(days=days)) for days in (1, 3, 6)] == [True, False, True]
    with acting_as(Actor.visitor()):
        assert Suspension.objects.get().ended_at == passed


def test_tests_stand_for_good(as_owner: AsOwner) -> None:
    agreement = factories.applied(factories.published(), fund(), **AGGREGATED)
    test = by(provider(), actions.record_test, agreement, tested_on=date(2026, 3, 1), passed=False, method="Linkage")
    with as_owner(), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        type(test).objects.update(passed=True)


def keep(at: datetime) -> int:
    return int(by(Actor.portal(), actions.keep_time, at=at))


def test_time_notes_what_is_overdue_once() -> None:
    agreement = factories.applied(factories.published(items=PLAIN), fund())
    assert keep(AT + timedelta(hours=5)) == 0
    assert keep(AT + timedelta(days=3)) == 1
    assert keep(AT + timedelta(days=4)) == 0
    with acting_as(AUTHORITY):
        agreement.refresh_from_db()
    assert agreement.overdue_noted_at == AT + timedelta(days=3)


def test_time_suspends_what_has_run_out_and_a_new_exception_resumes_it() -> None:
    agreement = factories.applied(factories.published(), fund())
    factories.excepted(agreement, until=date(2026, 3, 10))
    by(provider(), actions.grant_agreement, agreement)
    assert keep(AT + timedelta(days=8)) == 0
    assert keep(AT + timedelta(days=9)) == 1
    assert not covers(agreement, at=AT + timedelta(days=10))
    by(
        AUTHORITY,
        actions.allow_as_it_is,
        agreement,
        reasons="Still.",
        until=date(2026, 9, 1),
        at=AT + timedelta(days=12),
    )
    assert covers(agreement, at=AT + timedelta(days=13))
    assert keep(AT + timedelta(days=14)) == 0


def test_time_ends_what_has_reached_its_term_and_the_recipient_says_what_became_of_the_data() -> None:
    agreement = factories.granted(factories.published(items=PLAIN), fund(), valid_until=date(2026, 3, 9))
    assert timezone.localtime(agreement.deliver_due_at).date() == date(2026, 3, 30)
    by(provider(), actions.note_delivery, agreement)
    assert keep(AT + timedelta(days=8)) == 1
    recipient = factories.clerk_of(fund())
    with pytest.raises(NotPermitted):
        by(provider(), actions.note_disposal, agreement, evidence="Deleted.")
    done = by(recipient, actions.note_disposal, agreement, evidence="Deleted, record 7.", at=AT + timedelta(days=9))
    assert (done.status, done.disposal_evidence) == (AgreementState.ENDED, "Deleted, record 7.")
    with pytest.raises(IllegalMove):
        by(recipient, actions.note_disposal, agreement, evidence="Again.")
    assert covers(agreement, at=AT)


def test_only_the_portal_keeps_time() -> None:
    with pytest.raises(NotPermitted):
        by(AUTHORITY, actions.keep_time)
