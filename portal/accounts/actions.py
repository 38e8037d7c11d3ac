"""Every change to people, staff and systems that sign in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes, token_urlsafe
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from portal.accounts import numbers, pairwise, policy, queries
from portal.accounts.errors import NameTaken, UnknownScope, UnknownStaff
from portal.accounts.levels import Level
from portal.accounts.models import (
    ApiClient,
    Disclosure,
    IdempotencyKey,
    Person,
    Session,
    SubjectLookup,
    User,
    UserKind,
)
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.errors import NotPermitted

KEYS_LAST = timedelta(days=1)


def register_subject(number: str, *, at: datetime, name: str | None = None, mail: str | None = None) -> bytes:
    """The subject key of the person with this national number, issued now if nobody has asked before.

    Raises InvalidNumber. A name or a mail address given with a new person is kept, encrypted.
    """
    normal = numbers.normalised(number)
    return _register({number: normal}, at=at, name=name, mail=mail)[number]


def register_subjects(identifiers: Iterable[str], *, at: datetime) -> dict[str, bytes]:
    """Subject keys for many national numbers, by the text they were given as; what is no number is left out."""
    return _register(queries.valid_numbers(identifiers), at=at)


def resolve_subjects(identifiers: Iterable[str], *, agency_id: UUID, at: datetime) -> dict[str, bytes]:
    """Subject keys for numbers and the agency's pairwise keys, new people registered; unknown texts are left out."""
    wanted = list(dict.fromkeys(identifiers))
    keys = [name for name in wanted if pairwise.looks_pairwise(name)]
    others = [name for name in wanted if not pairwise.looks_pairwise(name)]
    return {**queries.opened_keys(keys, agency_id=agency_id), **register_subjects(others, at=at)}


@transaction.atomic
def _register(
    normalised: dict[str, str], *, at: datetime, name: str | None = None, mail: str | None = None
) -> dict[str, bytes]:
    """Two who register the same number at once get the same key: the lookup's primary key lets one of them in."""
    known = queries.keys_by_number(normalised)
    fresh = {number: token_bytes(16) for given, number in normalised.items() if given not in known}
    if not fresh:
        return known
    lookups = []
    for number, key in sorted(fresh.items()):  # one order for all, against deadlocks
        digest, version = numbers.digest(number)
        lookups.append(SubjectLookup(digest=digest, pepper_version=version, subject_key=key))
    SubjectLookup.objects.bulk_create(lookups, ignore_conflicts=True)
    now_known = queries.keys_by_number({given: number for given, number in normalised.items() if number in fresh})
    people = [
        _person(number, key, at=at, name=name, mail=mail)
        for number, key in fresh.items()
        if key in now_known.values()  # else another transaction was first
    ]
    Person.objects.bulk_create(people)
    return {**known, **now_known}


def _person(number: str, key: bytes, *, at: datetime, name: str | None, mail: str | None) -> Person:
    def sealed(column: str, text: str | None) -> bytes | None:
        return vault.seal(text, place=queries.place(column, key)) if text else None

    return Person(
        subject_key=key,
        number_sealed=sealed("number", number),
        name_sealed=sealed("name", name),
        mail_sealed=sealed("mail", mail),
        encryption_version=vault.current_version(),
        created_at=at,
    )


@transaction.atomic
def sign_in(number: str, *, name: str, mail: str, language: str, door: str, level: Level, at: datetime) -> User:
    """The user for whom the identity provider `door` vouched, made at the first sign-in. Raises InvalidNumber."""
    with acting_as(Actor.gate()):
        key = register_subject(number, at=at, name=name, mail=mail)
    with acting_as(Actor(ActorKind.GATE, subject_key=key)) as gate:
        user, _created = User.objects.get_or_create(
            subject_key=key, defaults={"username": key.hex(), "kind": UserKind.CITIZEN, "language": language}
        )
        person = Person.objects.get(pk=key)
        if name and not person.name_sealed:
            person.name_sealed = vault.seal(name, place=queries.place("name", key))
        if mail and not person.mail_sealed:
            person.mail_sealed = vault.seal(mail, place=queries.place("mail", key))
        person.save(update_fields=["name_sealed", "mail_sealed"])
        trail.record(
            "accounts.user.signed_in", actor=gate, at=at, about=user, subject=key, door=door, level=level.value
        )
    return user


@transaction.atomic
def sign_in_staff(username: str, *, agency: str, door: str, level: Level, at: datetime) -> User:
    """The member of staff for whom the provider of that agency vouched; raises UnknownStaff.

    Nobody is made here, and a provider vouches for its own agency's people alone; one of no agency, for the
    authority, the regulator and the operator.
    """
    if not username.isprintable():
        raise UnknownStaff("no user name")
    user = User.objects.select_related("agency").filter(username=username, is_staff=True, is_active=True).first()
    if user is None or (user.agency.code if user.agency else "") != agency:
        raise UnknownStaff("no such member of staff")
    if settings.PORTAL_STAFF_SECOND_FACTOR and not level.reaches(Level.SUBSTANTIAL):
        raise UnknownStaff("one factor", code="level-too-low")
    note_staff_signed_in(user, door=door, level=level, at=at)
    return user


