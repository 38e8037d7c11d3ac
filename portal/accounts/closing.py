"""Closing an account: what belongs to the account goes, what is a record of the portal's own stays."""

from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts import contact, policy, sessions
from portal.accounts.errors import AccountGone
from portal.accounts.models import ContactChange, Person, User
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor


@transaction.atomic
def close_account(user: User, *, actor: Actor, at: datetime, **facts: Any) -> None:
    """Delete the user, every session, name and mail address; higher apps delete what is theirs after commit.

    The subject key, and with it the encrypted number, stay: the ledger, consents and requests go on under them, and
    whoever signs in again finds them. The caller has seen to what is open; `facts` say how, in counts.
    """
    subject_key = bytes(user.subject_key) if user.subject_key else b""
    policy.require(actor, "accounts.close", subject_key)
    locked = User.objects.select_for_update().filter(pk=user.pk, subject_key=subject_key).first()
    if locked is None:
        raise AccountGone
    ContactChange.objects.filter(subject_key=subject_key, old_mail_sealed=None).delete()
    contact.remove_mail(subject_key, actor=actor, at=at)  # the address is told
    Person.objects.filter(pk=subject_key).update(name_sealed=None, mail_chosen_at=None)
    sessions.end_all(locked)
    trail.record("accounts.account.closed", actor=actor, at=at, about=locked, subject=subject_key, **facts)
    outbox.put("accounts.account.closed", subject=subject_key, at=at)
    locked.delete()
