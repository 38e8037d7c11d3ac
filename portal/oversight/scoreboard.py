"""The public scoreboard of agencies: what is measured, over which time, and what is withheld.

Method (shown on the page): parts of requests filed in the twelve months before this one. In time: answered on or before
the day the law sets, extensions counted. Late: answered after it. Overdue: still open after it. The median and the 90th
percentile are of whole days from filing to answer. Flagged: of a thousand shares, those that no agreement or consent
covers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, TypedDict
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from portal.catalogue import queries as catalogue
from portal.ledger import queries as ledger
from portal.oversight.disclosure import SMALLEST, withheld
from portal.oversight.models import LONGEST, Answering

ENDS: Final = ("in_time", "late", "overdue")
YEAR: Final = relativedelta(years=1)


class Row(TypedDict):
    """An agency as everybody sees it; None stands for a figure that is withheld or that there is none of."""

    code: str
    name_zh: str
    name_en: str
    in_time: int | None
    late: int | None
    overdue: int | None
    due: int  # of all three, with what is withheld; nought when that itself is small
    median_days: int | None
    p90_days: int | None
    refused: int | None
    shares: int | None
    flagged_of_1000: float | None
    reports: bool


def content(*, at: datetime) -> dict[str, object]:
    """The twelve months before this one, agency by agency, small counts withheld."""
    until = timezone.localtime(at).date().replace(day=1)
    since = until - YEAR
    return {"since": since.isoformat(), "until": until.isoformat(), "rows": _rows(since, until)}


def percentile(days: Sequence[int], share: float) -> int | None:
    """The number of days within which `share` of the answers came (PostgreSQL's percentile_disc); None without any."""
    wanted = share * sum(days)
    reached = 0
    for day, times in enumerate(days):
        reached += times
        if reached and reached >= wanted:
            return day
    return None


def summed(figures: Iterable[Answering]) -> dict[UUID, Answering]:
    """All months and kinds of each agency in one figure."""
    found: dict[UUID, Answering] = {}
    for one in figures:
        total = found.setdefault(one.agency_id, Answering(agency_id=one.agency_id, days=[0] * (LONGEST + 2)))
        for end in (*ENDS, "running"):
            setattr(total, end, getattr(total, end) + getattr(one, end))
        total.days = [a + b for a, b in zip(total.days, one.days, strict=True)]
        total.refused = dict(Counter(total.refused) + Counter(one.refused))
    return found


def _rows(since: date, until: date) -> list[Row]:
    totals = summed(Answering.objects.filter(month__gte=since, month__lt=until))
    sent: Counter[UUID] = Counter()
    flagged: Counter[UUID] = Counter()
    for flow in ledger.public_flows(since):
        if flow.month < until:
            sent[flow.provider_id] += flow.sent
            flagged[flow.provider_id] += flow.uncovered
    agencies = [one for one in catalogue.agencies_with_datasets() if one.pk in totals or one.pk in sent]
    empty = Answering(days=[0] * (LONGEST + 2))
    figures = [totals.get(one.pk, empty) for one in agencies]
    hidden = withheld([[getattr(figure, end) for end in ENDS] for figure in figures])
    reporting = ledger.reporting_agencies()
    rows: list[Row] = []
    for place, (agency, figure) in enumerate(zip(agencies, figures, strict=True)):
        shown = {end: None if (place, column) in hidden else getattr(figure, end) for column, end in enumerate(ENDS)}
        answers = sum(figure.days)
        shares = sent[agency.pk]
        rows.append(
            Row(
                code=agency.code,
                name_zh=agency.name_zh,
                name_en=agency.name_en,
                in_time=shown["in_time"],
                late=shown["late"],
                overdue=shown["overdue"],
                due=_large(sum(getattr(figure, end) for end in ENDS)) or 0,
                median_days=percentile(figure.days, 0.5) if answers >= SMALLEST else None,
                p90_days=percentile(figure.days, 0.9) if answers >= SMALLEST else None,
                refused=_large(sum(figure.refused.values())),
                shares=_large(shares),
                flagged_of_1000=round(1000 * flagged[agency.pk] / shares, 1) if shares >= 10 * SMALLEST else None,
                reports=agency.pk in reporting,
            )
        )
    return sorted(rows, key=_best_first)


def _large(count: int) -> int | None:
    return count if count >= SMALLEST or count == 0 else None


def _best_first(row: Row) -> tuple[bool, float, str]:
    """By the share answered in time, then by name; agencies of which nothing can be said come last."""
    if not row["due"] or row["in_time"] is None:
        return (True, 0, row["code"])
    return (False, -row["in_time"] / row["due"], row["code"])
