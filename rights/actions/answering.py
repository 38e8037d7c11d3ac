"""A department's answer to a part: its outcome, its words, its files; a refusal with its ground in the law."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id
from rights import files as cabinet
from rights import policy, redress
from rights.actions.handling import mark_delivered
from rights.actions.steps import end_pause, few_words, locked, note, tell_person, words
from rights.errors import DepartureUnexplained, GroundMissing, GroundUnknown, TooManyFiles
from rights.models import Part, PartFile
from rights.states import Outcome, PartState

NEEDS_GROUND = (Outcome.REFUSED, Outcome.PARTLY)


@dataclass(frozen=True)
class Upload:
    """A file as it comes in."""

    name: str
    media_type: str
    content: Iterable[bytes]


@transaction.atomic
def attach(
    part: Part, *, name: str, content: Iterable[bytes], actor: Actor, at: datetime, media_type: str = ""
) -> tuple[PartFile, bool]:
    """Put a file to an open part; one of the same name is replaced. Returns it and whether it is new.

    What it is is found by its content; the sender's word for it (`media_type`) counts for nothing.

    The content is written, encrypted, before the part is locked (a slow sender holds nobody up) and before its row:
    without the row nothing refers to it.
    """
    policy.require(actor, "rights.attach", part)
    part.require_open()
    name, identifier = cabinet.safe_name(name), new_id()
    if PartFile.objects.filter(part=part).exclude(name=name).count() >= cabinet.MOST_FILES:
        raise TooManyFiles
    stored = cabinet.take_in(content, name=name, folder="parts", identifier=identifier)
    try:
        with transaction.atomic():
            return _attached(part, name, stored, identifier, actor=actor, at=at)
    except BaseException:
        cabinet.remove(stored.stored_as)
        raise


def _attached(
    part: Part, name: str, stored: cabinet.Stored, identifier: UUID, *, actor: Actor, at: datetime
) -> tuple[PartFile, bool]:
    part = locked(part, "rights.attach", actor)
    part.require_open()
    replaced = list(PartFile.objects.filter(part=part, name=name))
    for old in replaced:
        old.delete()
        transaction.on_commit(partial(cabinet.remove, old.stored_as))
    file = PartFile.objects.create(
        id=identifier,
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        name=name,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        stored_as=stored.stored_as,
        at=at,
    )
    trail.record(
        "rights.file.attached",
        actor=actor,
        at=at,
        about=file,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        part=part.pk,
        sha256=stored.sha256,
        size=stored.size,
    )
    return file, not replaced


@transaction.atomic
def reply(
    part: Part,
    *,
    outcome: Outcome,
    text: str,
    ground: str = "",
    departure: str = "",
    files: Sequence[Upload] = (),
    actor: Actor,
    at: datetime,
) -> Part:
    """Answer a part, with these files and those attached before.

    A refusal, whole or in part, names its ground and says why (PIPL 50; GDPR 12(4)). On a ground that the newest
    appeal found wrongly used it says what is different here; raises DepartureUnexplained.
    """
    part = locked(part, "rights.reply", actor)
    text = words(text) if outcome in NEEDS_GROUND else few_words(text)
    if outcome in NEEDS_GROUND:
        if not ground:
            raise GroundMissing
        known = {known.code for known in law.jurisdiction(part.request.jurisdiction).refusal_grounds(part.kind)}
        if ground not in known:
            raise GroundUnknown
        departure = _departure(part, ground, departure)
    for file in files:
        cabinet.safe_name(file.name)  # all of them, before the first is written
    for file in files:
        attach(part, name=file.name, media_type=file.media_type, content=file.content, actor=actor, at=at)
    part = mark_delivered(part, actor=actor, at=at)
    part.move_to(PartState.ANSWERED)
    part.outcome, part.reply, part.answered_at = outcome, text, at
    end_pause(part, at=at)
    part.ground, part.departure = (ground, departure) if outcome in NEEDS_GROUND else ("", "")
    fields = ["outcome", "reply", "ground", "departure", "answered_at"]
    note(part, "answered", actor=actor, at=at, fields=fields, outcome=outcome, ground=part.ground)
    tell_person(part, "part_answered", at=at)
    outbox.put("rights.part.answered", request_id=part.request_id)
    return part


def _departure(part: Part, ground: str, departure: str) -> str:
    departure = few_words(departure, "departure")
    newest = redress.precedents(part.kind, ground).first()
    if newest is not None and newest.granted and not departure:
        raise DepartureUnexplained
    return departure
