"""Telling people, and noting what they have read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from portal.inbox.kinds import KINDS
from portal.inbox.models import Letter
from portal.outbox import actions as outbox
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from portal.trail.errors import NotFound


@transaction.atomic
def tell(subject_key: bytes, kind: str, *, at: datetime, about: models.Model | None = None, **params: Any) -> None:
    """Write a letter to a person, in the transaction of the act it tells of; the mail follows after commit.

    `kind` is one of portal.inbox.kinds.KINDS; `about` is what its page shows (of a composite key the last part).
    Anybody's act may cause a letter, only its reader sees it: so nothing is returned.
    """
    if kind not in KINDS:
        raise LookupError(f"no letter of the kind {kind!r}: add it to portal.inbox.kinds")
    key = about.pk if about else ""
    letter = Letter(
        subject_key=subject_key,
        kind=kind,
        params=plain(params),
        about_kind=about._meta.label if about else "",
        about_id=str(key[-1] if isinstance(key, tuple) else key),
        created_at=at,
    )
    Letter.objects.bulk_create([letter])  # an INSERT that returns nothing: its writer may not read it
    outbox.put("inbox.letter.written", letter_id=letter.pk)


@transaction.atomic
def mark_read(letter_id: UUID, *, actor: Actor, at: datetime) -> Letter:
    """The reader has seen it; the first time counts. Somebody else's letter is not found."""
    letter = Letter.objects.select_for_update().filter(pk=letter_id, subject_key=actor.subject_key).first()
    if letter is None:
        raise NotFound
    if letter.read_at is None:
        letter.read_at = at
        letter.save(update_fields=["read_at"])
    return letter


@transaction.atomic
def mark_all_read(*, actor: Actor, at: datetime) -> int:
    """Every letter of the reader; how many were unread."""
    return Letter.objects.filter(subject_key=actor.subject_key, read_at=None).update(read_at=at)
