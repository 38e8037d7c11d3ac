"""Mediation: the person asks, the agency takes part or not, either side proposes; what both agree to is recorded."""

from datetime import datetime

from django.db import transaction

from portal.inbox import actions as inbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove
from rights import organisations, policy
from rights.actions.appeals import appealable
from rights.actions.steps import few_words, locked, tell_agency, words
from rights.errors import (
    MediationStanding,
    NothingToAppeal,
    NothingToMediate,
    OrganisationUnknown,
    UnknownMediation,
)
from rights.models import Mediation, MediationStep, Part
from rights.states import MEDIATION_OPEN, MediationState


@transaction.atomic
def ask_mediation(part: Part, *, organisation: str, text: str, actor: Actor, at: datetime) -> Mediation:
    """Ask for mediation by one of the organisations, about an answer or its absence. No time of a court stands still.

    Raises NothingToMediate, MediationStanding, OrganisationUnknown.
    """
    part = locked(part, "rights.appeal", actor)
    try:
        appealable(part, at=at)
    except NothingToAppeal as error:
        raise NothingToMediate from error
    if organisation not in organisations.by_code():
        raise OrganisationUnknown
    if Mediation.objects.filter(part=part, state__in=MEDIATION_OPEN).exists():
        raise MediationStanding
    mediation = Mediation.objects.create(
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        organisation=organisation,
        asked_at=at,
    )
    _step(mediation, words(text), is_from_agency=False, actor=actor, at=at)
    tell_agency(part, "mediation", at=at)
    return mediation


@transaction.atomic
def join_mediation(mediation: Mediation, *, text: str, actor: Actor, at: datetime) -> Mediation:
    """The agency takes part."""
    return _by_agency(mediation, MediationState.UNDER_WAY, few_words(text), actor=actor, at=at)


@transaction.atomic
def decline_mediation(mediation: Mediation, *, text: str, actor: Actor, at: datetime) -> Mediation:
    """The agency takes no part, and says why."""
    return _by_agency(mediation, MediationState.DECLINED, words(text), actor=actor, at=at)


@transaction.atomic
def propose_settlement(mediation: Mediation, *, text: str, actor: Actor, at: datetime) -> Mediation:
    """Either side proposes a settlement, to which it thereby agrees; a newer proposal takes its place."""
    mediation, is_agency = _locked(mediation, actor)
    if mediation.state == MediationState.PROPOSED:
        mediation.move_to(MediationState.UNDER_WAY)
    mediation.settlement, mediation.proposed_by_agency = words(text), is_agency
    mediation.agreed_by_agency_at = at if is_agency else None
    mediation.agreed_by_person_at = None if is_agency else at
    return _moved(mediation, MediationState.PROPOSED, mediation.settlement, is_agency, actor=actor, at=at)


@transaction.atomic
def agree_settlement(mediation: Mediation, *, actor: Actor, at: datetime) -> Mediation:
    """The other side agrees; the settlement is recorded. Raises IllegalMove for who proposed it."""
    mediation, is_agency = _locked(mediation, actor)
    if mediation.proposed_by_agency is is_agency:
        raise IllegalMove
    mediation.agreed_by_agency_at = mediation.agreed_by_agency_at or at
    mediation.agreed_by_person_at = mediation.agreed_by_person_at or at
    return _moved(mediation, MediationState.SETTLED, "", is_agency, actor=actor, at=at)


@transaction.atomic
def end_mediation(mediation: Mediation, *, text: str, actor: Actor, at: datetime) -> Mediation:
    """Either side sees no agreement; before the agency took part, the person takes it back."""
    mediation, is_agency = _locked(mediation, actor)
    after = MediationState.FAILED
    if mediation.state == MediationState.ASKED and not is_agency:
        after = MediationState.WITHDRAWN
    return _moved(mediation, after, few_words(text), is_agency, actor=actor, at=at)


def _by_agency(mediation: Mediation, after: MediationState, text: str, *, actor: Actor, at: datetime) -> Mediation:
    mediation, is_agency = _locked(mediation, actor)
    if not is_agency:
        raise IllegalMove
    return _moved(mediation, after, text, is_agency, actor=actor, at=at)


def _locked(mediation: Mediation, actor: Actor) -> tuple[Mediation, bool]:
    rows = Mediation.objects.select_for_update(of=("self",)).select_related("part__request", "part__agency")
    found = rows.filter(pk=mediation.pk).first()
    if found is None:
        raise UnknownMediation
    return found, policy.require_side(actor, found)


def _moved(
    mediation: Mediation, after: MediationState, text: str, is_agency: bool, *, actor: Actor, at: datetime
) -> Mediation:
    mediation.move_to(after)
    mediation.ended_at = None if after in MEDIATION_OPEN else at
    agreed = ["settlement", "proposed_by_agency", "agreed_by_person_at", "agreed_by_agency_at"]
    mediation.save(update_fields=["state", "ended_at", *agreed])
    _step(mediation, text, is_from_agency=is_agency, actor=actor, at=at)
    agency = mediation.part.agency
    if is_agency:
        inbox.tell(
            bytes(mediation.subject_key), "mediation_moved", at=at, about=mediation,
            number=mediation.part.request.number, agency_zh=agency.name_zh, agency_en=agency.name_en,
        )  # fmt: skip
    else:
        tell_agency(mediation.part, "mediation", at=at)
    return mediation


def _step(mediation: Mediation, text: str, *, is_from_agency: bool, actor: Actor, at: datetime) -> None:
    MediationStep.objects.create(
        mediation=mediation,
        agency_id=mediation.agency_id,
        subject_key=mediation.subject_key,
        is_from_agency=is_from_agency,
        state=mediation.state,
        text=text,
        at=at,
    )
    trail.record(
        f"rights.mediation.{mediation.state}",
        actor=actor,
        at=at,
        about=mediation,
        subject=bytes(mediation.subject_key),
        agency=mediation.agency_id,
        part=mediation.part_id,
    )
