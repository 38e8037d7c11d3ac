"""The two mails about a mail address: the link that proves the new one, and a word to the one that was left."""

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts import contact, queries
from portal.accounts.models import ContactChange
from portal.outbox import actions as outbox
from portal.outbox.mail import Mail, send, settle
from portal.outbox.models import Message


def deliver_link(message_id: str) -> None:
    """Mail the link to the new address, unless the change is over."""
    outbox.handle_outside(message_id, prepare=link_mail, send=send, settle=settle)


def link_mail(message: Message, at: datetime) -> Mail | None:
    """The mail with the link; each time another one, so that nothing but the mail holds it."""
    rows = ContactChange.objects.select_for_update().filter(pk=message.payload["change_id"])
    change = rows.filter(ended_at=None, expires_at__gt=at).first()
    if change is None:
        return None
    page = f"{settings.SITE_URL}{reverse('pages:confirm-contact')}"
    link = f"{page}?{urlencode({'link': contact.fresh_link(change)})}"
    with translation.override(queries.language_of(bytes(change.subject_key))):
        body = _(
            "Somebody, probably you, asked My Data Rights to write to this address.\n\n"
            "Open this link and sign in to confirm it: %(link)s\n\n"
            "It works once and until %(until)s. If it was not you, do nothing: without the link nothing changes.\n\n"
            "We never ask for a password or a code by mail."
        )
        until = f"{timezone.localtime(change.expires_at):%Y-%m-%d %H:%M}"
        subject = _("Confirm your mail address")
        return Mail(str(message.pk), contact.address_of(change, "mail"), subject, body % {"link": link, "until": until})


def deliver_farewell(message_id: str) -> None:
    """Tell the old address that it was left, and forget it."""
    outbox.handle_outside(message_id, prepare=farewell, send=send, settle=_forget)


def farewell(message: Message, at: datetime) -> Mail | None:
    """The mail to the old address. It names neither the person nor the new address."""
    change = ContactChange.objects.filter(pk=message.payload["change_id"]).first()
    to = contact.address_of(change, "old_mail") if change else ""
    if change is None or not to:
        return None
    with translation.override(message.payload["language"]):  # the account may be closed by now
        body = _(
            "My Data Rights does not write to this address any more: whoever signed in for it asked for that.\n\n"
            "If it was not you, sign in, look at your settings and end sessions that are not yours: %(link)s\n\n"
            "We never ask for a password or a code by mail."
        )
        link = f"{settings.SITE_URL}{reverse('pages:settings')}"
        return Mail(str(change.pk), to, _("Your mail address was changed"), body % {"link": link})


def _forget(mail: Mail, accepted: bool, at: datetime) -> None:
    settle(mail, accepted, at)
    ContactChange.objects.filter(pk=mail.id).update(old_mail_sealed=None)
