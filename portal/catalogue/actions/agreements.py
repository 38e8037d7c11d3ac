"""Applying for data, granting and refusing it, and ending what was granted."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Required, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal.catalogue import grounds, policy
from portal.catalogue.actions.checks import require_valid
from portal.catalogue.errors import ReasonMissing, UnknownItem
from portal.catalogue.models import Agency, Agreement, DataItem, Dataset, System
from portal.catalogue.states import AGREEMENT_MOVES, AgreementState, DatasetState, moved
from portal.catalogue.words import Force, Sharing
from portal.law import queries as law
from portal.law.provisions import Rule
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import Conflict, Invalid
from portal.trail.ids import new_id


class Terms(TypedDict, total=False):
    """What an application says besides who and what; Article 20 of Decree 809 asks for each."""

    purpose_zh: Required[str]
    purpose_en: Required[str]
    valid_from: Required[date]
    valid_until: date | None  # the last day; None: no end set
    recipient_system: System | None
    scenario_zh: str
    scenario_en: str
    legal_basis: str
    citation_zh: str
    citation_en: str
    force: str  # what the provision does: a provision is always classed
    method: str
    form: str
    form_method: str
    form_parameters: str
    form_until: date | None
    disposal_zh: str
    disposal_en: str


@transaction.atomic
def propose_agreement(
    *,
    dataset: Dataset,
    recipient: Agency,
    items: Iterable[DataItem] = (),
    code: str | None = None,
    actor: Actor,
    at: datetime,
    **terms: Unpack[Terms],
) -> Agreement:
    """Apply for a dataset, or for some of its items, in the recipient's name.

    Raises Invalid at the field, UnknownItem for an item of another dataset, Conflict for a code that is in use.
    """
    policy.require(actor, "catalogue.propose_agreement", recipient)
    chosen = list(items)
    _check_application(dataset, recipient, chosen, terms)
    key = new_id()
    agreement = Agreement(
        id=key,
        code=code or f"A-{key.hex}",
        provider_id=dataset.agency_id,
        recipient=recipient,
        dataset=dataset,
        proposed_by=policy.signature(actor),
        proposed_at=at,
        due_at=law.due(answer_rule(dataset), at).at,
        **terms,
    )
    require_valid(agreement)
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError as error:
        if "catalogue_agreement_code_key" not in str(error):
            raise
        raise Conflict(code="code-taken", field="code") from error
    agreement.items.add(*chosen)
    note("applied", agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def grant_agreement(agreement: Agreement, *, actor: Actor, at: datetime) -> Agreement:
    """Let the recipient have the data from now on. By the providing agency or the authority, never by who applied.

    Raises MerelyEncouraged, TechniqueMissing, UntestedForm: what a grant must rest on (portal.catalogue.grounds).
    """
    agreement = _for_decision(agreement, actor)
    moved(AGREEMENT_MOVES, agreement.status, AgreementState.GRANTED)
    grounds.require_grantable(agreement, at=at)
    agreement.deliver_due_at = law.due(law.jurisdiction().clocks["deliver"].rule, at).at
    agreement.save(update_fields=["deliver_due_at"])
    return _decide(agreement, AgreementState.GRANTED, "", actor=actor, at=at)


@transaction.atomic
def refuse_agreement(agreement: Agreement, *, reasons: str, actor: Actor, at: datetime) -> Agreement:
    """Refuse an application, with reasons (Decree 809, Article 21)."""
    if not reasons.strip():
        raise ReasonMissing()
    agreement = _for_decision(agreement, actor)
    return _decide(agreement, AgreementState.REFUSED, reasons.strip(), actor=actor, at=at)


@transaction.atomic
def end_agreement(agreement: Agreement, *, reasons: str, actor: Actor, at: datetime) -> Agreement:
    """End a granted agreement before its term; what was shared before stays shared."""
    if not reasons.strip():
        raise ReasonMissing()
    agreement = locked(agreement)
    policy.require(actor, "catalogue.end_agreement", agreement)
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.ENDED)
    agreement.ended_at, agreement.reasons = at, reasons.strip()
    agreement.save(update_fields=["status", "ended_at", "reasons"])
    agreement.suspensions.filter(ended_at=None).update(ended_at=at)
    note("ended", agreement, actor=actor, at=at)
    return agreement


def _decide(agreement: Agreement, state: AgreementState, reasons: str, *, actor: Actor, at: datetime) -> Agreement:
    agreement.status = moved(AGREEMENT_MOVES, agreement.status, state)
    agreement.decided_by, agreement.decided_at, agreement.reasons = policy.signature(actor), at, reasons
    agreement.save(update_fields=["status", "decided_by", "decided_at", "reasons"])
    note(state.value, agreement, actor=actor, at=at)
    return agreement


def _for_decision(agreement: Agreement, actor: Actor) -> Agreement:
    agreement = locked(agreement)
    policy.require(actor, "catalogue.decide_agreement", agreement)
    policy.require_second_person(actor, agreement.proposed_by)
    return agreement


def locked(agreement: Agreement) -> Agreement:
    """The row as it is now, locked. Who may not change it can't lock it either, and is told so by the policy."""
    return Agreement.objects.select_for_update().filter(pk=agreement.pk).first() or agreement


def _check_application(dataset: Dataset, recipient: Agency, items: list[DataItem], terms: Terms) -> None:
    if dataset.status != DatasetState.PUBLISHED:
        raise Invalid(_("This dataset is not in the catalogue."), field="dataset")
    if dataset.sharing == Sharing.NOT_SHARED:
        raise Invalid(_("This dataset is not shared."), field="dataset")
    if dataset.agency_id == recipient.pk:
        raise Invalid(_("An agency does not apply for its own data."), field="recipient")
    system = terms.get("recipient_system")
    if system is not None and system.agency_id != recipient.pk:
        raise Invalid(_("The recipient has no such system."), field="recipient_system")
    if any(item.dataset_id != dataset.pk or not item.active for item in items):
        raise UnknownItem
    for name in ("purpose_zh", "purpose_en"):
        if not str(terms[name]).strip():
            raise Invalid(_("Say what it is for."), field=name)
    if terms.get("force", Force.NOT_STATED) == Force.NOT_STATED:
        raise Invalid(_("Say whether the provision grants the power, imposes the duty, or merely encourages."),
                      field="force")  # fmt: skip
    valid_until = terms.get("valid_until")
    if valid_until is not None and valid_until < terms["valid_from"]:
        raise Invalid(_("It cannot end before it begins."), field="valid_until")


def answer_rule(dataset: Dataset) -> Rule:
    """By when an application for a dataset is to be answered (Decree 809, Article 21)."""
    clock = "answer_unconditional" if dataset.sharing == Sharing.UNCONDITIONAL else "answer_conditional"
    return law.jurisdiction().clocks[clock].rule


def note(what: str, agreement: Agreement, *, actor: Actor, at: datetime) -> None:
    trail.record(
        f"catalogue.agreement.{what}",
        actor=actor,
        at=at,
        about=agreement,
        agency=agreement.provider_id,
        code=agreement.code,
        recipient=agreement.recipient_id,
        dataset=agreement.dataset_id,
    )
