"""A letter's mail: its subject and a link, in the language its reader chose. What it is about is read on the site."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts import queries as accounts
from portal.inbox.models import Letter
from portal.outbox import actions as outbox
from portal.outbox.models import Message


@dataclass(frozen=True)
class Mail:
    """A mail, ready to be sent."""

    letter_id: str
    to: str
    subject: str
    body: str


def deliver(message_id: str) -> None:
    """Send what the message names; a person without an address is told on the site alone."""
    outbox.handle_outside(message_id, prepare=prepare, send=send, settle=_sent)


def prepare(message: Message, at: datetime) -> Mail | None:
    letter = Letter.objects.get(pk=message.payload["letter_id"])
    to = accounts.mail_of(bytes(letter.subject_key))
    if not to or letter.read_at is not None:
        return None
    with translation.override(accounts.language_of(bytes(letter.subject_key))):
        link = f"{settings.SITE_URL}/inbox/{letter.pk}/"
        body = _("Sign in to read it: %(link)s\n\nWe never ask for a password or a code by mail.")
        return Mail(str(letter.pk), to, letter.subject, body % {"link": link})


def send(mail: Mail) -> bool:
    """The letter's id is the Message-ID, so that a mail sent twice shows once in the reader's mailbox."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{mail.letter_id}@{domain}>"}
    return EmailMessage(mail.subject, mail.body, to=[mail.to], headers=headers).send() == 1


def _sent(mail: Mail, accepted: bool, at: datetime) -> None:
    if not accepted:
        raise ConnectionError("the mail server took nothing")
