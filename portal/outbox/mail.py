"""Mail as it leaves: what is sent, sending it once it is committed, and errors that name nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage


@dataclass(frozen=True)
class Mail:
    """A mail, ready to be sent. Its id is the Message-ID, so that one sent twice shows once in a mailbox."""

    id: str
    to: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def send(mail: Mail) -> bool:
    """Hand it to the mail server; whether it was taken. An error says what failed, never to whom it was going."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{mail.id}@{domain}>", **mail.headers}
    try:
        return EmailMessage(mail.subject, mail.body, to=[mail.to], headers=headers).send() == 1
    except SMTPException as error:
        raise ConnectionError(f"the mail server: {type(error).__name__}") from None


def settle(mail: Mail, accepted: bool, at: datetime) -> None:
    """Have a mail that was not taken sent again later."""
    if not accepted:
        raise ConnectionError("the mail server took nothing")
