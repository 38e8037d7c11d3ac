"""Public figures from counts that a task keeps: nobody's row is read, and small counts are withheld."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from portal.catalogue import queries as catalogue
from portal.ledger import queries as ledger
from portal.ledger.pictures import Picture, drawn
from portal.ledger.queries import Flow

SMALLEST: Final = 10  # a count below this could point at a person
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Figures:
    """A year in numbers. `withheld` is how many pairs of agencies have too small a count to be shown."""

    times: int
    uncovered: int
    flows: list[Flow]
    picture: Picture | None
    withheld: int
    agencies: int
    silent: list[str]


def public(*, at: datetime) -> Figures:
    """The figures of the last twelve months."""
    counts: Counter[tuple[UUID, UUID | None]] = Counter()
    names: dict[tuple[UUID, UUID | None], tuple[str, str]] = {}
    uncovered = 0
    for row in ledger.public_flows((at - YEAR).date().replace(day=1)):
        pair = (row.provider_id, row.recipient_id)
        counts[pair] += row.sent
        uncovered += row.uncovered
        names[pair] = (row.provider.name, row.recipient.name if row.recipient else "—")
    flows = [
        Flow(provider, recipient, *names[provider, recipient], times)
        for (provider, recipient), times in counts.most_common()
        if times >= SMALLEST
    ]
    reporting = ledger.reporting_agencies()
    silent = sorted(agency.name for agency in catalogue.agencies_with_datasets() if agency.pk not in reporting)
    return Figures(
        times=sum(counts.values()),
        uncovered=uncovered,
        flows=flows,
        picture=drawn(flows),
        withheld=sum(0 < times < SMALLEST for times in counts.values()),
        agencies=len(reporting),
        silent=silent,
    )