@transaction.atomic
def note_staff_signed_in(user: User, *, door: str, level: Level, at: datetime) -> None:
    """That a member of staff came in, by which door and how surely."""
    with acting_as(Actor.gate()) as gate:
        trail.record(
            "accounts.staff.signed_in", actor=gate, at=at, about=user, agency=user.agency_id, door=door,
            level=level.value,
        )  # fmt: skip


@transaction.atomic
def note_factor(user: User, change: str, factor: str, *, at: datetime) -> None:
    """That a member of staff got or lost a second factor; `change` is added or removed."""
    with acting_as(Actor.gate()) as gate:
        trail.record(f"accounts.factor.{change}", actor=gate, at=at, about=user, agency=user.agency_id, factor=factor)


@transaction.atomic
def end_sessions(*, provider: str, subject: str, sid: str, at: datetime) -> int:
    """End what the identity provider ended: the session `sid`, or every one of `subject`; how many were open."""
    found = queries.sessions_at(provider, subject=subject, sid=sid)
    ended = list(found.select_related("user"))
    Session.objects.filter(pk__in=[row.pk for row in ended]).delete()
    with acting_as(Actor.gate()) as gate:
        for user in {row.user for row in ended if row.user}:
            trail.record(
                "accounts.sessions.ended", actor=gate, at=at, about=user, subject=user.subject_key, door=provider
            )
    return len(ended)


@transaction.atomic
def set_mail(subject_key: bytes, mail: str, *, actor: Actor, at: datetime) -> None:
    """Where a person wants mail from now on; empty for none."""
    policy.require(actor, "accounts.set_mail", subject_key)
    sealed = vault.seal(mail, place=queries.place("mail", subject_key)) if mail else None
    Person.objects.filter(pk=subject_key).update(mail_sealed=sealed)
    trail.record("accounts.mail.changed", actor=actor, at=at, subject=subject_key)


@transaction.atomic
def set_language(user: User, language: str) -> None:
    """The language a person reads; no right and no record depends on it."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


@dataclass(frozen=True)
class Disclosed:
    """What an agency was shown of a person, and the row that says so."""

    identity: queries.Identity
    pairwise_key: str


@transaction.atomic
def disclose(subject_key: bytes, *, reason: str, about: str, actor: Actor, at: datetime) -> Disclosed:
    """Show an agency whom its case is about. Each look leaves a row that the person sees (PIPL 44).

    `about` names the case ("rights.part:<id>"). The caller has checked that the case is the agency's.
    """
    policy.require(actor, "accounts.disclose", subject_key)
    if actor.agency_id is None:  # never by the policy
        raise NotPermitted
    row = Disclosure(
        subject_key=subject_key, agency_id=actor.agency_id, user_id=actor.user_id, client=actor.client_id or "",
        reason=reason, about=about, at=at,
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "accounts.person.disclosed",
        actor=actor,
        at=at,
        about=row,
        subject=subject_key,
        agency=actor.agency_id,
        of=about,
    )
    key = queries.pairwise_key(subject_key, agency_id=actor.agency_id)
    return Disclosed(queries.identity_of(subject_key), key)


@transaction.atomic
def create_staff(
    username: str, password: str, kind: UserKind, *, agency_id: UUID | None = None, actor: Actor, at: datetime
) -> User:
    """Somebody who signs in to the admin: a clerk of an agency, or the authority, regulator or operator."""
    policy.require(actor, "accounts.create_staff")
    user = User(username=username, kind=kind, agency_id=agency_id, is_staff=True)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if User.objects.filter(username=username).exists():
            raise NameTaken(field="username") from error
        raise
    trail.record("accounts.staff.created", actor=actor, at=at, about=user, agency=agency_id, kind=kind)
    return user


@transaction.atomic
def create_api_client(
    agency_id: UUID, name: str, scopes: str, *, actor: Actor, at: datetime, secret: str | None = None
) -> tuple[ApiClient, str]:
    """A departmental system that may call in its agency's name, and its secret, which is told this once.

    `scopes` are separated by spaces; raises UnknownScope.
    """
    policy.require(actor, "accounts.create_api_client")
    if unknown := set(scopes.split()) - set(settings.OAUTH2_PROVIDER["SCOPES"]):
        raise UnknownScope(field="scopes", code=f"unknown-scope {sorted(unknown)}")
    secret = secret or token_urlsafe(40)
    client = ApiClient(
        name=name,
        agency_id=agency_id,
        scopes=scopes,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    client.save(force_insert=True)
    trail.record(
        "accounts.client.created", actor=actor, at=at, agency=agency_id, client=client.client_id, scopes=scopes
    )
    return client, secret


def forget_keys(*, at: datetime) -> int:
    """Drop Idempotency-Keys that are older than a day; how many."""
    with acting_as(Actor.portal()):
        dropped, _ = IdempotencyKey.objects.filter(created_at__lt=at - KEYS_LAST).delete()
    return dropped


def forget_sessions(*, at: datetime) -> int:
    """Drop sessions that ended by themselves; how many."""
    dropped, _ = Session.objects.filter(expire_date__lt=at).delete()
    return dropped
