"""Reading appeals, what they decided, complaints and mediations. Row-level security decides what the actor sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.law.errors import UnknownProvision
from portal.law.provisions import Article, Ground
from portal.trail import queries as trail
from portal.trail.models import Entry
from rights.errors import UnknownAppeal, UnknownComplaint, UnknownMediation, UnknownOffer
from rights.models import Appeal, Blackout, Complaint, Erasure, Handover, Mediation, MediationStep, Part, Precedent
from rights.remedies import Level
from rights.states import APPEAL_OPEN, COMPLAINT_OPEN

SHOWN = 200  # of what was published


@dataclass(frozen=True)
class Published:
    """What appeals decided about one ground: how often either way, and the words of each."""

    kind: str
    ground: Ground | None
    article: Article
    granted: int
    dismissed: int
    rows: Sequence[Precedent]


# ------------------------------------------------------------------ the person's
def of_parts() -> Sequence["Prefetch[Any]"]:
    """What hangs on parts besides what was said and given, to be fetched along with them."""
    return [
        Prefetch("appeals", Appeal.objects.order_by("-filed_at", "-id")),
        Prefetch("erasures", Erasure.objects.exclude(confirmed_at=None).order_by("-confirmed_at")),
        Prefetch("blackouts", Blackout.objects.order_by("file", "id")),
        Prefetch("mediations", Mediation.objects.order_by("-asked_at", "-id")),
    ]


def appeals_of(subject_key: bytes) -> QuerySet[Appeal]:
    """A person's appeals, the newest first, with part and agency."""
    rows = Appeal.objects.filter(subject_key=subject_key).select_related("part__request", "part__agency")
    return rows.order_by("-filed_at", "-id")


def appeal_of(subject_key: bytes, identifier: UUID) -> Appeal:
    """One of a person's appeals; raises UnknownAppeal."""
    found = appeals_of(subject_key).select_related("part__dataset").filter(pk=identifier).first()
    if found is None:
        raise UnknownAppeal
    return found


def complaints_of(subject_key: bytes) -> QuerySet[Complaint]:
    """A person's complaints, the newest first."""
    return Complaint.objects.filter(subject_key=subject_key).order_by("-filed_at", "-id")


def complaint_of(subject_key: bytes, identifier: UUID) -> Complaint:
    """One of a person's complaints; raises UnknownComplaint."""
    found = complaints_of(subject_key).filter(pk=identifier).first()
    if found is None:
        raise UnknownComplaint
    return found


def mediations_of(subject_key: bytes) -> QuerySet[Mediation]:
    """A person's mediations, the newest first, with part and agency."""
    rows = Mediation.objects.filter(subject_key=subject_key).select_related("part__request", "part__agency")
    return rows.order_by("-asked_at", "-id")


def mediation_of(subject_key: bytes, identifier: UUID) -> Mediation:
    """One of a person's mediations with its steps; raises UnknownMediation."""
    steps = Prefetch("steps", MediationStep.objects.order_by("at", "id"))
    found = mediations_of(subject_key).prefetch_related(steps).filter(pk=identifier).first()
    if found is None:
        raise UnknownMediation
    return found


def steps_of(about: Appeal | Complaint) -> list[Entry]:
    """What was done with it, the newest first."""
    entries = trail.entries_about_any({about._meta.label: [str(about.pk)]})
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)


def names_of(agencies: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """Agencies' names in the reader's language."""
    return catalogue.names_of_agencies({pk for pk in agencies if pk})


# ------------------------------------------------------------------ those who review
def to_review(level: Level, *, agency_id: UUID | None = None) -> QuerySet[Appeal]:
    """Appeals of a level, of one agency where one is named; the most urgent first."""
    rows = Appeal.objects.filter(level=level).select_related("part__request", "part__agency", "part__dataset")
    return (rows.filter(agency_id=agency_id) if agency_id else rows).order_by("due_at", "id")


def appeal_to_review(level: Level, identifier: UUID) -> Appeal:
    """One appeal of a level; raises UnknownAppeal."""
    found = to_review(level).filter(pk=identifier).first()
    if found is None:
        raise UnknownAppeal
    return found


def open_appeals(level: Level) -> QuerySet[Appeal]:
    return to_review(level).filter(state__in=APPEAL_OPEN)


def complaints_to_do() -> QuerySet[Complaint]:
    """Open complaints, the most urgent first."""
    return Complaint.objects.filter(state__in=COMPLAINT_OPEN).order_by("due_at", "id")


def complaint(identifier: UUID) -> Complaint:
    """One complaint, for the regulator; raises UnknownComplaint."""
    found = Complaint.objects.filter(pk=identifier).first()
    if found is None:
        raise UnknownComplaint
    return found


def mediation_about(part: Part) -> Mediation | None:
    """The newest mediation about a part, with its steps."""
    steps = Prefetch("steps", MediationStep.objects.order_by("at", "id"))
    return Mediation.objects.filter(part=part).prefetch_related(steps).order_by("-asked_at", "-id").first()


# ------------------------------------------------------------------ parts that others offer
def offers_to(agency_id: UUID) -> QuerySet[Handover]:
    """What other agencies offer to this one, the most urgent first."""
    return Handover.objects.filter(recipient_id=agency_id).select_related("dataset").order_by("due_at", "id")


def offer_to(agency_id: UUID, identifier: UUID) -> Handover:
    """One of them; raises UnknownOffer."""
    found = offers_to(agency_id).filter(pk=identifier).first()
    if found is None:
        raise UnknownOffer
    return found


# ------------------------------------------------------------------ what was decided, for everybody
def precedents(kind: str, ground: str) -> QuerySet[Precedent]:
    """What appeals decided about a ground of a right, the newest first."""
    return Precedent.objects.filter(kind=kind, ground=ground).order_by("-decided_on", "-id")


def precedents_of(kind: str) -> dict[str, list[Precedent]]:
    """What appeals decided about a right, by ground, the newest first; one query."""
    found: dict[str, list[Precedent]] = {}
    for row in Precedent.objects.filter(kind=kind).order_by("-decided_on", "-id")[:SHOWN]:
        found.setdefault(row.ground, []).append(row)
    return found


def published() -> list[Published]:
    """Everything that appeals decided, by right and ground; one query."""
    groups: dict[tuple[str, str], list[Precedent]] = {}
    for row in Precedent.objects.order_by("kind", "ground", "-decided_on", "-id")[:SHOWN]:
        groups.setdefault((row.kind, row.ground), []).append(row)
    return [_published(kind, ground, rows) for (kind, ground), rows in groups.items()]


def _published(kind: str, ground: str, rows: list[Precedent]) -> Published:
    granted = sum(row.granted for row in rows)
    named = _ground(kind, ground)
    return Published(kind, named, law.article(rows[0].article), granted, len(rows) - granted, rows)


def _ground(kind: str, code: str) -> Ground | None:
    try:
        grounds = law.jurisdiction().refusal_grounds(kind)
    except UnknownProvision:  # decided under a law that knew another
        return None
    return next((ground for ground in grounds if ground.code == code), None)


def is_late(row: Appeal | Complaint, *, at: datetime) -> bool:
    """Whether it should have been decided by now."""
    return row.state in (*APPEAL_OPEN, *COMPLAINT_OPEN) and row.due_at < at
