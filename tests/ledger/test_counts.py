"""What departments' own books say, beside what they reported; and how late they report."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.catalogue.models import Agency
from portal.ledger import counting, counts, queries
from portal.ledger.models import StatedCount
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.ledger.factories import AT, as_person, client, event_row, report, town
from tests.ledger.test_api import caller

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def counted(of: Agency, *references: str, occurred_at: str = "2026-10-20T09:30:00+08:00") -> None:
    outcome = report(of, *(event_row(name, occurred_at=occurred_at) for name in references))
    with acting_as(Actor.portal()):
        counting.count_batch(outcome.batch)


def test_the_newest_statement_stands_beside_what_was_reported() -> None:
    dataset, _ = town()
    counted(dataset.agency, "r-1", "r-2")
    for sent in (7, 5):
        with acting_as(client(dataset.agency)) as actor:
            counts.state(OCTOBER, sent=sent, denied=0, actor=actor, at=AT)
    with acting_as(Actor.visitor()):
        (row,) = queries.compared(since=OCTOBER)
    assert (row.stated_sent, row.reported_sent, row.missing, row.agrees) == (5, 2, 3, False)
    with acting_as(Actor.portal()):
        assert StatedCount.objects.count() == 2
        entry = Entry.objects.filter(event="ledger.count.stated").latest("id")
        assert (entry.facts["sent"], entry.agency_id) == (5, dataset.agency_id)


def test_only_a_department_states_its_own() -> None:
    with acting_as(as_person()) as actor, pytest.raises(NotPermitted):
        counts.state(OCTOBER, sent=1, denied=0, actor=actor, at=AT)


@pytest.mark.parametrize("month", ["2022-12", "2026-11", "2027-01", "2026-13", "x", "2026-1", "2026-W01-", ""])
def test_a_month_that_is_not_over_or_none_is_refused(month: str) -> None:
    with pytest.raises(counts.NoSuchMonth):
        counts.month_of(month, at=AT)


def test_the_call_states_and_compares_and_can_be_repeated() -> None:
    dataset, _ = town()
    tax, school = caller(dataset.agency, "sharing"), caller(catalogue.agency("school"), "sharing")
    month = f"{(timezone.now().replace(day=1) - timedelta(days=1)):%Y-%m}"
    assert tax("GET", f"sharing-counts/{month}").status_code == 404
    for _turn in range(2):
        told = tax("PUT", f"sharing-counts/{month}", {"sent": 12})
        assert (told.status_code, told.json()["missing"]) == (200, 12)
    assert told.json()["stated"]["denied"] == 0
    assert school("GET", f"sharing-counts/{month}").status_code == 404
    for body in ({"sent": -1}, {"sent": "x"}, {}, {"sent": 10**30}):
        assert tax("PUT", f"sharing-counts/{month}", body).status_code == 422
    assert tax("PUT", "sharing-counts/2999-01", {"sent": 1}).json()["code"] == "no-such-month"


def test_lag_and_the_last_report_are_kept_for_each_agency_and_silence_shows() -> None:
    catalogue.published("school.pupils", of=catalogue.agency("school"))
    dataset, _ = town()
    counted(dataset.agency, "r-1", occurred_at=(AT - timedelta(hours=1)).isoformat())
    counted(dataset.agency, "r-2", occurred_at=(AT - timedelta(hours=5)).isoformat())
    with acting_as(Actor.visitor()):
        silent, tax = queries.reporting(date(2026, 1, 1))
    assert (silent.code, silent.last_at, silent.events) == ("school", None, 0)
    assert (tax.code, tax.last_at, tax.events) == ("tax", AT, 2)
    assert (tax.lag, tax.longest) == (timedelta(hours=3), timedelta(hours=5))
