"""Proposing datasets and deciding on what is proposed: no entry is public before a second person approved it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from portal.catalogue import policy, queries
from portal.catalogue.actions import listings, updates
from portal.catalogue.errors import CodeTaken, Fault, InvalidDataset, NothingToDecide, ReasonMissing
from portal.catalogue.models import Agency, DataItem, Dataset, DatasetVersion, System
from portal.catalogue.payload import DATES, Content, parse
from portal.catalogue.states import DATASET_MOVES, VERSION_MOVES, DatasetState, VersionState, moved
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import NotPermitted

REFERENCES: Final = frozenset({"code", "agency", "system", "source_of_truth", "items"})


@transaction.atomic
def put_dataset(payload: object, *, actor: Actor, at: datetime) -> tuple[Dataset, bool]:
    """Register a dataset or revise it; whether it is new. It goes to approval: what is public stays so meanwhile.

    `payload` as in portal.catalogue.payload. What is already so, or already proposed, changes nothing.
    Raises InvalidDataset, CodeTaken (one source, one owner), NotPermitted.
    """
    content = parse(payload)
    agency = _agency(content, actor)
    policy.require(actor, "catalogue.propose_dataset", agency)
    dataset, created = _entry(content, agency)
    _propose(dataset, content, actor=actor, at=at)
    return dataset, created


def put_datasets(payloads: Iterable[Mapping[str, Any]], *, actor: Actor, at: datetime) -> list[tuple[Dataset, bool]]:
    """Put several, all or none."""
    with transaction.atomic():
        return [put_dataset(payload, actor=actor, at=at) for payload in payloads]


@transaction.atomic
def approve_dataset(dataset: Dataset, *, actor: Actor, at: datetime) -> Dataset:
    """Publish what is proposed. Raises SamePerson for who proposed it, NothingToDecide where nothing waits."""
    dataset, version = _for_decision(dataset, actor)
    _publish(dataset, version, decided_by=policy.signature(actor), at=at)
    trail.record(
        "catalogue.dataset.approved",
        actor=actor,
        at=at,
        about=dataset,
        agency=dataset.agency_id,
        code=dataset.code,
        version=version.number,
    )
    return dataset


def approve_datasets(codes: Iterable[str], *, actor: Actor, at: datetime) -> list[Dataset]:
    """Approve several, all or none; raises UnknownDataset."""
    with transaction.atomic():
        return [approve_dataset(queries.dataset(code), actor=actor, at=at) for code in codes]


@transaction.atomic
def return_dataset(dataset: Dataset, *, reasons: str, actor: Actor, at: datetime) -> Dataset:
    """Send a proposal back with reasons; what is public stays as it is."""
    if not reasons.strip():
        raise ReasonMissing()
    dataset, version = _for_decision(dataset, actor)
    version.status = moved(VERSION_MOVES, version.status, VersionState.RETURNED)
    version.decided_by, version.decided_at, version.reasons = policy.signature(actor), at, reasons.strip()
    version.save(update_fields=["status", "decided_by", "decided_at", "reasons"])
    if dataset.status == DatasetState.PROPOSED:
        dataset.status = moved(DATASET_MOVES, dataset.status, DatasetState.DRAFT)
        dataset.save(update_fields=["status"])
    trail.record(
        "catalogue.dataset.returned",
        actor=actor,
        at=at,
        about=dataset,
        agency=dataset.agency_id,
        code=dataset.code,
        version=version.number,
    )
    return dataset


@transaction.atomic
def withdraw_dataset(dataset: Dataset, *, reasons: str, actor: Actor, at: datetime) -> Dataset:
    """Take a dataset out of the catalogue: it stays readable by its address, since records name it."""
    if not reasons.strip():
        raise ReasonMissing()
    _lock(dataset.code)
    dataset = Dataset.objects.get(pk=dataset.pk)
    policy.require(actor, "catalogue.withdraw_dataset", dataset)
    dataset.status = moved(DATASET_MOVES, dataset.status, DatasetState.WITHDRAWN)
    dataset.save(update_fields=["status"])
    listings.remove(dataset)
    trail.record(
        "catalogue.dataset.withdrawn",
        actor=actor,
        at=at,
        about=dataset,
        agency=dataset.agency_id,
        code=dataset.code,
        reasons=reasons.strip(),
    )
    return dataset


@transaction.atomic
def take_over(payload: Mapping[str, Any], *, origin: str, actor: Actor, at: datetime) -> tuple[Dataset, bool, bool]:
    """Take a dataset over from another public register, which has approved it there; whether new, whether changed.

    It is published at once: the version says which register decided. The portal alone does this, by import.
    """
    policy.require(actor, "catalogue.take_over")
    content = parse(payload, imported=True)
    agency = _agency(content, actor)
    dataset, created = _entry(content, agency, origin=origin)
    version = _propose(dataset, content, actor=actor, at=at)
    if version is None:
        return dataset, created, False
    _publish(dataset, version, decided_by=f"register:{origin}", at=at)
    trail.record(
        "catalogue.dataset.taken_over",
        actor=actor,
        at=at,
        about=dataset,
        agency=agency.pk,
        code=dataset.code,
        version=version.number,
        origin=origin,
    )
    return dataset, created, True


def _lock(code: str) -> None:
    """One change to a dataset at a time, also before its row exists. An agency can't take a row lock on its
    published dataset, because it may not change that row; so the lock is on the code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 809))", [f"catalogue.dataset:{code}"])


