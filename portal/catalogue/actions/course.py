"""The course of an agreement beside its decision: what is missing, extension, exception, tests, delivery, disposal."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.catalogue import policy
from portal.catalogue.actions.agreements import answer_rule, locked, note
from portal.catalogue.errors import AlreadyTold, ReasonMissing
from portal.catalogue.models import Agreement, ReidentificationTest, Suspension
from portal.catalogue.states import AGREEMENT_MOVES, UNDECIDED, AgreementState, moved
from portal.law import queries as law
from portal.law.clock import Pause
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove, Invalid

MOST_MISSING = 30


@transaction.atomic
def tell_what_is_missing(agreement: Agreement, *, missing: Sequence[str], actor: Actor, at: datetime) -> Agreement:
    """Tell the applicant, once and in full, what the application lacks; the clock stands until it is supplied.

    Raises AlreadyTold the second time (Decree 809, Article 21).
    """
    agreement = locked(agreement)
    policy.require(actor, "catalogue.decide_agreement", agreement)
    listed = [line.strip() for line in missing if line.strip()]
    if not listed or len(listed) > MOST_MISSING or any(len(line) > 300 for line in listed):
        raise Invalid(_("Name what is missing, one thing a line, each in up to 300 characters."), field="missing")
    if agreement.missing_told_at:
        raise AlreadyTold
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.INCOMPLETE)
    agreement.missing, agreement.missing_told_at = listed, at
    agreement.save(update_fields=["status", "missing", "missing_told_at"])
    note("found_incomplete", agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def supply(agreement: Agreement, *, supplement: str, actor: Actor, at: datetime) -> Agreement:
    """Supply what was missing, by the applicant; the clock runs on."""
    policy.require(actor, "catalogue.supply", agreement)
    agreement = locked(agreement)
    if not supplement.strip():
        raise Invalid(_("Say what you supply."), field="supplement")
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.APPLIED)
    agreement.supplement, agreement.supplied_at = supplement.strip(), at
    agreement.due_at = _due(agreement)
    agreement.save(update_fields=["status", "supplement", "supplied_at", "due_at"])
    note("supplied", agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def extend_answer(agreement: Agreement, *, reasons: str, actor: Actor, at: datetime) -> Agreement:
    """Give the provider more time, once, by the authority's consent. Raises NotExtendable, TooLateToExtend."""
    if not reasons.strip():
        raise ReasonMissing
    agreement = locked(agreement)
    policy.require(actor, "catalogue.extend_answer", agreement)
    if agreement.status not in UNDECIDED or agreement.extended_at:
        raise IllegalMove
    rule = answer_rule(agreement.dataset)
    agreement.due_at = law.extended(rule, agreement.proposed_at, _pauses(agreement), told_at=at).at
    agreement.extended_at, agreement.extension_reasons = at, reasons.strip()
    agreement.save(update_fields=["due_at", "extended_at", "extension_reasons"])
    note("extended", agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def allow_as_it_is(agreement: Agreement, *, reasons: str, until: date, actor: Actor, at: datetime) -> Agreement:
    """Let sensitive data be shared without a technique until a day, by the authority; it is published.

    Renewed before or after it has run out; an agreement that was suspended for that goes on.
    """
    if not reasons.strip():
        raise ReasonMissing
    agreement = locked(agreement)
    policy.require(actor, "catalogue.allow_as_it_is", agreement)
    policy.require_second_person(actor, agreement.proposed_by)
    if agreement.status in (AgreementState.REFUSED, AgreementState.ENDED):
        raise IllegalMove
    if until < timezone.localtime(at).date():
        raise Invalid(_("This day is over."), field="until")
    agreement.exception_reasons, agreement.exception_until = reasons.strip(), until
    agreement.exception_by = policy.signature(actor)
    agreement.save(update_fields=["exception_reasons", "exception_until", "exception_by"])
    note("excepted", agreement, actor=actor, at=at)
    if agreement.status == AgreementState.SUSPENDED:
        _resume(agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def record_test(
    agreement: Agreement, *, tested_on: date, passed: bool, method: str, report: str = "", actor: Actor, at: datetime
) -> ReidentificationTest:
    """Record a re-identification test. A failed one suspends the agreement at once, the next that passes resumes it."""
    agreement = locked(agreement)
    policy.require(actor, "catalogue.record_test", agreement)
    if not method.strip():
        raise Invalid(_("Say how it was tested."), field="method")
    if tested_on > timezone.localtime(at).date():
        raise Invalid(_("This day is yet to come."), field="tested_on")
    test = ReidentificationTest.objects.create(
        agreement=agreement, tested_on=tested_on, passed=passed, method=method.strip()[:500], report=report[:500],
        recorded_by=policy.signature(actor), recorded_at=at,
    )  # fmt: skip
    note("tested", agreement, actor=actor, at=at)
    if not passed and agreement.status == AgreementState.GRANTED:
        suspend(agreement, reasons=str(_("A re-identification test failed.")), actor=actor, at=at)
    elif passed and agreement.status == AgreementState.SUSPENDED:
        _resume(agreement, actor=actor, at=at)
    return test


@transaction.atomic
def note_delivery(agreement: Agreement, *, actor: Actor, at: datetime) -> Agreement:
    """Say that the data was made available (within 20 working days: Decree 809, Article 22)."""
    agreement = locked(agreement)
    policy.require(actor, "catalogue.decide_agreement", agreement)
    if agreement.status != AgreementState.GRANTED or agreement.delivered_at:
        raise IllegalMove
    agreement.delivered_at = at
    agreement.save(update_fields=["delivered_at"])
    note("delivered", agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def note_disposal(agreement: Agreement, *, evidence: str, actor: Actor, at: datetime) -> Agreement:
    """Say how the data was disposed of after the end, by the recipient (Decree 809, Article 27)."""
    policy.require(actor, "catalogue.dispose", agreement)
    agreement = locked(agreement)
    if not evidence.strip():
        raise Invalid(_("Say how it was disposed of."), field="evidence")
    if agreement.status != AgreementState.ENDED or agreement.disposed_at:
        raise IllegalMove
    agreement.disposed_at, agreement.disposal_evidence = at, evidence.strip()
    agreement.save(update_fields=["disposed_at", "disposal_evidence"])
    note("disposed", agreement, actor=actor, at=at)
    return agreement


def suspend(agreement: Agreement, *, reasons: str, actor: Actor, at: datetime) -> None:
    """Let the agreement cover nothing from now on. Inside the transaction of what made it so; the row is locked."""
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.SUSPENDED)
    agreement.save(update_fields=["status"])
    Suspension.objects.create(agreement=agreement, began_at=at, reasons=reasons)
    note("suspended", agreement, actor=actor, at=at)


def _resume(agreement: Agreement, *, actor: Actor, at: datetime) -> None:
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.GRANTED)
    agreement.save(update_fields=["status"])
    agreement.suspensions.filter(ended_at=None).update(ended_at=at)
    note("resumed", agreement, actor=actor, at=at)


def _pauses(agreement: Agreement) -> list[Pause]:
    return [(agreement.missing_told_at, agreement.supplied_at)] if agreement.missing_told_at else []


def _due(agreement: Agreement) -> datetime:
    rule, pauses = answer_rule(agreement.dataset), _pauses(agreement)
    if agreement.extended_at:
        return law.extended(rule, agreement.proposed_at, pauses, told_at=agreement.extended_at).at
    return law.due(rule, agreement.proposed_at, pauses).at
