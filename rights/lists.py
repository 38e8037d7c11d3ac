"""A person's requests as pages of a list: cursors, not offsets, so that the last page costs what the first does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from rights.models import Part, RightsRequest
from rights.states import REQUEST_OPEN, PartState, RequestState

PAGE: Final = 20
MOST_OPEN: Final = 100


@dataclass(frozen=True)
class Listed:
    """A request with the numbers of its parts."""

    request: RightsRequest
    total: int
    answered: int


@dataclass(frozen=True)
class Page:
    """Some requests, and the cursor of the next page; none at the end."""

    rows: list[Listed]
    next: str | None


def begun_and_open(subject_key: bytes) -> tuple[list[RightsRequest], list[Listed]]:
    """What was not sent yet, and what still waits for an answer, the newest first of both; one query."""
    rows = list(_of(subject_key).filter(state__in=(*REQUEST_OPEN, RequestState.DRAFT))[:MOST_OPEN])
    return [row for row in rows if row.is_draft], [_listed(row) for row in rows if not row.is_draft]


def closed_of(subject_key: bytes, cursor: str = "", size: int = PAGE) -> Page:
    """A page of what is over, older than the cursor; a cursor that is none of ours begins at the newest. One query."""
    rows = _of(subject_key).exclude(state__in=(*REQUEST_OPEN, RequestState.DRAFT))
    if (last := _read(cursor)) is not None:
        at, identifier = last
        rows = rows.filter(Q(submitted_at__lt=at) | Q(submitted_at=at, id__lt=identifier))
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page([_listed(row) for row in shown], _written(shown[-1]) if len(found) > size else None)


def _of(subject_key: bytes) -> QuerySet[RightsRequest]:
    """Counted row by row as the page is drawn: a grouping would count all of a person's requests for each page."""
    rows = RightsRequest.objects.filter(subject_key=subject_key)
    counted = rows.annotate(
        total=_number(~Q(state=PartState.TRANSFERRED)), answered=_number(Q(state=PartState.ANSWERED))
    )
    return counted.order_by("-submitted_at", "-id")


def _number(which: Q) -> Coalesce:
    parts = Part.objects.filter(which, request=OuterRef("pk")).order_by().values("request")
    return Coalesce(Subquery(parts.annotate(number=Count("pk")).values("number")), 0)


def _listed(row: Any) -> Listed:
    return Listed(row, row.total, row.answered)


def _written(request: RightsRequest) -> str:
    return f"{request.submitted_at.isoformat() if request.submitted_at else ''}~{request.pk}"


def _read(cursor: str) -> tuple[datetime, UUID] | None:
    at, _mark, identifier = cursor.partition("~")
    try:
        moment, found = datetime.fromisoformat(at), UUID(identifier)
    except ValueError:
        return None
    return (moment, found) if moment.tzinfo else None
