"""Who is told of what was flagged: its citizen, both agencies, and by its list the regulator; and the daily search
for references that were used twice."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from portal.inbox import actions as inbox
from portal.ledger import actions, queries
from portal.ledger.models import FaceFault, NoteKind
from portal.ledger.queries import Flagged
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail.actor import current

LOOK_BACK: Final = timedelta(days=2)  # a day that beat missed is made up for


def tell_of_flags(message: Message, at: datetime) -> None:
    """Consumer of `ledger.events.flagged`: one letter a person, one webhook an agency, whatever their number."""
    flagged = queries.flags_of_batch(UUID(message.payload["batch_id"]))
    _tell_people(flagged, at)
    _tell_agencies(UUID(message.payload["batch_id"]), flagged, at)


def find_reused(*, at: datetime) -> int:
    """Flag what was reported lately under a reference that stands for something else; how many."""
    events = queries.reused_references(at - LOOK_BACK)
    return len(actions.flag_reused(list(events), actor=current(), at=at))


def _tell_people(flagged: Iterable[Flagged], at: datetime) -> None:
    """What is withheld stays so; where a consent was missing, portal.consent writes; a reused reference is a matter
    between the agency and the regulator, and stands on the event's page."""
    by_person: dict[bytes, list[Flagged]] = defaultdict(list)
    for found in flagged:
        if found.note.kind == NoteKind.UNCOVERED and found.note.text != FaceFault.CONSENT:
            by_person[found.event.subject_key].append(found)
    choices = queries.alert_choices(bytes(key) for key in by_person)
    by_person = {key: group for key, group in by_person.items() if choices[bytes(key)].flagged}
    withheld = queries.withheld(found.event for group in by_person.values() for found in group)
    for key, group in by_person.items():
        told = [found.event for found in group if (key, found.event.id) not in withheld]
        if told:
            agency: dict[str, Any] = {"agency_zh": told[0].provider.name_zh, "agency_en": told[0].provider.name_en}
            inbox.tell(key, "sharing_flagged", at=at, about=told[0], **agency)


def _tell_agencies(batch: UUID, flagged: Iterable[Flagged], at: datetime) -> None:
    counts: dict[UUID, int] = defaultdict(int)
    for found in flagged:
        for agency in {found.event.provider_id, found.event.recipient_id or found.event.provider_id}:
            counts[agency] += 1
    for agency, count in sorted(counts.items()):
        outbox.notify(agency, "sharing.flagged", str(batch), {"batch": str(batch), "events": count}, at=at)
