"""What is counted of the agencies' answers: exact for the regulator, protected for everybody, the same as plain SQL."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import UserKind
from portal.oversight import actions, queries, scoreboard
from portal.oversight.models import LONGEST
from portal.trail.actor import Actor, acting_as, database_role
from rights.models import Part
from rights.states import Outcome, PartState
from tests.people import staff
from tests.rights import factories as rights

pytestmark = pytest.mark.django_db

FILED = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)
COUNTED = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
Owner = Callable[[], AbstractContextManager[None]]

PLAIN = """
SELECT count(*) FILTER (WHERE answered_at <= due_at), count(*) FILTER (WHERE answered_at > due_at),
    count(*) FILTER (WHERE state <> 'answered' AND due_at < %(at)s),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(day FROM answered_at - submitted_at)),
    percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(day FROM answered_at - submitted_at))
FROM rights_part WHERE agency_id = %(agency)s
"""


def answered(times: int, days: float, *, late: bool = False, **changes: Any) -> None:
    """So many parts of the tax bureau, filed in September and answered after so many days."""
    filed = rights.routed(at=FILED)
    with database_role("portal_owner"):
        part = Part.objects.get(request=filed, agency=rights.tax())
        Part.objects.filter(request=filed).delete()
        done = FILED + timedelta(days=days)
        given = {"state": PartState.ANSWERED, "outcome": Outcome.FULFILLED, "answered_at": done}
        given |= {"due_at": done + timedelta(days=-1 if late else 1), **changes}
        for place in range(times):
            filed.pk, filed.number = uuid4(), f"T{place}{filed.number}"[:20]
            filed.save(force_insert=True)
            part.pk, part.request_id = uuid4(), filed.pk
            for name, value in given.items():
                setattr(part, name, value)
            part.save(force_insert=True)


def count(at: datetime = COUNTED) -> None:
    with database_role("portal_worker"), acting_as(Actor.portal()):
        actions.count(at=at)


def row_of(code: str = "tax") -> scoreboard.Row:
    with acting_as(Actor.portal()):
        published = queries.publication("agencies")
    assert published
    rows: list[scoreboard.Row] = published.content["rows"]
    return next(row for row in rows if row["code"] == code)


def test_each_figure_of_the_regulator_is_what_plain_sql_counts(as_owner: Owner) -> None:
    answered(5, 3)
    answered(3, 12.5)
    answered(2, 40, late=True)
    answered(1, 0, state=PartState.ACKNOWLEDGED, outcome="", answered_at=None, due_at=FILED + timedelta(days=20))
    count()
    with acting_as(Actor.regulator(uuid4())):
        (figure,) = queries.timeliness(date(2026, 9, 1), date(2026, 10, 1))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(PLAIN, {"at": COUNTED, "agency": rights.tax().pk})
        plain = cursor.fetchone()
    assert (figure.in_time, figure.late, figure.overdue, figure.median_days, figure.p90_days) == plain
    assert plain == (8, 2, 1, 3, 40)


def test_counting_twice_changes_nothing() -> None:
    answered(4, 3)
    count()
    count()
    with acting_as(Actor.regulator(uuid4())):
        (figure,) = queries.timeliness(date(2026, 9, 1), date(2026, 10, 1))
    assert figure.in_time == 4


def test_refusals_are_counted_by_ground() -> None:
    answered(3, 3, outcome=Outcome.REFUSED, ground="legal_secrecy", reply="A law demands secrecy.")
    count()
    with acting_as(Actor.regulator(uuid4())):
        (figure,) = queries.timeliness(date(2026, 9, 1), date(2026, 10, 1))
    assert figure.refused == {"legal_secrecy": 3}


def test_the_public_sees_large_counts_and_no_small_one() -> None:
    answered(25, 3)
    answered(3, 40, late=True)
    count()
    row = row_of()
    assert (row["due"], row["late"]) == (28, None)
    assert row["in_time"] is None  # or the small count would follow from the sum
    assert (row["median_days"], row["p90_days"]) == (3, 40)


def test_this_month_is_not_published_before_it_is_over() -> None:
    answered(25, 3)
    count(at=datetime(2026, 9, 29, 2, 0, tzinfo=UTC))
    with acting_as(Actor.portal()):
        published = queries.publication("agencies")
    assert published
    assert published.content["rows"] == []


@given(st.lists(st.integers(0, 90), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_the_day_by_which_that_share_was_answered(days: list[int], share: float) -> None:
    places = [0] * (LONGEST + 2)
    for day in days:
        places[min(day, LONGEST + 1)] += 1
    within = scoreboard.percentile(places, share)
    assert within is not None
    capped = [min(day, LONGEST + 1) for day in days]
    assert sum(day <= within for day in capped) >= share * len(days)
    assert sum(day < within for day in capped) < share * len(days)


def test_the_pages_show_it(client: Client) -> None:
    answered(25, 3)
    count()
    client.cookies["django_language"] = "en"
    assert "How the agencies do" in client.get("/transparency/agencies/").content.decode()
    lines = list(csv.DictReader(io.StringIO(client.get("/transparency/agencies.csv").content.decode("utf-8-sig"))))
    assert [(line["code"], line["in_time"], line["late"]) for line in lines] == [("tax", "25", "0")]
    assert client.get("/transparency/agencies.json").json()["rows"][0]["in_time"] == 25
    client.force_login(staff(UserKind.REGULATOR), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/oversight/timeliness/", {"kind": "access"}).content.decode()
    assert "Half within (days)" in page
    assert client.get("/oversight/timeliness/", {"kind": "no such"}).status_code == 200
