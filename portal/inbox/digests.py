"""Letters whose mail waits, and the one mail that tells of all of them.

A letter is held by the task that would have mailed it (portal.inbox.mail). Beat gathers what is due: whatever a person
has waiting then becomes one digest, so that a day without beat ends in one mail, not in many.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core import signing

from portal.inbox import hours
from portal.inbox.models import Digest, Letter, MailWhen, Preference
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotFound

SALT: Final = "inbox.digest"
A_BATCH: Final = 500


def due_at(preference: Preference | None, answer_by: datetime | None, *, at: datetime) -> datetime | None:
    """When a letter's mail may go out, `at` itself for now; None for never.

    What needs an answer goes out 48 hours before it is too late, whatever the hour.
    """
    if preference is None:
        return at
    if preference.mail_when == MailWhen.NEVER:
        return None
    if hours.is_urgent(answer_by, at):
        return at
    wanted = at
    if preference.mail_when != MailWhen.AT_ONCE:
        wanted = hours.next_digest(at, weekly=preference.mail_when == MailWhen.WEEKLY)
    wanted = hours.awake(preference.quiet, wanted)
    return wanted if answer_by is None else min(wanted, answer_by - hours.URGENT)


def hold_anew(preference: Preference, *, at: datetime) -> None:
    """Have what waits go out as the person wants it now."""
    held = Letter.objects.select_for_update().filter(subject_key=preference.subject_key, held_until__isnull=False)
    for letter in held:
        letter.held_until = due_at(preference, letter.answer_by, at=at)
        letter.save(update_fields=["held_until"])


def gather(*, at: datetime) -> int:
    """Make one digest for each person of whose letters one is due; how many. Run again it makes no second one."""
    with acting_as(Actor.portal()):
        due = Letter.objects.filter(held_until__lte=at).order_by().values_list("subject_key", flat=True).distinct()
        people = [bytes(key) for key in due[:A_BATCH]]
    return sum(_gather(key, at) for key in people)


def _gather(subject_key: bytes, at: datetime) -> bool:
    with acting_as(Actor.portal()):
        preference = Preference.objects.select_for_update().filter(pk=subject_key).first()
        held = Letter.objects.select_for_update().filter(subject_key=subject_key, held_until__isnull=False)
        unread = [letter for letter in held if letter.read_at is None]
        due = [letter for letter in unread if letter.held_until and letter.held_until <= at]
        if unread and not due:
            return False  # somebody else was here first
        if preference and not any(hours.is_urgent(letter.answer_by, at) for letter in due):
            awake = hours.awake(preference.quiet, at)
            if awake > at:  # beat comes late, in the middle of the night
                held.filter(held_until__lte=at).update(held_until=awake)
                return False
        digest = Digest.objects.create(subject_key=subject_key, made_at=at) if unread else None
        held.update(held_until=None, digest=digest)
        if digest:
            outbox.put("inbox.digest.made", digest_id=digest.pk)
        return digest is not None


# ------------------------------------------------------------------ the link in a digest that ends them
def token(digest: Digest) -> str:
    """What a digest's link carries: it names the digest, which names its reader to nobody else."""
    return signing.dumps(digest.pk.hex, salt=SALT)


def opened(token: str) -> UUID:
    """The digest that a link belongs to; raises NotFound for one that we did not sign."""
    try:
        return UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise NotFound from error


def stop(message: Message, at: datetime) -> None:
    """Mail a person no more, as the holder of their digest asked. It can be set otherwise at any time."""
    digest = Digest.objects.filter(pk=message.payload["digest_id"]).first()
    if digest is None:  # the account was closed
        return
    key = bytes(digest.subject_key)
    given = {"mail_when": MailWhen.NEVER, "changed_at": at}
    Preference.objects.update_or_create(subject_key=key, defaults=given)
    Letter.objects.filter(subject_key=key, held_until__isnull=False).update(held_until=None)
    trail.record("inbox.mail.stopped", actor=Actor.portal(), at=at, about=digest, subject=key)
