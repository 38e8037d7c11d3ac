"""Writing what a reader found in another register's file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from portal.catalogue import policy
from portal.catalogue.actions.agencies import register_agency, register_system
from portal.catalogue.actions.datasets import put_dataset, take_over
from portal.catalogue.errors import InvalidDataset
from portal.catalogue.importing.records import Found, Unusable
from portal.catalogue.importing.report import Line, Outcome, Report
from portal.catalogue.models import Agency, DatasetVersion, System
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import Refusal

SYSTEM: Final = "code name_zh name_en region level contractor contract_until status origin original_language".split()


def import_record(
    found: Found | Unusable, *, origin: str, approved_there: bool, actor: Actor, at: datetime
) -> list[Line]:
    """Take one record, all of it or nothing; the lines that say what became of it, the outcome first.

    `approved_there`: the register decides on its entries itself, so they are public at once; others go to approval.
    """
    policy.require(actor, "catalogue.take_over")
    if isinstance(found, Unusable):
        return [Line(Outcome.REFUSED, found.record, found.code, found.reason)]
    merged = [Line(Outcome.MERGED, found.record, found.code, note) for note in found.merged]
    try:
        with transaction.atomic():
            outcome = _take(found, origin, approved_there, actor, at)
    except Refusal as refusal:
        return [Line(Outcome.REFUSED, found.record, found.code, _why(refusal))]
    return [Line(outcome, found.record, found.code, "; ".join(found.notes)), *merged]


@transaction.atomic
def note_import(report: Report, *, origin: str, digest: str, actor: Actor, at: datetime) -> None:
    """Say in the trail that a file was imported, if that changed anything. `digest` is the file's SHA-256 in hex."""
    if report.changed:
        counts = {outcome.value: count for outcome, count in report.counts().items()}
        trail.record("catalogue.import.completed", actor=actor, at=at, origin=origin, file=digest, counts=counts)


@transaction.atomic
def put_records(records: Iterable[Found | Unusable], *, actor: Actor, at: datetime) -> Report:
    """Lay the datasets of a table before the authority, in the name of the agency that sends it; each whole or not.

    Agencies and systems are not registered by it: a table names them by their codes.
    """
    report = Report()
    for found in records:
        report.add(_put(found, actor=actor, at=at))
    return report


def preview_records(records: Iterable[Found | Unusable], *, actor: Actor, at: datetime) -> Report:
    """What `put_records` would say, with nothing changed."""
    with transaction.atomic():
        report = put_records(records, actor=actor, at=at)
        transaction.set_rollback(True)
    return report


def _put(found: Found | Unusable, *, actor: Actor, at: datetime) -> Line:
    if isinstance(found, Unusable):
        return Line(Outcome.REFUSED, found.record, found.code, found.reason)
    versions = DatasetVersion.objects.filter(dataset__code=found.code)
    known = versions.count()
    try:
        with transaction.atomic():
            _dataset, created = put_dataset(found.dataset, actor=actor, at=at)
    except Refusal as refusal:
        return Line(Outcome.REFUSED, found.record, found.code, _why(refusal))
    changed = Outcome.REVISED if versions.count() > known else Outcome.UNCHANGED
    return Line(Outcome.TAKEN if created else changed, found.record, found.code, "; ".join(found.merged))


def _take(found: Found, origin: str, approved_there: bool, actor: Actor, at: datetime) -> Outcome:
    agency, new_agency, changed = _agency(found.agency, actor, at)
    created = False
    if found.system:
        before = _columns_of_system(found.system["code"])
        _row, created = register_system(agency=agency, **_named(found.system, before), actor=actor, at=at)
        changed |= bool(before) and before != _columns_of_system(found.system["code"])
    if found.dataset:
        if approved_there:
            _dataset, new, moved = take_over(found.dataset, origin=origin, actor=actor, at=at)
        else:
            versions = DatasetVersion.objects.filter(dataset__code=found.code)
            known = versions.count()
            _dataset, new = put_dataset(found.dataset, actor=actor, at=at)
            moved = versions.count() > known
        created, changed = created or new, changed or moved
    if created or new_agency:
        return Outcome.TAKEN
    return Outcome.REVISED if changed else Outcome.UNCHANGED


def _agency(wanted: dict[str, Any], actor: Actor, at: datetime) -> tuple[Agency, bool, bool]:
    """The agency, whether it is new, whether it changed. What others have registered is never overwritten, and of
    what came from this register only the name follows it: the rest is the authority's by now."""
    agency = Agency.objects.filter(code=wanted["code"]).first()
    if agency is None:
        agency, _created = register_agency(**wanted, actor=actor, at=at)
        return agency, True, False
    if agency.origin != wanted["origin"] or agency.name_zh == wanted["name_zh"] or not wanted["name_zh"]:
        return agency, False, False
    kept = {name: getattr(agency, name) for name in ("kind", "level", "region", "contact", "channel", "active")}
    kept["reports_sharing"] = agency.reports_sharing
    agency, _created = register_agency(**{**wanted, **kept}, actor=actor, at=at)
    return agency, False, True


def _columns_of_system(code: str) -> dict[str, Any]:
    row = System.objects.filter(code=code).first()
    return {name: getattr(row, name) for name in SYSTEM} if row else {}


def _named(wanted: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A table may name a registered system by its code alone: then its row stays as it is."""
    return before if before and not wanted["name_zh"] else wanted


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, InvalidDataset):
        return "; ".join(f"{fault.pointer}: {fault.detail}" for fault in refusal.faults)
    return f"{refusal.field}: {refusal}" if refusal.field else str(refusal)
