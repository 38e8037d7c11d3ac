"""Telling people, and noting what they have read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import models, transaction

from portal.inbox import digests, policy
from portal.inbox.errors import QuietHoursAllDay, QuietHoursHalf
from portal.inbox.kinds import KINDS
from portal.inbox.models import Letter, MailWhen, Preference
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from portal.trail.errors import NotFound


@transaction.atomic
def tell(
    subject_key: bytes,
    kind: str,
    *,
    at: datetime,
    about: models.Model | None = None,
    answer_by: datetime | None = None,
    **params: Any,
) -> None:
    """Write a letter to a person, in the transaction of the act it tells of; the mail follows after commit.

    `kind` is one of portal.inbox.kinds.KINDS; `about` is what its page shows (of a composite key the last part);
    `answer_by` is when it is too late to answer, which may be sooner than the reader wants mail.
    Anybody's act may cause a letter, only its reader sees it: so nothing is returned.
    """
    letter = _letter(subject_key, kind, about, params, at=at)
    letter.answer_by = answer_by
    Letter.objects.bulk_create([letter])  # an INSERT that returns nothing: its writer may not read it
    outbox.put("inbox.letter.written", letter_id=letter.pk)


@dataclass(frozen=True)
class News:
    """What one person is told: what it is about, and the parameters of its kind."""

    subject_key: bytes
    about: models.Model
    params: Mapping[str, Any]


@transaction.atomic
def tell_each(kind: str, news: Sequence[News], *, at: datetime) -> None:
    """Write a letter of one kind to many, in two inserts; their mails follow with the outbox's next sweeps."""
    letters = [_letter(one.subject_key, kind, one.about, one.params, at=at) for one in news]
    Letter.objects.bulk_create(letters, batch_size=1_000)
    outbox.put_each("inbox.letter.written", [{"letter_id": letter.pk} for letter in letters])


def _letter(
    subject_key: bytes, kind: str, about: models.Model | None, params: Mapping[str, Any], *, at: datetime
) -> Letter:
    if kind not in KINDS:
        raise LookupError(f"no letter of the kind {kind!r}: add it to portal.inbox.kinds")
    key = about.pk if about else ""
    return Letter(
        subject_key=subject_key,
        kind=kind,
        params=plain(params),
        about_kind=about._meta.label if about else "",
        about_id=str(key[-1] if isinstance(key, tuple) else key),
        created_at=at,
    )


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


@transaction.atomic
def set_mail_times(
    subject_key: bytes, *, when: MailWhen, quiet_from: time | None, quiet_until: time | None, actor: Actor, at: datetime
) -> None:
    """When the person wants mail from now on; what is held already follows. Raises QuietHoursHalf, QuietHoursAllDay."""
    policy.require(actor, "inbox.set_mail_times", subject_key)
    if (quiet_from is None) != (quiet_until is None):
        raise QuietHoursHalf("quiet_until" if quiet_until is None else "quiet_from")
    if quiet_from is not None and quiet_from == quiet_until:
        raise QuietHoursAllDay
    given = {"mail_when": when, "quiet_from": quiet_from, "quiet_until": quiet_until, "changed_at": at}
    preference, _ = Preference.objects.update_or_create(subject_key=subject_key, defaults=given)
    digests.hold_anew(preference, at=at)
    trail.record("inbox.mail.set", actor=actor, at=at, subject=subject_key, when=when, quiet=quiet_from is not None)


def ask_to_stop(token: str) -> None:
    """Whoever holds a digest's own link asks that no more mail follows; the portal's task does it. Raises NotFound."""
    outbox.put("inbox.digest.refused", digest_id=digests.opened(token))
