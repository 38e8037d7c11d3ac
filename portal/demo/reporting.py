"""What departments report, drawn from the sample's flows: the same rows whenever they are drawn."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from portal.demo.city.records import Citizen, City, Dataset, Flow, Purpose

YEARS: Final = 2
LOCAL: Final = ZoneInfo("Asia/Shanghai")
FIRST_DAY: Final = date(2023, 6, 1)  # from when on the sample's records are held
BASES: Final = {"duty": "statutory_duty", "consent": "consent", "contract": "contract"}  # the catalogue's, the law's

Row = dict[str, Any]


def holdings(sample: City, agency: str) -> list[Row]:
    """About whom the agency's datasets hold records."""
    return [
        {"subject": person.number, "dataset": dataset.unified, "since": _since(person, dataset).isoformat()}
        for person in sample.citizens.values()
        for dataset in map(sample.datasets.__getitem__, person.holds)
        if dataset.agency == agency
    ]


def _since(person: Citizen, dataset: Dataset) -> date:
    chance = Random(f"since/{person.code}/{dataset.code}")  # sample data
    return max(FIRST_DAY - timedelta(days=chance.randint(0, 3000)), person.born_on)


def events(sample: City, agency: str, at: datetime, *, days: int = YEARS * 365) -> list[Row]:
    """What the agency shared in the `days` before `at`, oldest first."""
    flows = [flow for flow in sample.flows.values() if sample.datasets[flow.dataset].agency == agency]
    found = [row for flow in flows for row in _events_of(sample, flow, at - timedelta(days=days), at)]
    return sorted(found, key=lambda row: (row["occurred_at"], row["reference"]))


def _events_of(sample: City, flow: Flow, since: datetime, at: datetime) -> Iterator[Row]:
    for code in flow.people:
        for number, moment in _moments(flow, code, since, at):
            yield _event(sample, flow, sample.citizens[code], moment, f"{flow.code}/{code}/{number}")


def _moments(flow: Flow, person: str, since: datetime, at: datetime) -> Iterator[tuple[str, datetime]]:
    """When it happened, `per_year` times a year, in office hours where a human did it. The calendar fixes each:
    two draws, on different days, agree on what lies in both."""
    for year in range(since.year, at.year + 1):
        for turn in range(flow.per_year):
            name = f"{year}-{turn + 1:02d}"
            chance = Random(f"{flow.code}/{person}/{name}")  # sample data
            share = 365 / flow.per_year
            day = date(year, 1, 1) + timedelta(days=int(share * turn + chance.random() * share * 0.9))
            if not flow.automated:
                day -= timedelta(days=max(0, day.weekday() - 4))  # Saturday's and Sunday's work is Friday's
            hours = (0, 23) if flow.automated else (9, 16)
            clock = time(chance.randint(*hours), chance.randint(0, 59), chance.randint(0, 59))
            moment = datetime.combine(day, clock, LOCAL)
            if since <= moment <= at:
                yield name, moment.astimezone(UTC)


def _event(sample: City, flow: Flow, person: Citizen, moment: datetime, reference: str) -> Row:
    row: Row = {
        "subject": person.number,
        "reference": reference,
        "occurred_at": moment.isoformat(),
        "dataset": sample.datasets[flow.dataset].unified,
        "items": list(flow.items),
        "recipient_system": flow.recipient_system.zh,
        "depth": flow.depth,
        "form": flow.form,
        "method": flow.method,
        "purpose_zh": flow.purpose.zh,
        "purpose_en": flow.purpose.en,
        "legal_basis": BASES[flow.basis],
        "citation": flow.law.cited.zh,
        "outcome": flow.outcome,
        "automated": flow.automated,
    }
    row |= {"recipient": flow.recipient} if flow.recipient else {"recipient_name": flow.recipient_name}
    return row | ({"agreement": flow.agreement} if flow.agreement else {})


def share_under_consent(sample: City, purpose: Purpose, dataset: Dataset, consent: str, at: datetime) -> Row:
    """The sharing event that goes with a decision; `consent` and `at` name the occasion, which is recorded once."""
    return {
        "reference": f"consent/{purpose.code}/{consent}/{at:%Y%m%dT%H%M%S}",
        "occurred_at": at.isoformat(),
        "dataset": dataset.unified,
        "items": [wish.item for wish in purpose.items if wish.needed and wish.dataset == dataset.code],
        "recipient": purpose.recipient,
        "recipient_system": sample.systems[purpose.recipient_system].name.zh,
        "depth": "copied",
        "form": "raw",
        "method": "interface",
        "purpose_zh": purpose.title.zh,
        "purpose_en": purpose.title.en,
        "legal_basis": "consent",
        "citation": purpose.law.cited.zh,
        "automated": True,
    }
