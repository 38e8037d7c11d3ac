"""Every change to people, staff and systems that sign in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from portal.accounts import closing, contact, numbers, pairwise, policy, queries, sessions, staff
from portal.accounts.clients import create as create_api_client
from portal.accounts.errors import NameTaken, NoRole
from portal.accounts.levels import Level
from portal.accounts.models import ClerkRole, Disclosure, IdempotencyKey, Person, SubjectLookup, User, UserKind
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.errors import NotPermitted

KEYS_LAST = timedelta(days=1)
__all__ = [
    "ask_mail", "begin_session", "close_account", "confirm_mail", "create_api_client", "create_staff", "disclose",
    "end_at_provider", "end_other_sessions", "end_session", "forget_keys", "note_factor", "note_staff_signed_in",
    "register_subject", "register_subjects", "remove_mail", "resolve_subjects", "see_session", "set_language",
    "set_role", "sign_in", "sign_in_staff", "waiting_mail",
]  # fmt: skip

# of modules of their own
ask_mail, confirm_mail, remove_mail = contact.ask_mail, contact.confirm_mail, contact.remove_mail
waiting_mail = contact.waiting_mail
close_account = closing.close_account
begin_session, see_session = sessions.begin_session, sessions.see_session
end_session, end_other_sessions = sessions.end_session, sessions.end_other_sessions
end_at_provider = sessions.end_at_provider
sign_in_staff, note_staff_signed_in, note_factor = staff.sign_in_staff, staff.note_staff_signed_in, staff.note_factor


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
    if len(known) == len(normalised):
        return known
    # From here until we have committed no pepper comes or goes (portal.accounts.rotation). Who registered somebody
    # under fewer peppers than there are now has committed before; so we look once more.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [queries.PEPPERS_LOCK])
    peppers = queries.live_peppers()
    known |= queries.keys_by_number({given: number for given, number in normalised.items() if given not in known})
    fresh = {number: token_bytes(16) for given, number in normalised.items() if given not in known}
    lookups = [
        SubjectLookup(digest=numbers.digests(number)[version], pepper_version=version, subject_key=key)
        for number, key in sorted(fresh.items())  # one order for all, against deadlocks
        for version in peppers
    ]
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
        if mail and not person.mail_sealed and person.mail_chosen_at is None:
            person.mail_sealed = vault.seal(mail, place=queries.place("mail", key))
        person.save(update_fields=["name_sealed", "mail_sealed"])
        trail.record(
            "accounts.user.signed_in", actor=gate, at=at, about=user, subject=key, door=door, level=level.value
        )
    return user


@transaction.atomic
def set_language(user: User, language: str) -> None:
    """The language a person reads; no right and no record depends on it."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def note_copy(subject_key: bytes, *, actor: Actor, at: datetime) -> None:
    """A person takes a copy of all that the portal holds of them; the copy itself is kept nowhere."""
    policy.require(actor, "accounts.take_copy", subject_key)
    trail.record("accounts.copy.taken", actor=actor, at=at, subject=subject_key)


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
    username: str, password: str, kind: UserKind, *, agency_id: UUID | None = None, role: ClerkRole = ClerkRole.CLERK,
    actor: Actor, at: datetime,
) -> User:  # fmt: skip
    """Somebody who signs in to the admin: a clerk of an agency, or the authority, regulator or operator."""
    policy.require(actor, "accounts.create_staff")
    user = User(username=username, kind=kind, agency_id=agency_id, role=role, is_staff=True)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if User.objects.filter(username=username).exists():
            raise NameTaken(field="username") from error
        raise
    trail.record("accounts.staff.created", actor=actor, at=at, about=user, agency=agency_id, kind=kind, role=role)
    return user


@transaction.atomic
def set_role(user: User, *, role: ClerkRole, actor: Actor, at: datetime) -> None:
    """What a clerk is within their agency. Raises NoRole for anybody else."""
    policy.require(actor, "accounts.set_role", user)
    found = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if found.kind != UserKind.CLERK:
        raise NoRole(field="role")
    found.role = role
    found.save(update_fields=["role"])
    trail.record("accounts.role.set", actor=actor, at=at, about=found, agency=found.agency_id, role=role)


def forget_keys(*, at: datetime) -> int:
    """Drop Idempotency-Keys that are older than a day; how many."""
    with acting_as(Actor.portal()):
        dropped, _ = IdempotencyKey.objects.filter(created_at__lt=at - KEYS_LAST).delete()
    return dropped
