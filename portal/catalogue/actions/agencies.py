"""Registering agencies and their systems."""

from datetime import date, datetime
from typing import Any, Final, Required, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.catalogue import policy
from portal.catalogue.actions import listings
from portal.catalogue.actions.checks import require_valid
from portal.catalogue.errors import CodeTaken
from portal.catalogue.models import Agency, System
from portal.catalogue.words import AgencyKind, Channel, Level, SystemStatus
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import Invalid


class AgencyTerms(TypedDict, total=False):
    """What is registered of an agency; what is left out is as in AGENCY."""

    name_zh: Required[str]
    name_en: Required[str]
    kind: str
    region: str
    level: str
    contact: str
    channel: str
    reports_sharing: bool
    active: bool
    origin: str
    original_language: str


class SystemTerms(TypedDict, total=False):
    """What is registered of a system; what is left out is as in SYSTEM."""

    name_zh: Required[str]
    name_en: Required[str]
    region: str
    level: str
    contractor: str
    contract_until: date | None  # the last day; needed where there is a contractor
    status: str
    origin: str
    original_language: str


AGENCY: Final[dict[str, Any]] = {
    "kind": AgencyKind.DEPARTMENT,
    "region": "",
    "level": Level.CITY,
    "contact": "",
    "channel": Channel.CLERK,
    "reports_sharing": False,
    "active": True,
    "origin": "",
    "original_language": "",
}
SYSTEM: Final[dict[str, Any]] = {
    "region": "",
    "level": Level.CITY,
    "contractor": "",
    "contract_until": None,
    "status": SystemStatus.IN_USE,
    "origin": "",
    "original_language": "",
}


@transaction.atomic
def register_agency(*, code: str, actor: Actor, at: datetime, **terms: Unpack[AgencyTerms]) -> tuple[Agency, bool]:
    """Register an agency, or bring what is registered under its code up to date; whether it is new.

    What is already so changes nothing and leaves no trail. Raises Invalid at the field.
    """
    policy.require(actor, "catalogue.register_agency")
    fields = {**AGENCY, **terms}
    agency = Agency.objects.select_for_update().filter(code=code).first()
    if agency is None:
        agency = Agency(code=code, **fields)
        _save(agency)
        trail.record("catalogue.agency.registered", actor=actor, at=at, about=agency, agency=agency.pk, code=code)
        return agency, True
    if changed := _changed(agency, fields):
        _save(agency, changed)
        if {"name_zh", "name_en"} & set(changed):
            listings.rename(agency)
        trail.record(
            "catalogue.agency.revised", actor=actor, at=at, about=agency, agency=agency.pk, code=code, changed=changed
        )
    return agency, False


@transaction.atomic
def register_system(
    *, agency: Agency, code: str, actor: Actor, at: datetime, **terms: Unpack[SystemTerms]
) -> tuple[System, bool]:
    """Register a system of an agency, or bring it up to date; whether it is new.

    Raises CodeTaken where another agency has the code, Invalid at the field.
    """
    policy.require(actor, "catalogue.register_system", agency)
    fields = {**SYSTEM, **terms}
    if fields["contractor"] and not fields["contract_until"] and not fields["origin"]:
        raise Invalid(_("Say until when the contract with the contractor runs."), field="contract_until")
    system = System.objects.filter(code=code).first()
    if system is None:
        system = System(code=code, agency=agency, **fields)
        _save(system)
        trail.record("catalogue.system.registered", actor=actor, at=at, about=system, agency=agency.pk, code=code)
        return system, True
    if system.agency_id != agency.pk:
        raise CodeTaken
    if changed := _changed(system, fields):
        _save(system, changed)
        trail.record(
            "catalogue.system.revised", actor=actor, at=at, about=system, agency=agency.pk, code=code, changed=changed
        )
    return system, False


def _changed(row: Agency | System, fields: dict[str, Any]) -> list[str]:
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    return changed


def _save(row: Agency | System, changed: list[str] | None = None) -> None:
    require_valid(row)
    row.save(update_fields=changed, force_insert=changed is None)
