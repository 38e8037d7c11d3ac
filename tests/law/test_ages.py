"""Ages by date of birth, leap days included."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.law import queries as law


@pytest.mark.parametrize(
    ("born_on", "years", "day"),
    [
        (date(2012, 5, 6), 14, date(2026, 5, 6)),
        (date(2012, 2, 29), 14, date(2026, 3, 1)),  # no 29 February in 2026
        (date(2012, 2, 29), 16, date(2028, 2, 29)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 12, 31), 18, date(2026, 12, 31)),
        (date(2008, 1, 1), 18, date(2026, 1, 1)),
    ],
)
def test_somebody_comes_of_age_on_this_day(born_on: date, years: int, day: date) -> None:
    assert law.birthday(born_on, years) == day
    assert law.comes_of_age_at(born_on, years).isoformat() == f"{day}T00:00:00+08:00"


@given(st.dates(date(1920, 1, 1), date(2020, 12, 31)), st.integers(1, 80))
def test_the_day_before_a_birthday_one_is_a_year_younger(born_on: date, years: int) -> None:
    day = law.birthday(born_on, years)
    assert (law.age(born_on, day - timedelta(days=1)), law.age(born_on, day)) == (years - 1, years)
