"""Who somebody is. Names and numbers open only to those whom row-level security shows the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language

from portal.accounts import devices, numbers, pairwise
from portal.accounts.errors import InvalidNumber, PairwiseKeyWanted, UnknownSubject
from portal.accounts.models import (
    AgencyScopes,
    ContactChange,
    KeyVersion,
    Person,
    Session,
    User,
    UserKind,
    UserSession,
)
from portal.accounts.session_store import digest
from portal.trail import secrets, vault

log = structlog.get_logger(__name__)
PEPPERS_LOCK = 0x7065_7070_6572  # "pepper": shared by who registers people, alone for who rotates
pairwise_key = pairwise.pairwise_key
looks_pairwise = pairwise.looks_pairwise
born_on_of = numbers.born_on  # the date of birth that a valid number carries


@dataclass(frozen=True)
class Identity:
    """A person's plain details."""

    subject_key: bytes
    number: str
    name: str
    born_on: date


@dataclass(frozen=True)
class Device:
    """One session as its owner sees it. `id` names it and opens nothing."""

    id: str
    agent: str
    created_at: datetime
    seen_at: datetime
    is_current: bool

    @property
    def name(self) -> str:
        return devices.described(self.agent)


def place(column: str, subject_key: bytes) -> str:
    """Where a sealed value of a person belongs: it opens nowhere else."""
    return f"accounts.person.{column}:{subject_key.hex()}"


def subject_key_of(identifier: str, *, agency_id: UUID) -> bytes:
    """The subject behind a national number or that agency's pairwise key; raises UnknownSubject."""
    found = known_subjects([identifier], agency_id=agency_id).get(identifier)
    if found is None:
        raise UnknownSubject
    return found


def subject_of_key(pairwise_key: str, *, agency_id: UUID) -> bytes:
    """The subject behind that agency's own key, where no number may stand.

    Raises PairwiseKeyWanted for anything else, UnknownSubject for a key that is not this agency's.
    """
    if not looks_pairwise(pairwise_key):
        raise PairwiseKeyWanted
    found = pairwise.opened(pairwise_key, agency_id=agency_id)
    if found is None:
        raise UnknownSubject
    return found


def known_subjects(identifiers: Iterable[str], *, agency_id: UUID) -> dict[str, bytes]:
    """The subject keys behind numbers and pairwise keys, without those that are unknown or malformed: one query."""
    wanted = list(dict.fromkeys(identifiers))
    found = opened_keys([name for name in wanted if pairwise.looks_pairwise(name)], agency_id=agency_id)
    plain = valid_numbers(name for name in wanted if not pairwise.looks_pairwise(name))
    return {**found, **keys_by_number(plain)}


def opened_keys(identifiers: Iterable[str], *, agency_id: UUID) -> dict[str, bytes]:
    """The subject keys behind an agency's pairwise keys."""
    opened = {name: pairwise.opened(name, agency_id=agency_id) for name in identifiers}
    return {name: key for name, key in opened.items() if key is not None}


def valid_numbers(identifiers: Iterable[str]) -> dict[str, str]:
    """The normalised form of each identifier that is a national number."""
    found = {}
    for identifier in identifiers:
        try:
            found[identifier] = numbers.normalised(identifier)
        except InvalidNumber:
            continue
    return found


def keys_by_number(normalised: Mapping[str, str]) -> dict[str, bytes]:
    """The subject keys of those `normalised` numbers that are known, by the name each came under."""
    before = secrets.load()
    found = _keys_by_number(normalised)
    if len(found) < len(normalised) and secrets.load() is not before:
        # The pepper was rotated while we looked: the digests may be gone that we looked for.
        return _keys_by_number(normalised)
    return found


def _keys_by_number(normalised: Mapping[str, str]) -> dict[str, bytes]:
    names: dict[str, list[str]] = {}  # one number may come written in two ways
    for name, number in normalised.items():
        names.setdefault(number, []).append(name)
    by_digest = numbers.by_digest(names)
    if not by_digest:
        return {}
    with connection.cursor() as cursor:  # the table itself shows nobody its list of keys
        cursor.execute("SELECT digest, subject_key FROM accounts_keys_of(%s)", [list(by_digest)])
        rows = cursor.fetchall()
    return {name: bytes(key) for digest, key in rows for name in names[by_digest[bytes(digest)]]}


