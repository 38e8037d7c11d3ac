"""Reading the ledger. Row-level security decides what the actor sees; these never widen it."""

from portal.ledger.queries.figures import (
    Flow,
    MonthSummary,
    flows_of,
    month_summary,
    not_reporting,
    public_flows,
    reporting_agencies,
)
from portal.ledger.queries.records import (
    Holder,
    batch,
    event,
    event_of_agency,
    events_of,
    events_of_batch,
    holders_of,
    holdings_of,
    marked_uncovered,
    notes_of,
    recipients_of,
)
from portal.ledger.queries.timelines import Filters, Line, Month, Page, choices_of, filtered, timeline
from portal.ledger.queries.uses import Uses, uses_by_consent

__all__ = [
    "Filters",
    "Flow",
    "Holder",
    "Line",
    "Month",
    "MonthSummary",
    "Page",
    "Uses",
    "batch",
    "choices_of",
    "event",
    "event_of_agency",
    "events_of",
    "events_of_batch",
    "filtered",
    "flows_of",
    "holders_of",
    "holdings_of",
    "marked_uncovered",
    "month_summary",
    "not_reporting",
    "notes_of",
    "public_flows",
    "recipients_of",
    "reporting_agencies",
    "timeline",
    "uses_by_consent",
]
