"""Counts: a person's month and flows, and what is public about everybody's."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from portal.catalogue import queries as catalogue
from portal.ledger.ids import first_at
from portal.ledger.models import FLAGS, Holding, PublicFlow, SharingEvent, SharingNote


@dataclass(frozen=True)
class Flow:
    """How often one agency shared with one recipient."""

    provider_id: UUID
    recipient_id: UUID | None
    provider: str  # names in the reader's language
    recipient: str
    times: int


@dataclass(frozen=True)
class MonthSummary:
    """A person's current month in numbers."""

    times: int
    providers: int
    recipients: int
    flagged: int
    flows: list[Flow]


def flows_of(rows: QuerySet[SharingEvent]) -> list[Flow]:
    """Who shared with whom how often among these events, the most frequent first; two queries."""
    counted = (
        rows.order_by()
        .values("provider_id", "recipient_id", "recipient_name")
        .annotate(times=Count("*"))
        .order_by("-times", "provider_id", "recipient_id", "recipient_name")
    )
    found = list(counted)
    names = catalogue.names_of_agencies({row[key] for row in found for key in ("provider_id", "recipient_id")} - {None})
    return [
        Flow(
            row["provider_id"],
            row["recipient_id"],
            names.get(row["provider_id"], ""),
            names.get(row["recipient_id"], "") if row["recipient_id"] else row["recipient_name"],
            row["times"],
        )
        for row in found
    ]


@dataclass(frozen=True)
class Totals:
    """Who shared with whom, and on which days, among the same events."""

    flows: list[Flow]
    days: dict[date, int]

    @property
    def times(self) -> int:
        return sum(self.days.values())


def totals_of(rows: QuerySet[SharingEvent], names: Mapping[UUID, str]) -> Totals:
    """Flows, the most frequent first, and days; one query, that counts in the database. `names` are the agencies'."""
    day = TruncDate("occurred_at", tzinfo=timezone.get_default_timezone())
    ends = ("provider_id", "recipient_id", "recipient_name")
    flows: Counter[tuple[UUID, UUID | None, str]] = Counter()
    days: Counter[date] = Counter()
    for row in rows.order_by().annotate(day=day).values("day", *ends).annotate(times=Count("*")):
        flows[row["provider_id"], row["recipient_id"], row["recipient_name"]] += row["times"]
        days[row["day"]] += row["times"]
    ordered = sorted(flows.items(), key=lambda pair: (-pair[1], *map(str, pair[0])))
    return Totals(
        [
            Flow(provider, recipient, names.get(provider, ""), names.get(recipient, "") if recipient else name, times)
            for (provider, recipient, name), times in ordered
        ],
        dict(days),
    )


def month_summary(subject_key: bytes, at: datetime) -> MonthSummary:
    """What happened to a person's data since the first of this month, in the reader's time zone."""
    begins = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    since = first_at(begins)
    flows = flows_of(SharingEvent.objects.filter(subject_key=subject_key, id__gte=since))
    flags = SharingNote.objects.filter(subject_key=subject_key, event_id__gte=since, kind__in=FLAGS)
    return MonthSummary(
        times=sum(flow.times for flow in flows),
        providers=len({flow.provider_id for flow in flows}),
        recipients=len({flow.recipient_id or flow.recipient for flow in flows}),
        flagged=flags.values("event_id").distinct().count(),
        flows=flows,
    )


def not_reporting(subject_key: bytes) -> dict[UUID, str]:
    """The agencies that hold data about a person and have never reported what they share: id to name."""
    holders = Holding.objects.filter(subject_key=subject_key, until=None)
    silent = holders.exclude(agency_id__in=PublicFlow.objects.values("provider_id"))
    names: dict[UUID, str] = catalogue.names_of_agencies(set(silent.values_list("agency_id", flat=True)))
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


def public_flows(since: date | None = None) -> list[PublicFlow]:
    """Month by month who shared with whom and how often, with the agencies; counts only, for everybody."""
    rows = PublicFlow.objects.select_related("provider", "recipient")
    if since is not None:
        rows = rows.filter(month__gte=since)
    return list(rows.order_by("-month", F("sent").desc(), "provider__code"))


def reporting_agencies() -> set[UUID]:
    """The agencies that have reported sharing at all."""
    return set(PublicFlow.objects.values_list("provider_id", flat=True).distinct())
