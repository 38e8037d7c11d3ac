"""Mail about letters, in the language their reader chose: a subject or a count, and a link.

What they are about is read on the site.
"""

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts import queries as accounts
from portal.inbox import digests, hours
from portal.inbox.models import Digest, Letter, MailWhen, Preference
from portal.outbox import actions as outbox
from portal.outbox.errors import NotYet
from portal.outbox.mail import Mail, send, settle
from portal.outbox.models import Message


def deliver(message_id: str) -> None:
    """Mail the letter that the message names, or hold it for a digest; without an address the site alone tells."""
    outbox.handle_outside(message_id, prepare=prepare, send=send, settle=settle)


def prepare(message: Message, at: datetime) -> Mail | None:
    letter = Letter.objects.select_for_update(of=("self",)).filter(pk=message.payload["letter_id"]).first()
    if letter is None or letter.read_at is not None:
        return None
    key = bytes(letter.subject_key)
    to = accounts.mail_of(key)
    if not to:
        return None
    due_at = digests.due_at(Preference.objects.filter(pk=key).first(), letter.answer_by, at=at)
    if due_at != at:
        letter.held_until = due_at
        letter.save(update_fields=["held_until"])
        return None
    with translation.override(accounts.language_of(key)):
        link = f"{settings.SITE_URL}{reverse('inbox:letter', args=[letter.pk])}"
        body = _("Sign in to read it: %(link)s\n\nWe never ask for a password or a code by mail.") % {"link": link}
        return Mail(str(letter.pk), to, letter.subject, "\n\n".join([body, *_line_of(letter, at), _footer()]))


def _line_of(letter: Letter, at: datetime) -> list[str]:
    """What the app that the letter is about says beside it (settings.PORTAL_MAIL_LINES)."""
    path = settings.PORTAL_MAIL_LINES.get(letter.kind)
    return [import_string(path)(bytes(letter.subject_key), letter.about_id, at)] if path else []


def deliver_digest(message_id: str) -> None:
    """Mail the digest that the message names."""
    outbox.handle_outside(message_id, prepare=prepare_digest, send=send, settle=settle)


def prepare_digest(message: Message, at: datetime) -> Mail | None:
    """How many letters wait, and a link. Raises NotYet within quiet hours, unless an answer is urgent."""
    digest = Digest.objects.filter(pk=message.payload["digest_id"]).first()
    if digest is None:
        return None
    key = bytes(digest.subject_key)
    letters = list(Letter.objects.filter(subject_key=key, digest=digest, read_at=None))
    to, preference = accounts.mail_of(key), Preference.objects.filter(pk=key).first()
    if not letters or not to or (preference and preference.mail_when == MailWhen.NEVER):
        return None
    if preference and not any(hours.is_urgent(letter.answer_by, at) for letter in letters):
        quiet_for = (hours.awake(preference.quiet, at) - at).total_seconds()
        if quiet_for > 0:
            raise NotYet(quiet_for, "quiet hours")
    with translation.override(accounts.language_of(key)):
        return _digest_mail(digest, letters, to)


def _digest_mail(digest: Digest, letters: list[Letter], to: str) -> Mail:
    needing = sum(letter.needs_answer for letter in letters)
    said = ngettext("You have %(count)d new message.", "You have %(count)d new messages.", len(letters))
    lines = [said % {"count": len(letters)}]
    if needing:
        asked = ngettext("%(count)d of them needs you.", "%(count)d of them need you.", needing)
        lines.append(asked % {"count": needing})
    link = f"{settings.SITE_URL}{reverse('inbox:index')}"
    body = _("Sign in to read them: %(link)s\n\nWe never ask for a password or a code by mail.") % {"link": link}
    stop = f"{settings.SITE_URL}{reverse('inbox:stop')}?{urlencode({'digest': digests.token(digest)})}"
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}  # RFC 8058
    return Mail(str(digest.pk), to, lines[0], "\n\n".join(["\n".join(lines), body, _footer()]), headers)


def _footer() -> str:
    return _("When we write to you, and whether: %(link)s") % {
        "link": f"{settings.SITE_URL}{reverse('pages:mail-times')}"
    }
