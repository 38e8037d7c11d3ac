"""Connectors: registered by the agency's administrator; collecting, and changing what two people approved."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from portal.catalogue.models import Dataset
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor, ActorKind
from portal.trail.errors import IllegalMove, NotPermitted
from portal.trail.ids import new_id
from rights.actions.handling import show_person
from rights.actions.steps import locked
from rights.connector import mapping as mappings
from rights.connector import reaching
from rights.connector.errors import NoConnector, NothingToChange, UnknownExecution
from rights.errors import SamePerson
from rights.models import Connector, Execution, Kind, Part
from rights.states import ExecutionState

COLLECTED = (Kind.ACCESS, Kind.PORTABILITY)
CHANGED = (Kind.CORRECTION, Kind.ERASURE)


def place(column: str, identifier: UUID) -> str:
    """Where a sealed value of a connector or execution belongs."""
    return f"rights.connector.{column}:{identifier}"


@transaction.atomic
def register_connector(
    dataset: Dataset, *, mapping: Mapping[str, Any], read_url: str, write_url: str = "", actor: Actor, at: datetime
) -> Connector:
    """How a dataset is answered from its database; again, it replaces what was registered.

    By the administrator of the dataset's agency. Raises MappingRefused, AddressRefused.
    """
    if not (actor.is_administrator and actor.agency_id == dataset.agency_id):
        raise NotPermitted
    mappings.of(dict(mapping))
    for url in filter(None, (read_url, write_url)):
        reaching.pinned(url)
    connector = Connector.objects.select_for_update().filter(dataset=dataset).first() or Connector(
        id=new_id(), dataset=dataset, agency_id=dataset.agency_id
    )
    connector.mapping = dict(mapping)
    connector.read_sealed = vault.seal(read_url, place=place("read", connector.pk))
    connector.write_sealed = vault.seal(write_url, place=place("write", connector.pk)) if write_url else None
    connector.registered_at, connector.registered_by, connector.active = at, actor.user_id, True
    connector.save()
    trail.record(
        "rights.connector.registered", actor=actor, at=at, about=connector, agency=dataset.agency_id, dataset=dataset.pk
    )
    return connector


def connector_of(part: Part) -> Connector:
    """The connector by which a part can be answered; raises NoConnector."""
    found = Connector.objects.filter(dataset=part.dataset, agency_id=part.agency_id, active=True).first()
    if found is None:
        raise NoConnector
    return found


@transaction.atomic
def ask_collection(part: Part, *, actor: Actor, at: datetime) -> Part:
    """Have the person's rows collected into the answer. That somebody looks who it is, the person sees."""
    part = locked(part, "rights.attach", actor)
    part.require_open()
    if part.kind not in COLLECTED:
        raise IllegalMove
    connector = connector_of(part)
    show_person(part, reason="rights.connector", actor=actor, at=at)
    _note(part, "collection_asked", actor=actor, at=at, connector=connector.pk)
    outbox.put("rights.collection.asked", part_id=part.pk, connector_id=connector.pk)
    return part


@transaction.atomic
def ask_change(part: Part, *, wanted: Mapping[str, str], actor: Actor, at: datetime) -> Execution:
    """Have a correction (items "table.column" to values) or an erasure planned; nothing is changed by this."""
    part = locked(part, "rights.reply", actor)
    part.require_open()
    if part.kind not in CHANGED or actor.user_id is None:
        raise IllegalMove
    connector = connector_of(part)
    if part.kind == Kind.CORRECTION:
        if not wanted:
            raise NothingToChange
        for code in wanted:
            mappings.of(connector.mapping).item(code)
    show_person(part, reason="rights.connector", actor=actor, at=at)
    identifier = new_id()
    execution = Execution.objects.create(
        id=identifier,
        part=part,
        connector=connector,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        wanted_sealed=vault.seal(json.dumps(dict(wanted)), place=place("wanted", identifier)),
        asked_at=at,
        asked_by=actor.user_id,
    )
    note(execution, "asked", actor=actor, at=at)
    outbox.put("rights.change.asked", execution_id=execution.pk)
    return execution


@transaction.atomic
def approve_change(execution: Execution, *, actor: Actor, at: datetime) -> Execution:
    """One of the two who saw the difference and the statements; with the second it is run. Raises SamePerson."""
    execution = _locked(execution, actor)
    if execution.state != ExecutionState.PROPOSED:
        raise IllegalMove
    if execution.first_approved_by is None:
        execution.first_approved_by = actor.user_id
        execution.save(update_fields=["first_approved_by"])
        note(execution, "approved_first", actor=actor, at=at)
        return execution
    if execution.first_approved_by == actor.user_id:
        raise SamePerson
    execution.second_approved_by, execution.approved_at = actor.user_id, at
    execution.move_to(ExecutionState.APPROVED)
    execution.save(update_fields=["state", "second_approved_by", "approved_at"])
    note(execution, "approved", actor=actor, at=at)
    outbox.put("rights.change.approved", execution_id=execution.pk)
    return execution


@transaction.atomic
def decline_change(execution: Execution, *, actor: Actor, at: datetime) -> Execution:
    """Not run it; another may be planned."""
    execution = _locked(execution, actor)
    execution.move_to(ExecutionState.DECLINED)
    execution.ended_at = at
    execution.save(update_fields=["state", "ended_at"])
    note(execution, "declined", actor=actor, at=at)
    return execution


def plan_text(execution: Execution) -> str:
    """The sealed plan, for who may see the part; empty while there is none."""
    sealed = execution.plan_sealed
    return vault.open_sealed(bytes(sealed), place=place("plan", execution.pk)) if sealed else ""


def _locked(execution: Execution, actor: Actor) -> Execution:
    found = Execution.objects.select_for_update(of=("self",)).select_related("part").filter(pk=execution.pk).first()
    if found is None:
        raise UnknownExecution
    if actor.kind is not ActorKind.CLERK or actor.agency_id != found.agency_id:
        raise NotPermitted
    return found


def note(execution: Execution, event: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    """Write a step of a change into the trail: the part, the key and hashes, never what it holds."""
    trail.record(
        f"rights.change.{event}",
        actor=actor,
        at=at,
        about=execution,
        subject=bytes(execution.subject_key),
        agency=execution.agency_id,
        part=execution.part_id,
        **facts,
    )


def _note(part: Part, event: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    key = bytes(part.subject_key)
    trail.record(f"rights.part.{event}", actor=actor, at=at, about=part, subject=key, agency=part.agency_id, **facts)
