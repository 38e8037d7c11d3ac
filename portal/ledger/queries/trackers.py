"""The logs that departments keep themselves."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from portal.ledger.models import Tracker


def trackers_in_use() -> list[Tracker]:
    """The logs that are asked when a citizen looks, with their agencies."""
    return list(Tracker.objects.filter(ended_at=None).select_related("agency").order_by("agency__code"))


def trackers_of(agency_id: UUID) -> QuerySet[Tracker]:
    """An agency's logs, also former ones, the newest first."""
    return Tracker.objects.filter(agency_id=agency_id).order_by("-registered_at", "-id")


def withheld_moments() -> dict[UUID, list[datetime]]:
    """When agencies shared what the reading citizen must not hear of for now: no log may tell it either."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute("SELECT provider_id, occurred_at FROM ledger_withheld_from_me()")
        for agency, moment in cursor.fetchall():
            found[agency].append(moment)
    return found
