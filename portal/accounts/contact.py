"""Where a person wants mail. A new address counts once a link that was mailed to it has been opened by that person."""

from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from django.core import signing
from django.db import transaction
from django.db.models import F

from portal.accounts import policy, queries
from portal.accounts.errors import LinkInvalid, SameMail, TooManyLinks
from portal.accounts.models import ContactChange, Person
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotFound

LINKS_LAST: Final = timedelta(hours=24)
LINKS_A_DAY: Final = 5
SALT: Final = "accounts.mail"


def address_of(change: ContactChange, column: str) -> str:
    """A change's new or old address in plain; empty when it is wiped."""
    sealed = getattr(change, f"{column}_sealed")
    return vault.open_sealed(sealed, place=place(change, column)) if sealed else ""


def place(change: ContactChange, column: str) -> str:
    """Where a sealed address of a change belongs: it opens nowhere else."""
    return f"accounts.contactchange.{column}:{change.pk}"


@transaction.atomic
def ask_mail(subject_key: bytes, mail: str, *, actor: Actor, at: datetime) -> None:
    """Have a link sent to `mail`; the address in use stays until it is opened. An older link dies.

    Raises SameMail and TooManyLinks.
    """
    person = _own_person(subject_key, actor)
    if mail == _address(person):
        raise SameMail
    rows = ContactChange.objects.filter(subject_key=subject_key)
    links = rows.filter(asked_at__gt=at - timedelta(days=1), expires_at__gt=F("asked_at"))  # a removal has no link
    if links.count() >= LINKS_A_DAY:
        raise TooManyLinks
    _end_waiting(subject_key, at)
    change = ContactChange(subject_key=subject_key, asked_at=at, expires_at=at + LINKS_LAST)
    change.mail_sealed = vault.seal(mail, place=place(change, "mail"))
    change.save(force_insert=True)
    trail.record("accounts.mail.asked", actor=actor, at=at, about=change, subject=subject_key)
    outbox.put("accounts.mail.asked", change_id=change.pk)


def fresh_link(change: ContactChange) -> str:
    """A new link for a change that waits: only its digest is kept, so a link mailed before no longer holds."""
    secret = token_urlsafe(32)
    change.token_digest = _digest(secret)
    change.save(update_fields=["token_digest"])
    return signing.dumps([change.pk.hex, secret], salt=SALT)


def waiting_mail(link: str, *, subject_key: bytes, at: datetime) -> str:
    """The address that a link would confirm; raises LinkInvalid."""
    return address_of(_proven(link, subject_key, at), "mail")


@transaction.atomic
def confirm_mail(link: str, *, actor: Actor, at: datetime) -> None:
    """From now on mail goes to the address that the link was sent to; the old one is told. Raises LinkInvalid."""
    if actor.subject_key is None:
        raise LinkInvalid
    person = _own_person(actor.subject_key, actor)
    change = _proven(link, actor.subject_key, at)
    _leave(person, change, address_of(change, "mail"), actor=actor, at=at, event="accounts.mail.changed")


@transaction.atomic
def remove_mail(subject_key: bytes, *, actor: Actor, at: datetime) -> None:
    """From now on the person is told on the site alone; the address that was left is told once."""
    person = _own_person(subject_key, actor)
    _end_waiting(subject_key, at)
    if person.mail_sealed is None:
        return
    change = ContactChange(subject_key=subject_key, asked_at=at, expires_at=at)
    _leave(person, change, "", actor=actor, at=at, event="accounts.mail.removed")


def forget_changes(*, at: datetime) -> int:
    """Drop changes that are over: a day later no limit counts them; how many."""
    with acting_as(Actor.portal()):
        old = ContactChange.objects.filter(asked_at__lt=at - 2 * LINKS_LAST, old_mail_sealed=None)
        return old.delete()[0]


def _own_person(subject_key: bytes, actor: Actor) -> Person:
    policy.require(actor, "accounts.change_mail", subject_key)
    person = Person.objects.select_for_update().filter(pk=subject_key).first()
    if person is None:
        raise NotFound
    return person


def _address(person: Person) -> str:
    key = bytes(person.subject_key)
    return vault.open_sealed(person.mail_sealed, place=queries.place("mail", key)) if person.mail_sealed else ""


def _end_waiting(subject_key: bytes, at: datetime) -> None:
    waiting = ContactChange.objects.filter(subject_key=subject_key, ended_at=None)
    waiting.update(ended_at=at, mail_sealed=None, token_digest=None)


def _proven(link: str, subject_key: bytes, at: datetime) -> ContactChange:
    try:
        identifier, secret = signing.loads(link, salt=SALT)  # how old it is, the row knows
    except (signing.BadSignature, ValueError) as error:
        raise LinkInvalid from error
    rows = ContactChange.objects.select_for_update().filter(subject_key=subject_key, ended_at=None, expires_at__gt=at)
    change = rows.filter(pk=identifier).first()
    if change is None or not compare_digest(change.token_digest or b"", _digest(secret)):
        raise LinkInvalid
    return change


def _leave(person: Person, change: ContactChange, mail: str, *, actor: Actor, at: datetime, event: str) -> None:
    """Put the new address (or none) in the old one's place; a row keeps the old one until it has been told."""
    old, key = _address(person), bytes(person.subject_key)
    change.old_mail_sealed = vault.seal(old, place=place(change, "old_mail")) if old else None
    change.mail_sealed, change.token_digest, change.ended_at = None, None, at
    change.save()
    person.mail_sealed = vault.seal(mail, place=queries.place("mail", key)) if mail else None
    person.mail_chosen_at = at
    person.save(update_fields=["mail_sealed", "mail_chosen_at"])
    trail.record(event, actor=actor, at=at, about=change, subject=key)
    if old:
        outbox.put("accounts.mail.left", change_id=change.pk, language=queries.language_of(key))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
