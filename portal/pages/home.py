"""What a citizen meets first: what needs them, and what happened, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consent import queries as consents
from consent.models import Consent
from portal.ledger import queries as ledger
from rights import queries as rights

SHOWN: Final = 3  # flows of the month; the page on sharing has them all


@dataclass(frozen=True)
class Home:
    """The first page's content."""

    asked: list[Consent]
    questions: Sequence[rights.Question]
    month: ledger.MonthSummary
    flows: Sequence[ledger.Flow]  # the most frequent of the month; `most` is how often the first of them
    most: int
    requests: Sequence[rights.Summary]
    allowed: int
    holders: int
    not_reporting: int

    @property
    def needs(self) -> int:
        """How many things need the person."""
        return len(self.asked) + len(self.questions)


def of(subject_key: bytes, *, at: datetime) -> Home:
    """The first page of one person."""
    month = ledger.month_summary(subject_key, at)
    return Home(
        asked=consents.waiting(subject_key),
        questions=rights.open_questions(subject_key),
        month=month,
        flows=month.flows[:SHOWN],
        most=max((flow.times for flow in month.flows), default=1),
        requests=rights.open_summary(subject_key),
        allowed=consents.counts(subject_key).allowed,
        holders=len({holding.agency_id for holding in ledger.holdings_of(subject_key) if holding.until is None}),
        not_reporting=len(ledger.not_reporting(subject_key)),
    )
