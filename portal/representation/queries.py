"""Reading representations. Row-level security decides what the actor sees; these never widen it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Agency
from portal.law import queries as law
from portal.representation import names
from portal.representation.errors import UnknownRepresentation
from portal.representation.models import Arrangement, Document, Representation
from portal.representation.states import LIVE, RULES, Kind, State
from portal.trail import queries as trail
from portal.trail.actor import Mandate
from portal.trail.models import Entry

LATEST_ACTS = 50


@dataclass(frozen=True)
class Shown:
    """A representation with its two names, as one of the two reads it."""

    row: Representation
    represented: str
    age: int
    representative: str
    agencies: Sequence[str] = ()

    @property
    def id(self) -> UUID:
        return self.row.id


@dataclass(frozen=True)
class Sides:
    """A person's representations, from either side; newest first."""

    acting_for: list[Shown]  # live ones, in which the person is the representative
    acting_for_me: list[Shown]  # live ones, in which they are represented
    past: list[Shown]


@dataclass(frozen=True)
class Done:
    """One act that somebody did for the person."""

    at: datetime
    event: str
    by: str
    kind: str


def one(identifier: UUID) -> Representation:
    """A representation that the actor may know of; raises UnknownRepresentation."""
    found = Representation.objects.select_related("agency").filter(pk=identifier).first()
    if found is None:
        raise UnknownRepresentation
    return found


def shown(row: Representation, *, at: datetime) -> Shown:
    """A representation with its names in plain."""
    person = names.represented(row.id, bytes(row.represented_sealed))
    by = names.representative(row.id, bytes(row.representative_sealed))
    within = sorted(catalogue.names_of_agencies(row.agencies).values()) if row.agencies else ()
    return Shown(row, person.name, law.age(person.born_on, timezone.localdate(at)), by, within)


def sides(own_key: bytes, *, at: datetime) -> Sides:
    """Every representation in which a person has a part; one query, and one for each that names agencies."""
    rows = Representation.objects.select_related("agency").filter(
        Q(subject_key=own_key) | Q(representative_key=own_key)
    )
    found = Sides([], [], [])
    for row in rows.order_by("-asked_at", "-id"):
        if row.state not in LIVE:
            found.past.append(shown(row, at=at))
        elif bytes(row.subject_key) == own_key:
            found.acting_for_me.append(shown(row, at=at))
        else:
            found.acting_for.append(shown(row, at=at))
    return found


def standing(own_key: bytes, *, at: datetime) -> list[Shown]:
    """For whom a person may act now, for the menu; one query."""
    rows = Representation.objects.filter(representative_key=own_key, state=State.PROVEN)
    return [
        shown(row, at=at)
        for row in rows.filter(Q(valid_until=None) | Q(valid_until__gt=at)).order_by("proven_at", "id")
    ]


def acting(identifier: UUID, *, own_key: bytes | None, user_id: UUID, at: datetime) -> Representation | None:
    """The representation that a session names, if it stands and is this person's, or this clerk's."""
    holder = Q(representative_key=own_key) if own_key else Q(kind=Kind.ASSISTED, representative_user=user_id)
    found = Representation.objects.select_related("agency").filter(holder, pk=identifier).first()
    return found if found is not None and found.stands(at) else None


def mandate_of(row: Representation) -> Mandate:
    """What a standing representation lets its holder do."""
    return Mandate(
        id=row.id,
        holder=bytes(row.representative_key) if row.representative_key else None,
        acts=frozenset(row.acts),
        agencies=frozenset(row.agencies),
        is_guardian=RULES[Kind(row.kind)].is_guardian,
    )


def documents_of(row: Representation) -> list[Document]:
    return list(Document.objects.filter(representation=row).order_by("at", "id"))


def document(row: Representation, identifier: UUID) -> Document:
    found = Document.objects.filter(representation=row, pk=identifier).first()
    if found is None:
        raise UnknownRepresentation
    return found


def relatives_may(own_key: bytes) -> bool:
    """What a person has arranged; without an arrangement relatives may, as the law says."""
    found = Arrangement.objects.filter(pk=own_key).values_list("relatives_may", flat=True).first()
    return True if found is None else found


def has_guardian(own_key: bytes) -> bool:
    """Whether a guardian decides for an adult."""
    return Representation.objects.filter(subject_key=own_key, kind=Kind.ADULT, state=State.PROVEN).exists()


def is_under_guardianship(subject_key: bytes) -> bool:
    """Whether a guardian decides for an adult, asked by a departmental system, which sees no row."""
    return _asked("SELECT representation_has_guardian(%s)", subject_key)


def may_consent_for(holder_key: bytes, subject_key: bytes, agency_id: UUID) -> bool:
    """Whether one person may decide for another about this agency, asked by a departmental system."""
    return _asked("SELECT representation_may_consent(%s, %s, %s)", holder_key, subject_key, agency_id)


def _asked(question: str, *about: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, about)
        (answer,) = cursor.fetchone()
    return bool(answer)


def open_of(own_key: bytes) -> QuerySet[Representation]:
    """What a person has part in and nobody has answered yet."""
    sides = Q(subject_key=own_key) | Q(representative_key=own_key)
    return Representation.objects.filter(sides, state=State.ASKED)


def desk() -> Agency | None:
    """The agency whose clerks check documents (settings.PORTAL_REPRESENTATION_DESK)."""
    code = settings.PORTAL_REPRESENTATION_DESK
    return catalogue.agencies([code]).get(code)


def done_for(own_key: bytes) -> list[Done]:
    """The latest that others did for a person, newest first, with who did it."""
    entries = list(trail.entries_of(own_key).filter(on_behalf_of=own_key)[:LATEST_ACTS])
    rows = {str(row.id): row for row in Representation.objects.filter(pk__in=_named(entries))}
    return [_done(entry, rows.get(str(entry.facts.get("representation")))) for entry in entries]


def _named(entries: Sequence[Entry]) -> set[str]:
    return {entry.facts["representation"] for entry in entries if "representation" in entry.facts}


def _done(entry: Entry, row: Representation | None) -> Done:
    if row is None:
        return Done(entry.at, entry.event, "…", "")
    by = names.representative(row.id, bytes(row.representative_sealed))
    return Done(entry.at, entry.event, by, str(row.get_kind_display()))
