"""Counting the cases: what is kept is replaced as a whole, so that counting twice or late changes nothing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.oversight import scoreboard
from portal.oversight.models import LONGEST, Answering, Publication
from rights import queries as rights

MONTHS_RECOUNTED: Final = timedelta(days=400)  # later, a part has long been answered or complained of
Key = tuple[date, UUID, str]


@transaction.atomic
def count(*, at: datetime) -> None:
    """Count how the agencies answer, and publish the scoreboard. Run by beat, as the portal."""
    since = timezone.localtime(at - MONTHS_RECOUNTED).date().replace(day=1)
    Answering.objects.filter(month__gte=since).delete()
    Answering.objects.bulk_create(_counted(rights.handled(since, at=at)))
    publish("agencies", scoreboard.content(at=at), at=at)


def publish(name: str, content: dict[str, object], *, at: datetime) -> None:
    """Put a protected figure where everybody may read it."""
    Publication.objects.update_or_create(name=name, defaults={"counted_at": at, "content": content})


def _counted(rows: Iterable[rights.Handled]) -> list[Answering]:
    found: dict[Key, Answering] = {}
    for row in rows:
        key = (row.month, row.agency_id, row.kind)
        figure = found.get(key)
        if figure is None:
            figure = found[key] = Answering(
                month=row.month, agency_id=row.agency_id, kind=row.kind, days=[0] * (LONGEST + 2)
            )
        setattr(figure, row.end, getattr(figure, row.end) + row.times)
        if row.days is not None:
            figure.days[min(row.days, LONGEST + 1)] += row.times
        if row.ground and row.days is not None:
            figure.refused[row.ground] = figure.refused.get(row.ground, 0) + row.times
    return list(found.values())
