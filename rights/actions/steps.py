"""What every step of a part leaves behind: the row, the trail, the person's inbox, the department's webhook."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.inbox import actions as inbox
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights import policy
from rights.errors import TextMissing, TextTooLong, UnknownPart
from rights.models import Part, PartMessage, Pause

LONGEST_TEXT = 5_000


def locked(part: Part, act: str, actor: Actor) -> Part:
    """The part's newest row, held until the transaction ends; two clerks never take the same step twice."""
    found = Part.objects.select_for_update(of=("self",)).select_related("request", "agency").filter(pk=part.pk).first()
    if found is None:
        raise UnknownPart
    policy.require(actor, act, found)
    return found


def words(text: str, field: str = "text") -> str:
    """`text` without margins; raises TextMissing when nothing is left, TextTooLong over 5,000 characters."""
    text = few_words(text, field)
    if not text:
        raise TextMissing(field)
    return text


def few_words(text: str, field: str = "text") -> str:
    """The same, where there may be none."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise TextTooLong(field)
    return text


def say(part: Part, text: str, *, is_from_agency: bool, at: datetime) -> None:
    """A word between the department and the person, kept with the part."""
    PartMessage.objects.create(
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        is_from_agency=is_from_agency,
        text=text,
        at=at,
    )


def end_pause(part: Part, *, at: datetime) -> None:
    """The clock runs again, if it stood."""
    Pause.objects.filter(part=part, answered_at=None).update(answered_at=at)


def note(part: Part, event: str, *, actor: Actor, at: datetime, fields: Sequence[str] = (), **facts: Any) -> None:
    """Save the step's columns and write it into the trail."""
    part.handled_by = actor.user_id or part.handled_by
    part.save(update_fields=["state", "handled_by", *fields])
    trail.record(
        f"rights.part.{event}",
        actor=actor,
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        request=part.request_id,
        **facts,
    )


def tell_person(part: Part, kind: str, *, at: datetime) -> None:
    """A letter about the request that the part belongs to."""
    agency = part.agency
    inbox.tell(
        bytes(part.subject_key),
        kind,
        at=at,
        about=part.request,
        number=part.request.number,
        agency_zh=agency.name_zh,
        agency_en=agency.name_en,
    )


def tell_agency(part: Part, event: str, *, at: datetime, **facts: str) -> None:
    """A webhook to the department's system, where it has one."""
    data = {"part": str(part.pk), "request": str(part.request_id), "due_at": part.due_at.isoformat(), **facts}
    outbox.notify(part.agency_id, f"rights.part.{event}", str(part.pk), data, at=at)