def with_account(subject_keys: Iterable[bytes]) -> set[bytes]:
    """Those of these people who have signed in here: one query."""
    rows = User.objects.filter(subject_key__in=set(subject_keys), kind=UserKind.CITIZEN, is_active=True)
    return {bytes(key) for key in rows.values_list("subject_key", flat=True) if key}


def live_peppers() -> list[str]:
    """The versions of the pepper that a new person is found by, the oldest first.

    Raises KeyMissing where the secrets file is older than the lookups: it would register everybody a second time.
    """
    ring = secrets.load().pepper
    live = list(KeyVersion.objects.filter(ring="pepper", retired_at=None))
    for version in live:
        key = ring.keys.get(version.version)
        if key is None or fingerprint("pepper", key) != version.fingerprint:
            log.error("accounts.key_missing", ring="pepper", version=version.version)
            raise vault.KeyMissing
    return sorted((version.version for version in live), key=secrets.age) or [ring.current]


def granted_scopes(agency_id: UUID | None) -> list[str]:
    """What the operator granted an agency."""
    row = AgencyScopes.objects.filter(pk=agency_id).first()
    return row.scopes.split() if row else []


def fingerprint(ring: str, key: bytes) -> bytes:
    """What a key of 32 random bytes is known by, and can't be told from."""
    return sha256(b"my-data-rights key of " + ring.encode() + b"\x00" + key).digest()


def identity_of(subject_key: bytes) -> Identity:
    """Number and name of a person whom the actor may see; raises UnknownSubject."""
    person = _person(subject_key)
    number = vault.open_sealed(person.number_sealed, place=place("number", subject_key))
    return Identity(subject_key, number, _opened(person, "name"), numbers.born_on(number))


def number_of(subject_key: bytes) -> str:
    return identity_of(subject_key).number


def name_of(subject_key: bytes) -> str:
    return _opened(_person(subject_key), "name")


def mail_of(subject_key: bytes) -> str:
    """Where a person wants mail; empty if nowhere."""
    return _opened(_person(subject_key), "mail")


def masked_mail(mail: str) -> str:
    """`z***@example.org`: enough for its owner to know it by."""
    name, _, domain = mail.rpartition("@")
    return f"{name[:1]}***@{domain}" if mail else ""


def mail_waits(subject_key: bytes, *, at: datetime) -> bool:
    """Whether a link was sent to a new address and nobody has opened it yet."""
    return ContactChange.objects.filter(subject_key=subject_key, ended_at=None, expires_at__gt=at).exists()


def sessions_of(user: User, *, current: str | None, at: datetime) -> list[Device]:
    """Where `user` is signed in now, this session first, then the last used; two queries."""
    rows = list(UserSession.objects.filter(user=user).order_by("-seen_at"))
    open_now = Session.objects.filter(pk__in=[row.pk for row in rows], expire_date__gt=at)
    alive, own = set(open_now.values_list("pk", flat=True)), digest(current) if current else ""
    found = [Device(row.pk, row.agent, row.created_at, row.seen_at, row.pk == own) for row in rows if row.pk in alive]
    return sorted(found, key=lambda device: not device.is_current)


def language_of(subject_key: bytes) -> str:
    """The language a person reads; the site's first one when they never signed in."""
    found = User.objects.filter(subject_key=subject_key).values_list("language", flat=True).first()
    return found or "zh-hans"


def staff_names(identifiers: Iterable[UUID]) -> dict[UUID, str]:
    """The user names of staff, never of citizens."""
    rows = User.objects.filter(pk__in=list(identifiers)).exclude(kind=UserKind.CITIZEN)
    return dict(rows.values_list("pk", "username"))


def sessions_at(provider: str, *, subject: str, sid: str) -> QuerySet[Session]:
    """The sessions that an identity provider knows by `sid`, or as those of `subject`; by both where both are given."""
    named = {name: value for name, value in (("subject", subject), ("sid", sid)) if value}
    return Session.objects.filter(provider=provider, **named) if named else Session.objects.none()


def reader_language() -> str:
    """The language of this request, as it is stored with a user."""
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def _person(subject_key: bytes) -> Person:
    person = Person.objects.filter(pk=subject_key).first()
    if person is None:
        raise UnknownSubject
    return person


def _opened(person: Person, column: str) -> str:
    sealed = getattr(person, f"{column}_sealed")
    key = bytes(person.subject_key)
    return vault.open_sealed(sealed, place=place(column, key)) if sealed else ""
