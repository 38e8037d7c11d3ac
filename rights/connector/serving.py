"""What the outbox has a connector do. No transaction of ours is open while the department's database is talked to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.accounts import queries as accounts
from portal.outbox.actions import handle_outside
from portal.outbox.models import Message
from portal.trail import vault
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Refusal
from rights.actions import answering, connecting
from rights.connector import mapping as mappings
from rights.connector import reaching, reading, writing
from rights.connector.errors import NoConnector
from rights.connector.mapping import SqlMapping
from rights.models import Connector, Execution, Kind, Part
from rights.states import ExecutionState
from rights.structured import MEDIA_TYPE, NAME

PORTAL = Actor.portal()


@dataclass(frozen=True)
class Task:
    """What is to be done, with the credential that it may be done with."""

    url: str
    mapping: SqlMapping
    identities: Mapping[str, str]
    part_id: UUID
    connector_id: UUID
    kind: str
    wanted: Mapping[str, str]
    execution_id: UUID | None = None
    plan: str = ""

    @property
    def key(self) -> UUID:
        """The execution's key; a collection has none."""
        if self.execution_id is None:
            raise NoConnector
        return self.execution_id


# ------------------------------------------------------------------ collecting
def collect(message_id: str) -> None:
    """Collect a person's rows and put them to the part's answer."""
    handle_outside(message_id, prepare=_to_collect, send=_collected, settle=_attach)


def _to_collect(message: Message, _at: datetime) -> Task | None:
    part = Part.objects.get(pk=message.payload["part_id"])
    return _task(part, Connector.objects.get(pk=message.payload["connector_id"])) if part.is_open else None


def _collected(task: Task) -> list[reading.Row]:
    with reading.connect(reaching.pinned(task.url), read_only=True) as raw:
        return reading.answer(task.mapping, reading.collect(raw, task.mapping, task.identities))


def _attach(task: Task, rows: list[reading.Row], at: datetime) -> None:
    part = Part.objects.select_related("request").get(pk=task.part_id)
    content = json.dumps(rows, ensure_ascii=False, indent=1, default=str).encode()
    with acting_as(Actor.client(f"connector:{task.connector_id}", part.agency_id)) as system:
        answering.attach(part, name=NAME, media_type=MEDIA_TYPE, content=[content], actor=system, at=at)


# ------------------------------------------------------------------ planning
def plan(message_id: str) -> None:
    """Read what the person's rows hold and write down what would be changed."""
    handle_outside(message_id, prepare=_to_plan, send=_planned, settle=_propose)


def _to_plan(message: Message, _at: datetime) -> Task | None:
    execution = Execution.objects.select_related("part", "connector").get(pk=message.payload["execution_id"])
    if execution.state != ExecutionState.ASKED:
        return None
    sealed = vault.open_sealed(bytes(execution.wanted_sealed), place=connecting.place("wanted", execution.pk))
    return _task(execution.part, execution.connector, execution=execution, wanted=json.loads(sealed))


def _planned(task: Task) -> str | Refusal:
    with reading.connect(reaching.pinned(task.url), read_only=True) as raw:
        try:
            found = reading.collect(raw, task.mapping, task.identities)
            if task.kind == Kind.CORRECTION:
                return writing.plan_of(writing.corrections(task.mapping, found, task.wanted))
            return writing.plan_of(writing.erasures(raw, task.mapping, found))
        except Refusal as refusal:
            return refusal


def _propose(task: Task, planned: str | Refusal, at: datetime) -> None:
    execution = Execution.objects.select_for_update().get(pk=task.key)
    if isinstance(planned, Refusal):
        _end(execution, ExecutionState.FAILED, planned.code, at=at)
        return
    execution.plan_sealed = vault.seal(planned, place=connecting.place("plan", execution.pk))
    execution.plan_sha256, execution.changes = writing.digest(planned), len(writing.of(planned))
    execution.move_to(ExecutionState.PROPOSED)
    execution.save(update_fields=["state", "plan_sealed", "plan_sha256", "changes"])
    facts: dict[str, Any] = {"plan": execution.plan_sha256, "changes": execution.changes}
    connecting.note(execution, "proposed", actor=PORTAL, at=at, **facts)


# ------------------------------------------------------------------ running
def run(message_id: str) -> None:
    """Run an approved plan, once, however often this is called: the key in the department's database tells."""
    handle_outside(message_id, prepare=_to_run, send=_run, settle=_settled)


def _to_run(message: Message, at: datetime) -> Task | None:
    """The writing credential is opened for this case alone, and only when two people approved."""
    execution = Execution.objects.select_for_update(of=("self",)).select_related("part", "connector").get(
        pk=message.payload["execution_id"]
    )  # fmt: skip
    if execution.state == ExecutionState.APPROVED:
        execution.move_to(ExecutionState.STARTED)
        execution.started_at = at
        execution.save(update_fields=["state", "started_at"])
        connecting.note(execution, "started", actor=PORTAL, at=at)
    sealed = execution.connector.write_sealed
    if execution.state != ExecutionState.STARTED or sealed is None:
        return None
    url = vault.open_sealed(bytes(sealed), place=connecting.place("write", execution.connector_id))
    return _task(execution.part, execution.connector, execution=execution, url=url)


def _run(task: Task) -> bool | Refusal:
    changes = writing.of(task.plan)
    with reading.connect(reaching.pinned(task.url), read_only=False) as raw:
        try:
            writing.run(raw, task.key, changes)
        except Refusal as refusal:
            return refusal
        return writing.read_back(raw, changes)


def _settled(task: Task, result: bool | Refusal, at: datetime) -> None:
    execution = Execution.objects.select_for_update().get(pk=task.key)
    if isinstance(result, Refusal):
        _end(execution, ExecutionState.FAILED, result.code, at=at)
    else:
        _end(execution, ExecutionState.DONE if result else ExecutionState.DOUBTFUL, "", at=at)


def _end(execution: Execution, state: ExecutionState, problem: str, *, at: datetime) -> None:
    execution.move_to(state)
    execution.problem, execution.ended_at = problem[:40], at
    execution.save(update_fields=["state", "problem", "ended_at"])
    facts: dict[str, Any] = {"plan": execution.plan_sha256} if execution.plan_sha256 else {}
    connecting.note(execution, state, actor=PORTAL, at=at, **facts)


def _task(
    part: Part, connector: Connector, *, execution: Execution | None = None, url: str = "",
    wanted: Mapping[str, str] | None = None,
) -> Task:  # fmt: skip
    key = bytes(part.subject_key)
    reads = vault.open_sealed(bytes(connector.read_sealed), place=connecting.place("read", connector.pk))
    return Task(
        url=url or reads,
        mapping=mappings.of(connector.mapping),
        identities={"number": accounts.number_of(key), "email": accounts.mail_of(key)},
        part_id=part.pk,
        connector_id=connector.pk,
        kind=part.kind,
        wanted=wanted or {},
        execution_id=execution.pk if execution else None,
        plan=connecting.plan_text(execution) if execution else "",
    )
