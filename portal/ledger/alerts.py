"""Telling people of the sharing that they want to hear of: one letter a person and batch, whatever their number.

Consumer of `ledger.events.stored`. The mail follows the inbox's own rules: at once, in digests, never in quiet hours.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.accounts import queries as accounts
from portal.inbox import actions as inbox
from portal.inbox.actions import News
from portal.ledger import policy, queries
from portal.ledger.models import AlertChoice, Outcome, SharingEvent
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail.actor import Actor, database_role

SENSITIVE: Final = "sensitive"
RETENTION: Final = "portal_retention"  # the one role that deletes what somebody chose
NEW, CHOSEN = "new", "chosen"


@dataclass(frozen=True)
class Wanted:
    """What a person chose; the fields of AlertChoice."""

    new_recipient: bool
    sensitive: bool
    flagged: bool
    depths: Sequence[str]
    agencies: Sequence[UUID]
    purpose: str


@transaction.atomic
def choose(subject_key: bytes, wanted: Wanted, *, actor: Actor, at: datetime) -> AlertChoice:
    """What the person wants to hear of from now on. Raises NotPermitted for anybody else's."""
    policy.require_own_alerts(actor, subject_key)
    given = {**vars(wanted), "depths": list(wanted.depths), "agencies": list(wanted.agencies), "changed_at": at}
    row, _made = AlertChoice.objects.update_or_create(subject_key=subject_key, defaults=given)
    trail.record("ledger.alerts.chosen", actor=actor, at=at, subject=subject_key)
    return row


def tell_of_events(message: Message, at: datetime) -> None:
    """Tell everybody who has an account and wants to hear of something in this batch; six queries and two inserts."""
    batch = UUID(message.payload["batch_id"])
    rows = queries.events_of_batch(batch).filter(outcome=Outcome.SENT)
    events = list(rows.select_related("provider", "recipient", "dataset"))
    readers = accounts.with_account({bytes(event.subject_key) for event in events})
    events = [event for event in events if bytes(event.subject_key) in readers]
    hidden = queries.withheld(events) if events else set()
    events = [event for event in events if (event.subject_key, event.id) not in hidden]
    if not events:
        return
    choices = queries.alert_choices(readers)
    before = queries.recipients_before(events, batch)
    told: dict[bytes, list[tuple[SharingEvent, set[str]]]] = defaultdict(list)
    for event in events:
        why = _reasons(event, choices[bytes(event.subject_key)], before)
        if why:
            told[bytes(event.subject_key)].append((event, why))
    inbox.tell_each("sharing_news", [_news(key, found) for key, found in told.items()], at=at)


def _reasons(event: SharingEvent, choice: AlertChoice, before: set[tuple[bytes, UUID | str]]) -> set[str]:
    found = set()
    recipient = event.recipient_id or event.recipient_name
    if choice.new_recipient and recipient != event.provider_id:
        found |= {NEW} if (bytes(event.subject_key), recipient) not in before else set()
    if choice.sensitive and (event.dataset.classification == SENSITIVE or event.dataset.special_categories):
        found.add(SENSITIVE)
    words = choice.purpose.casefold()
    if (
        event.depth in choice.depths
        or {event.provider_id, event.recipient_id} & set(choice.agencies)
        or (words and words in f"{event.purpose_zh}\n{event.purpose_en}".casefold())
    ):
        found.add(CHOSEN)
    return found


def _news(subject_key: bytes, found: Sequence[tuple[SharingEvent, set[str]]]) -> News:
    first = found[0][0]
    reasons = set().union(*(why for _, why in found))
    return News(
        subject_key,
        first,
        {
            "agency_zh": first.provider.name_zh,
            "agency_en": first.provider.name_en,
            "what_zh": _words("zh-hans", reasons, found),
            "what_en": _words("en", reasons, found),
        },
    )


def _words(language: str, reasons: Iterable[str], found: Sequence[tuple[SharingEvent, set[str]]]) -> str:
    with override(language):
        recipients = list(dict.fromkeys(event.to_whom for event, why in found if NEW in why))
        new = _("for the first time to %(recipient)s") if len(recipients) == 1 else _("to several for the first time")
        words: Mapping[str, Any] = {
            NEW: new % {"recipient": recipients[0] if recipients else ""},
            SENSITIVE: _("sensitive data"),
            CHOSEN: _("as you wanted to hear of"),
        }
        return _("; ").join(str(words[reason]) for reason in (NEW, SENSITIVE, CHOSEN) if reason in set(reasons))


def forget(message: Message, at: datetime) -> None:
    """Consumer of `accounts.account.closed`: what somebody chose goes with their account."""
    closed_at = parse_datetime(message.payload["at"]) or at
    key = bytes.fromhex(message.payload["subject"])
    with database_role(RETENTION):
        AlertChoice.objects.filter(subject_key=key, changed_at__lte=closed_at).delete()
