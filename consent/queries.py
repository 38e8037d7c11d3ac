"""Reading the register. Row-level security decides what the actor sees; these never widen it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from consent.errors import UnknownConsent, UnknownPurpose
from consent.models import Comment, Consent, ConsentChange, ConsentEvent, Decision, Notice, Purpose, PurposeItem
from consent.states import STANDING, ConsentState, PurposeState
from portal.catalogue import queries as catalogue

MOVES_OF_CHANGES = 500  # at most on one page of the feed


@dataclass(frozen=True)
class Shelf:
    """A person's consents, sorted as a person thinks of them; each newest first."""

    asked: list[Consent] = field(default_factory=list)
    allowed: list[Consent] = field(default_factory=list)
    refused: list[Consent] = field(default_factory=list)
    ended: list[Consent] = field(default_factory=list)


@dataclass(frozen=True)
class Counts:
    """How many questions wait for a person, and how many uses they allow now."""

    asked: int
    allowed: int


def purpose(code: str) -> Purpose:
    """The purpose of this code, with its agency; raises UnknownPurpose."""
    found = Purpose.objects.select_related("agency").filter(code=code).first()
    if found is None:
        raise UnknownPurpose
    return found


def public_purposes() -> list[Purpose]:
    """Purposes that the reader may see and that have not ended, by name."""
    rows = Purpose.objects.select_related("agency").exclude(state=PurposeState.ENDED)
    return sorted(rows, key=lambda one: one.name)


def newest_notice(purpose_id: UUID, *, below: int | None = None) -> Notice | None:
    """The newest notice that the reader may see, of those `below` a version: also one that is proposed."""
    rows = Notice.objects.select_related("review").filter(purpose=purpose_id)
    return (rows if below is None else rows.filter(version__lt=below)).order_by("-version").first()


def comments_of(subject_key: bytes, purpose_id: UUID | None = None) -> list[Comment]:
    """What a person said of planned uses, of one or of all."""
    rows = Comment.objects.select_related("purpose").filter(subject_key=subject_key)
    return list(rows if purpose_id is None else rows.filter(purpose=purpose_id))


def current_notice(purpose_id: UUID) -> Notice | None:
    """The newest approved notice of a purpose."""
    rows = Notice.objects.select_related("review").filter(purpose=purpose_id, approved_at__isnull=False)
    return rows.order_by("-version").first()


def items_of(purpose_id: UUID) -> list[PurposeItem]:
    """What a purpose asks for, in order, each with its item, dataset and the dataset's agency."""
    return list(PurposeItem.objects.filter(purpose=purpose_id).select_related("item__dataset__agency"))


def consents_of(subject_key: bytes) -> list[Consent]:
    """Every consent a person was ever asked for, newest first, with purpose, agency and notice."""
    return list(_with_purpose(Consent.objects.filter(subject_key=subject_key)).order_by("-asked_at", "-id"))


def consent(subject_key: bytes, identifier: UUID) -> Consent:
    """One consent of a person; raises UnknownConsent."""
    found = _with_purpose(Consent.objects.filter(subject_key=subject_key, id=identifier)).first()
    if found is None:
        raise UnknownConsent
    return found


def shelf(subject_key: bytes) -> Shelf:
    """A person's consents in four heaps: one query."""
    sorted_ = Shelf()
    for one in consents_of(subject_key):
        match one.state:
            case ConsentState.REQUESTED:
                sorted_.asked.append(one)
            case ConsentState.GIVEN | ConsentState.PAUSED:
                sorted_.allowed.append(one)
            case ConsentState.REFUSED:
                sorted_.refused.append(one)
            case ConsentState.SUPERSEDED:
                pass  # the newer question stands in its place; the history names it
            case _:
                sorted_.ended.append(one)
    return sorted_


def waiting(subject_key: bytes) -> list[Consent]:
    """What is asked of a person now, most urgent first."""
    asked = Consent.objects.filter(subject_key=subject_key, state=ConsentState.REQUESTED)
    return list(_with_purpose(asked).order_by("answer_by"))


def counts(subject_key: bytes) -> Counts:
    """Two numbers for the home page: one query."""
    row = Consent.objects.filter(subject_key=subject_key).aggregate(
        asked=Count("id", filter=Q(state=ConsentState.REQUESTED)), allowed=Count("id", filter=Q(state__in=STANDING))
    )
    return Counts(row["asked"], row["allowed"])


def events_of(subject_key: bytes, identifier: UUID) -> list[ConsentEvent]:
    """Every step of one consent, oldest first."""
    return list(ConsentEvent.objects.filter(subject_key=subject_key, consent_id=identifier).order_by("at", "id"))


def receipt_of(subject_key: bytes, identifier: UUID) -> str:
    """The newest receipt of a consent, a compact JWS; raises UnknownConsent where none was made."""
    steps = ConsentEvent.objects.filter(subject_key=subject_key, consent_id=identifier).exclude(receipt="")
    newest = steps.order_by("-at", "-id").values_list("receipt", flat=True).first()
    if not newest:
        raise UnknownConsent
    return newest


def step(subject_key: bytes, event: UUID) -> ConsentEvent:
    """One step of a person's; raises UnknownConsent."""
    found = ConsentEvent.objects.filter(subject_key=subject_key, id=event).first()
    if found is None:
        raise UnknownConsent
    return found


def notice(purpose_id: UUID, version: int) -> Notice:
    """One version of what is told; raises UnknownPurpose."""
    found = (
        Notice.objects.select_related("purpose__agency", "review").filter(purpose=purpose_id, version=version).first()
    )
    if found is None:
        raise UnknownPurpose
    return found


def receipt_of_step(subject_key: bytes, event: UUID) -> str:
    """The receipt of one step, a compact JWS; raises UnknownConsent where there is none."""
    found = ConsentEvent.objects.filter(subject_key=subject_key, id=event).values_list("receipt", flat=True).first()
    if not found:
        raise UnknownConsent
    return found


def decisions_of(subject_key: bytes, identifier: UUID | None = None, limit: int = 50) -> list[Decision]:
    """What departments asked about a person, of one consent or of all, newest first."""
    rows = Decision.objects.filter(subject_key=subject_key).select_related("caller", "recipient", "dataset", "purpose")
    if identifier is not None:
        rows = rows.filter(consent_id=identifier)
    return list(rows.order_by("-decided_at", "-id")[:limit])


def changes(agency_id: UUID, after: int, limit: int) -> Sequence[ConsentChange]:
    """An agency's feed after a position, in order and without gaps."""
    rows = ConsentChange.objects.filter(agency=agency_id, position__gt=after).select_related("purpose")
    return list(rows.order_by("position")[: min(limit, MOVES_OF_CHANGES)])


def named(agency_ids: Iterable[UUID]) -> list[str]:
    """Agencies' names in the reader's language, sorted."""
    return sorted(catalogue.names_of_agencies(agency_ids).values())


def _with_purpose(rows: QuerySet[Consent]) -> QuerySet[Consent]:
    return rows.select_related("purpose__agency", "notice__review")
