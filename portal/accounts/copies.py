"""A person's copy of what is held here: who they are, where they are signed in, who looked them up."""

from collections.abc import Iterator

from portal.accounts import devices, queries
from portal.accounts.models import Disclosure, Person, User, UserSession
from portal.trail.copies import CHUNK, Row


def profile(subject_key: bytes) -> Iterator[Row]:
    """Name, number, address and language: one row."""
    person = Person.objects.filter(pk=subject_key).first()
    if person is None:
        return
    identity = queries.identity_of(subject_key)
    user = User.objects.filter(subject_key=subject_key).first()
    yield {
        "name": identity.name,
        "number": identity.number,
        "born_on": identity.born_on,
        "mail": queries.mail_of(subject_key),
        "language": queries.language_of(subject_key),
        "known_since": person.created_at,
        "account_since": user.date_joined if user else None,
    }


def sessions(subject_key: bytes) -> Iterator[Row]:
    """Where the person is signed in."""
    for row in UserSession.objects.filter(user__subject_key=subject_key).order_by("created_at"):
        yield {"device": devices.described(row.agent), "signed_in_at": row.created_at, "last_used_at": row.seen_at}


def disclosures(subject_key: bytes) -> Iterator[Row]:
    """Each time that an agency was shown who the person is."""
    rows = Disclosure.objects.filter(subject_key=subject_key).select_related("agency").order_by("-at")
    for row in rows.iterator(chunk_size=CHUNK):
        yield {"at": row.at, "agency": row.agency.name, "reason": row.reason, "about": row.about, "id": row.id}
