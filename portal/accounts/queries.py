"""Who somebody is. Names and numbers open only to those whom row-level security shows the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language

from portal.accounts import numbers, pairwise
from portal.accounts.errors import InvalidNumber, UnknownSubject
from portal.accounts.models import Person, Session, SubjectLookup, User
from portal.trail import vault

pairwise_key = pairwise.pairwise_key


@dataclass(frozen=True)
class Identity:
    """A person's plain details."""

    subject_key: bytes
    number: str
    name: str
    born_on: date


def place(column: str, subject_key: bytes) -> str:
    """Where a sealed value of a person belongs: it opens nowhere else."""
    return f"accounts.person.{column}:{subject_key.hex()}"


def subject_key_of(identifier: str, *, agency_id: UUID) -> bytes:
    """The subject behind a national number or that agency's pairwise key; raises UnknownSubject."""
    found = known_subjects([identifier], agency_id=agency_id).get(identifier)
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
    names: dict[str, list[str]] = {}  # one number may come written in two ways
    for name, number in normalised.items():
        names.setdefault(number, []).append(name)
    by_digest = {digest: number for number in names for digest in numbers.digests(number).values()}
    if not by_digest:
        return {}
    rows = SubjectLookup.objects.filter(digest__in=list(by_digest)).values_list("digest", "subject_key")
    return {name: bytes(key) for digest, key in rows for name in names[by_digest[bytes(digest)]]}


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


def language_of(subject_key: bytes) -> str:
    """The language a person reads; the site's first one when they never signed in."""
    found = User.objects.filter(subject_key=subject_key).values_list("language", flat=True).first()
    return found or "zh-hans"


def sessions_of(user: User) -> QuerySet[Session]:
    """Where somebody is signed in, the latest first."""
    return Session.objects.filter(user=user).order_by("-expire_date")


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
