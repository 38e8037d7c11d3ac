"""Who looked at a person's record, merged by viewer and hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.catalogue import queries as catalogue
from portal.ledger.queries.timelines import Month
from portal.trail import queries as trail
from portal.trail.actor import ActorKind

MOST: Final = 200
LOOKS: Final[Mapping[str, Promise]] = {
    "ledger.record.viewed": _("looked at your record"),
    "accounts.person.disclosed": _("looked up who you are"),
}
_OTHERS: Final[Mapping[str, Promise]] = {
    ActorKind.CITIZEN.value: _("Somebody who acts for you"),
    ActorKind.REGULATOR.value: _("The regulator"),
}


@dataclass(frozen=True)
class Viewing:
    """How often somebody looked within one hour, in the site's time zone."""

    at: datetime  # the hour's first instant
    who: str | Promise
    what: str | Promise
    times: int


def viewings_of(
    subject_key: bytes, *, since: datetime | None, before: datetime | None, names: Mapping[UUID, str]
) -> list[Viewing]:
    """The newest MOST looks of an interval, the newest first; one query, and one where an agency has no name yet."""
    zone = timezone.get_default_timezone()
    rows = trail.entries_of(subject_key).filter(event__in=list(LOOKS))
    rows = rows.filter(at__gte=since) if since else rows
    rows = rows.filter(at__lt=before) if before else rows
    hours: Any = rows.order_by().annotate(hour=TruncHour("at", tzinfo=zone))
    counted = hours.values("hour", "event", "actor_kind", "actor_agency").annotate(times=Count("*"))
    found = list(counted.order_by("-hour", "event", "actor_kind", "actor_agency")[:MOST])
    unknown = {row["actor_agency"] for row in found} - {None, *names}
    known = {**names, **(catalogue.names_of_agencies(unknown) if unknown else {})}
    return [
        Viewing(
            row["hour"],
            known.get(row["actor_agency"]) or _OTHERS.get(row["actor_kind"], row["actor_kind"]),
            LOOKS[row["event"]],
            row["times"],
        )
        for row in found
    ]


def with_viewings(months: Iterable[Month], viewings: Iterable[Viewing]) -> list[Month]:
    """The months with the looks that fall into each; months without sharing are added."""
    by_month: dict[date, Month] = {month.on: month for month in months}
    for viewing in viewings:
        on = timezone.localtime(viewing.at, timezone.get_default_timezone()).date().replace(day=1)
        by_month.setdefault(on, Month(on, [])).viewings.append(viewing)
    return [by_month[on] for on in sorted(by_month, reverse=True)]
