"""How the agencies do, for the regulator: counts alone, nobody's record."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from portal.catalogue import queries as catalogue
from portal.ledger import queries as ledger
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