def _agency(content: Content, actor: Actor) -> Agency:
    """Whose dataset it is: the caller's own agency, or the one named where the caller stands above agencies."""
    named = content["agency"]
    if actor.agency_id is None:
        agency = Agency.objects.filter(code=named).first() if named else None
        if agency is None:
            raise InvalidDataset([Fault("/agency", "unknown-agency", _("There is no agency with this code."))])
    else:
        agency = Agency.objects.get(pk=actor.agency_id)
        if named and named != agency.code:
            raise InvalidDataset([Fault("/agency", "foreign-agency", _("You register for your own agency only."))])
    content["agency"] = agency.code
    return agency


def _references(content: Content, agency: Agency) -> dict[str, Any]:
    """The rows that the content names by code; a system of another agency is as unknown as none."""
    system = source = None
    faults = []
    if content["system"]:
        system = System.objects.filter(code=content["system"], agency=agency).first()
        if system is None:
            faults.append(Fault("/system", "unknown-system", _("Your agency has no system with this code.")))
    if content["source_of_truth"]:
        source = Agency.objects.filter(code=content["source_of_truth"]).first()
        if source is None:
            faults.append(Fault("/source_of_truth", "unknown-agency", _("There is no agency with this code.")))
    if faults:
        raise InvalidDataset(faults)
    return {"system": system, "source_of_truth": source}


def _entry(content: Content, agency: Agency, *, origin: str = "") -> tuple[Dataset, bool]:
    """The dataset of this code, made as `proposed` where there is none. Holds the lock on the code from here on."""
    references = _references(content, agency)
    _lock(content["code"])
    dataset = Dataset.objects.select_related("agency").filter(code=content["code"]).first()
    if dataset is None:
        dataset = Dataset(code=content["code"], agency=agency, origin=origin, **references, **_columns(content))
        try:
            with transaction.atomic():
                dataset.save(force_insert=True)
        except IntegrityError as error:
            if "catalogue_dataset_code_key" not in str(error):
                raise
            raise CodeTaken() from error  # another agency's proposal, which this one can't see
        _put_items(dataset, content)
        return dataset, True
    if dataset.agency_id != agency.pk:
        raise CodeTaken()
    return dataset, False


def _propose(dataset: Dataset, content: Content, *, actor: Actor, at: datetime) -> DatasetVersion | None:
    """Lay a version before the authority, in place of one that still waits; None where nothing is new."""
    waiting = queries.open_proposal(dataset)
    standing = waiting.content if waiting else queries.approved_content(dataset)
    if standing == content and (waiting or dataset.status == DatasetState.PUBLISHED):
        return None
    if waiting:
        waiting.status = moved(VERSION_MOVES, waiting.status, VersionState.SUPERSEDED)
        waiting.save(update_fields=["status"])
    newest = dataset.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        agency_id=dataset.agency_id,
        number=newest + 1,
        content=content,
        proposed_by=policy.signature(actor),
        proposed_at=at,
        review_due_at=updates.review_due(at) if dataset.version else None,
    )
    updates.done(dataset, at=at)
    if newest and not dataset.version:  # never published: the row shows what is proposed now
        _write(dataset, content)
        if dataset.status == DatasetState.DRAFT:
            dataset.status = moved(DATASET_MOVES, dataset.status, DatasetState.PROPOSED)
        dataset.save()
    trail.record(
        "catalogue.dataset.proposed",
        actor=actor,
        at=at,
        about=dataset,
        agency=dataset.agency_id,
        code=dataset.code,
        version=version.number,
    )
    return version


def _for_decision(dataset: Dataset, actor: Actor) -> tuple[Dataset, DatasetVersion]:
    _lock(dataset.code)
    dataset = Dataset.objects.select_related("agency").get(pk=dataset.pk)
    policy.require(actor, "catalogue.decide_dataset", dataset)
    version = queries.open_proposal(dataset)
    if version is None:
        raise NothingToDecide()
    policy.require_second_person(actor, version.proposed_by)
    return dataset, version


def _publish(dataset: Dataset, version: DatasetVersion, *, decided_by: str, at: datetime) -> None:
    if decided_by == version.proposed_by:
        raise NotPermitted()
    version.status = moved(VERSION_MOVES, version.status, VersionState.APPROVED)
    version.decided_by, version.decided_at = decided_by, at
    version.save(update_fields=["status", "decided_by", "decided_at"])
    _write(dataset, version.content)
    if dataset.status != DatasetState.PUBLISHED:
        dataset.status = moved(DATASET_MOVES, dataset.status, DatasetState.PUBLISHED)
    dataset.version, dataset.published_at = version.number, at
    dataset.save()
    listings.put(dataset)


def _write(dataset: Dataset, content: Content) -> None:
    """Bring the row and its items to the content, unsaved; the references are looked up anew."""
    for name, value in {**_columns(content), **_references(content, dataset.agency)}.items():
        setattr(dataset, name, value)
    _put_items(dataset, content)


def _columns(content: Content) -> dict[str, Any]:
    plain = {name: value for name, value in content.items() if name not in REFERENCES}
    return plain | {name: date.fromisoformat(plain[name]) if plain.get(name) else None for name in DATES}


def _put_items(dataset: Dataset, content: Content) -> None:
    """Bring the items to the content. What is left out is retired, since other records name it."""
    rows = [
        DataItem(dataset=dataset, position=position, active=True, original_language=dataset.original_language, **item)
        for position, item in enumerate(content["items"], start=1)
    ]
    DataItem.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["dataset", "code"],
        update_fields=[
            "name_zh", "name_en", "special_category", "data_element", "code_list", "no_standard", "position", "active",
            "original_language",
        ],
    )  # fmt: skip
    DataItem.objects.filter(dataset=dataset, active=True).exclude(code__in=[row.code for row in rows]).update(
        active=False
    )
