"""How the agencies do: exact counts for the regulator, protected ones for everybody; nobody's record."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from portal.catalogue import queries as catalogue
from portal.ledger import queries as ledger
from portal.oversight.models import Answering, Publication
from portal.oversight.scoreboard import ENDS, percentile, summed
from rights import queries as rights

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Standing:
    """One agency: its open and overdue parts of requests, and how often it shared, covered and not, in a year."""

    name: str
    open: int
    overdue: int
    sent: int
    uncovered: int


def standings(*, at: datetime) -> list[Standing]:
    """Every agency with something open or shared: the overdue first, then what rested on nothing. Three queries."""
    parts = {row.agency_id: row for row in rights.overdue_by_agency(at=at)}
    sent: Counter[UUID] = Counter()
    uncovered: Counter[UUID] = Counter()
    for row in ledger.public_flows((at - YEAR).date().replace(day=1)):
        sent[row.provider_id] += row.sent
        uncovered[row.provider_id] += row.uncovered
    names = catalogue.names_of_agencies({*parts, *sent})
    found = [
        Standing(
            name=name,
            open=parts[pk].open if pk in parts else 0,
            overdue=parts[pk].overdue if pk in parts else 0,
            sent=sent[pk],
            uncovered=uncovered[pk],
        )
        for pk, name in names.items()
    ]
    return sorted(found, key=lambda agency: (-agency.overdue, -agency.uncovered, agency.name))


@dataclass(frozen=True)
class Timeliness:
    """How one agency answered: counts, days at the median and the 90th percentile, refusals by ground."""

    name: str
    in_time: int
    late: int
    overdue: int
    running: int
    median_days: int | None
    p90_days: int | None
    refused: dict[str, int]

    @property
    def bar(self) -> list[str]:
        """A picture in twenty pieces, as the page's bar takes them."""
        ends = (self.in_time, self.late + self.overdue, self.running)
        total = sum(ends) or 1
        done, late = round(20 * ends[0] / total), round(20 * ends[1] / total)
        return ["is-done"] * done + ["is-late"] * min(late, 20 - done) + [""] * max(0, 20 - done - late)


def timeliness(since: date, until: date, *, kind: str = "") -> list[Timeliness]:
    """Each agency's answers to what was filed from `since` to before `until`; the slowest first. Two queries."""
    rows = Answering.objects.filter(month__gte=since, month__lt=until)
    totals = summed(rows.filter(kind=kind) if kind else rows)
    names = catalogue.names_of_agencies(set(totals))
    found = [
        Timeliness(
            names.get(agency, ""),
            **{end: getattr(figure, end) for end in (*ENDS, "running")},
            median_days=percentile(figure.days, 0.5),
            p90_days=percentile(figure.days, 0.9),
            refused=figure.refused,
        )
        for agency, figure in totals.items()
    ]
    return sorted(found, key=lambda row: (-row.overdue, -row.late, row.name))


def publication(name: str) -> Publication | None:
    """A figure as it was last published; None before the first count."""
    return Publication.objects.filter(name=name).first()
