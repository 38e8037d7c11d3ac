"""Verification (校核): a receiver doubts, the provider checks and reports in time, every recipient hears of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.ledger import policy, queries
from portal.ledger.errors import AlreadyDoubted, RowRefused, UnknownVerification
from portal.ledger.models import Finding, Verification
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail.actor import Actor

MOST_WORDS: Final = 2_000


@transaction.atomic
def doubt(identifier: UUID, *, items: Sequence[str], text: str, actor: Actor, at: datetime) -> Verification:
    """Doubt what an event brought to the actor's agency; its provider must check it in the time of Decree 809, 26.

    Raises UnknownEvent where it brought the agency nothing, AlreadyDoubted, RowRefused for no words or other items.
    """
    doubter = policy.reporting_agency(actor)
    event = queries.event_of_agency(identifier, doubter)
    policy.require_doubt(actor, event)
    if not text.strip():
        raise RowRefused("missing", policy.SAY_DOUBT, "/text")
    if event.items and not set(items) <= set(event.items):
        raise RowRefused("unknown-item", policy.NOT_SHARED, "/items")
    due = law.due(law.jurisdiction().clocks["verification"].rule, at)
    row = Verification(
        subject_key=event.subject_key, event_id=event.id, dataset_id=event.dataset_id, items=list(items),
        provider_id=event.provider_id, doubter_id=doubter, doubt=text.strip()[:MOST_WORDS], asked_at=at,
        due_at=due.at, due_article=due.article,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyDoubted from error
    hidden = bool(queries.withheld([event]))
    trail.record(
        "ledger.data.doubted", actor=actor, at=at, about=row, agency=row.provider_id,
        subject=None if hidden else event.subject_key, sharing=event.id,
    )  # fmt: skip
    data = {"verification": str(row.id), "event": str(event.id), "items": row.items, "due_at": due.at.isoformat()}
    outbox.notify(row.provider_id, "sharing.doubted", str(row.id), data, at=at)
    if not hidden:
        _tell("data_doubted", row, row.doubter, at)
    return row


@transaction.atomic
def report(verification_id: UUID, *, finding: Finding, text: str, actor: Actor, at: datetime) -> Verification:
    """What the provider found. Its citizen is told now, every recipient by the portal's task. Given once.

    Raises UnknownVerification where the agency owes none, RowRefused for no words.
    """
    provider = policy.reporting_agency(actor)
    rows = Verification.objects.select_for_update(of=("self",)).select_related("provider")
    row = rows.filter(pk=verification_id, provider_id=provider, answered_at=None).first()
    if row is None:
        raise UnknownVerification
    if not text.strip():
        raise RowRefused("missing", policy.SAY_FINDING, "/text")
    row.finding, row.report, row.answered_at = finding, text.strip()[:MOST_WORDS], at
    row.save(update_fields=["finding", "report", "answered_at"])
    hidden = bool(queries.withheld([queries.event(bytes(row.subject_key), row.event_id)]))
    trail.record(
        "ledger.data.verified", actor=actor, at=at, about=row, agency=provider,
        subject=None if hidden else bytes(row.subject_key), finding=finding, late=at > row.due_at,
    )  # fmt: skip
    outbox.put("ledger.data.verified", verification_id=row.id)
    if not hidden:
        _tell("data_checked", row, row.provider, at)
    return row


def tell_recipients(message: Message, at: datetime) -> None:
    """Consumer of `ledger.data.verified`: whoever was sent the person's records of this dataset is told."""
    row = Verification.objects.select_for_update().get(pk=message.payload["verification_id"])
    told = queries.recipients_of(bytes(row.subject_key), row.dataset_id) | {row.doubter_id}
    for agency in sorted(told - set(row.told)):
        data = {"verification": str(row.id), "event": str(row.event_id), "finding": row.finding, "items": row.items}
        outbox.notify(agency, "sharing.verified", str(row.id), data, at=at)
    row.told = sorted({*row.told, *told})
    row.save(update_fields=["told"])


def _tell(kind: str, row: Verification, by: Any, at: datetime) -> None:
    names: dict[str, Any] = {"agency_zh": by.name_zh, "agency_en": by.name_en}
    inbox.tell(bytes(row.subject_key), kind, at=at, about=row, **names)
