"""Which agencies report, how late, and whether their own books agree with what they reported. Counts, no persons."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Max, Sum

from portal.catalogue import queries as catalogue
from portal.ledger.models import PublicFlow, ReportingMonth, StatedCount


@dataclass(frozen=True)
class Reporting:
    """One agency that has data in the catalogue. `last_at` is None where it has never reported."""

    code: str
    name: str
    last_at: datetime | None
    events: int  # in the months asked for
    lag: timedelta | None  # on average, in the newest month with reports
    longest: timedelta | None  # the longest of that month


@dataclass(frozen=True)
class Compared:
    """A month by an agency's own books beside what it reported of it."""

    agency_id: UUID
    agency: str
    month: date
    stated_sent: int
    stated_denied: int
    reported_sent: int
    reported_denied: int
    stated_at: datetime

    @property
    def missing(self) -> int:
        """How many more its books have than it reported; below zero, how many fewer."""
        return self.stated_sent + self.stated_denied - self.reported_sent - self.reported_denied

    @property
    def agrees(self) -> bool:
        return (self.stated_sent, self.stated_denied) == (self.reported_sent, self.reported_denied)


def reporting(since: date) -> list[Reporting]:
    """Every agency with something in the public catalogue, those that never reported first; three queries."""
    totals = ReportingMonth.objects.values("agency_id").annotate(last=Max("last_at"), newest=Max("month"))
    last = {row["agency_id"]: row for row in totals}
    months = {(row.agency_id, row.month): row for row in ReportingMonth.objects.filter(month__gte=since)}
    events: dict[UUID, int] = {}
    for (agency_id, _month), row in months.items():
        events[agency_id] = events.get(agency_id, 0) + row.events
    found = []
    for agency in catalogue.agencies_with_datasets():
        known = last.get(agency.pk)
        newest = months.get((agency.pk, known["newest"])) if known else None
        found.append(
            Reporting(
                agency.code,
                agency.name,
                known["last"] if known else None,
                events.get(agency.pk, 0),
                timedelta(seconds=newest.lag_total // newest.events) if newest else None,
                timedelta(seconds=newest.lag_most) if newest else None,
            )
        )
    return sorted(found, key=lambda row: (row.last_at is not None, row.name))


def compared(*, since: date, agency_id: UUID | None = None) -> list[Compared]:
    """The newest statement of each month beside what was reported of it, the newest month first; three queries."""
    rows = StatedCount.objects.filter(month__gte=since)
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    stated = list(rows.order_by("agency_id", "month", "-id").distinct("agency_id", "month"))
    flows = PublicFlow.objects.filter(month__gte=since).values("provider_id", "month")
    reported = {
        (row["provider_id"], row["month"]): (row["sent"], row["denied"])
        for row in flows.annotate(sent=Sum("sent"), denied=Sum("denied"))
    }
    names = catalogue.names_of_agencies({row.agency_id for row in stated})
    found = []
    for row in stated:
        sent, denied = reported.get((row.agency_id, row.month), (0, 0))
        name = names.get(row.agency_id, "")
        found.append(Compared(row.agency_id, name, row.month, row.sent, row.denied, sent, denied, row.stated_at))
    return sorted(found, key=lambda row: (-row.month.toordinal(), row.agency))
