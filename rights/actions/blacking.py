"""Blacking out other people's data in a file before it is given; each with a reason that the person reads."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights import blackout, files
from rights.actions.answering import attach
from rights.actions.steps import locked
from rights.blackout import BlackoutRefused, Box, Words
from rights.models import Blackout, Part, PartFile

LARGEST = 20 * 1024 * 1024  # bytes; the document is held in memory while its pages are drawn


def black_out_words(part: Part, *, name: str, words: str, reason: str, actor: Actor, at: datetime) -> PartFile:
    """The same, as a form gives it: a line for each of the words, one reason for all."""
    lines = [Words(line.strip(), reason) for line in words.splitlines() if line.strip()]
    return black_out(part, name=name, words=lines, actor=actor, at=at)


@transaction.atomic
def black_out(
    part: Part, *, name: str, words: Sequence[Words] = (), boxes: Sequence[Box] = (), actor: Actor, at: datetime
) -> PartFile:
    """Put the file without these words and boxes in the place of the one that is there, whose content is gone then.

    Raises BlackoutRefused where there is no such file, nothing is named, or something is not in it.
    """
    part = locked(part, "rights.attach", actor)
    part.require_open()
    file = PartFile.objects.filter(part=part, name=name).first()
    if file is None or not (words or boxes) or file.size > LARGEST:
        raise BlackoutRefused(field="name")
    content = b"".join(files.opened(file.stored_as))
    is_pdf = content.startswith(b"%PDF-")
    if boxes and not is_pdf:
        raise BlackoutRefused(field="boxes")
    clean = blackout.of_pdf(content, words=words, boxes=boxes) if is_pdf else blackout.of_text(content, words)
    fresh, _ = attach(part, name=name, media_type=file.media_type, content=[clean], actor=actor, at=at)
    for reason, places in Counter(
        [one.reason.strip() for one in words] + [one.reason.strip() for one in boxes]
    ).items():
        Blackout.objects.create(
            part=part,
            agency_id=part.agency_id,
            subject_key=part.subject_key,
            file=name,
            places=places,
            reason=reason,
            at=at,
            by=actor.user_id,
        )
    trail.record(
        "rights.file.blacked_out",
        actor=actor,
        at=at,
        about=fresh,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        part=part.pk,
        before=bytes(file.sha256),
        after=bytes(fresh.sha256),
        places=len(words) + len(boxes),
    )
    return fresh
