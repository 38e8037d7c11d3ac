"""The public count of what was shared, kept by the portal as batches come in."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

_COUNT = """
INSERT INTO ledger_publicflow AS known (month, provider_id, recipient_id, sent, denied, uncovered)
SELECT date_trunc('month', event.occurred_at AT TIME ZONE %(zone)s)::date, event.provider_id, event.recipient_id,
       count(*) FILTER (WHERE event.outcome = 'sent' AND NOT %(flagged)s),
       count(*) FILTER (WHERE event.outcome = 'denied' AND NOT %(flagged)s),
       count(*) FILTER (WHERE %(flagged)s)
FROM ledger_sharingevent AS event
WHERE event.batch_id = ANY (%(batches)s::uuid[]) AND (NOT %(flagged)s OR event.id = ANY (%(ids)s::uuid[]))
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (month, provider_id, recipient_id) DO UPDATE
SET sent = known.sent + excluded.sent, denied = known.denied + excluded.denied,
    uncovered = known.uncovered + excluded.uncovered
"""
# How late an agency reports: per month of the report, so that one catching up on old years does not stay late for ever.
_LAG = """
INSERT INTO ledger_reportingmonth AS known (month, agency_id, events, last_at, lag_total, lag_most)
SELECT date_trunc('month', recorded_at AT TIME ZONE %(zone)s)::date, provider_id, count(*), max(recorded_at),
       sum(lag), max(lag)
FROM (SELECT provider_id, recorded_at, greatest(0, extract(epoch FROM recorded_at - occurred_at))::bigint AS lag
      FROM ledger_sharingevent WHERE batch_id = %(batch)s) AS event
GROUP BY 1, 2
ON CONFLICT (month, agency_id) DO UPDATE
SET events = known.events + excluded.events, last_at = greatest(known.last_at, excluded.last_at),
    lag_total = known.lag_total + excluded.lag_total, lag_most = greatest(known.lag_most, excluded.lag_most)
"""


def count_batch(batch: UUID | str) -> None:
    """Add a batch's events to the public flows, and how late they were reported."""
    _run(_COUNT, batches=[str(batch)], flagged=False, ids=[])
    _run(_LAG, batch=str(batch))


def count_flagged(batches: Iterable[UUID], events: Iterable[UUID]) -> None:
    """Add these events of these batches to the public count of what nothing covers."""
    _run(_COUNT, batches=[str(batch) for batch in batches], flagged=True, ids=list(events))


def _run(command: str, **given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(command, {"zone": settings.TIME_ZONE, **given})
