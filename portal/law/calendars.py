"""Which days are working days, and whether anybody has said so yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Final, Protocol

import chinese_calendar
import holidays

from portal.law.provisions import FIRST_YEAR, LAST_YEAR, CalendarSource

DAY: Final = timedelta(days=1)
WEEKEND: Final = 5  # Monday is 0; Saturday and Sunday from here on
END_OF_DAY: Final = time(23, 59, 59)


class DaySource(Protocol):
    """What a library knows of a country's days."""

    def knows(self, year: int) -> bool:
        """Whether the holidays of that year are published there."""

    def is_working(self, day: date) -> bool:
        """Whether one works on that day; asked only for years it knows."""


class ChineseDays:
    """The State Council's yearly notices, make-up workdays on weekends included (chinesecalendar)."""

    def knows(self, year: int) -> bool:
        return year in _chinese_years()

    def is_working(self, day: date) -> bool:
        return bool(chinese_calendar.is_workday(day))


@dataclass(frozen=True)
class CountryDays:
    """A country's public holidays, Saturday and Sunday free (Regulation 1182/71, 2(2))."""

    country: str

    def knows(self, year: int) -> bool:
        return FIRST_YEAR <= year <= LAST_YEAR

    def is_working(self, day: date) -> bool:
        return day.weekday() < WEEKEND and day not in _holidays_of(self.country, day.year)


@cache
def _chinese_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.constants.holidays)


@cache
def _holidays_of(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def source_of(calendar: CalendarSource) -> DaySource:
    """The library a jurisdiction's file names."""
    return ChineseDays() if calendar.library == "chinese" else CountryDays(calendar.country)


@dataclass(frozen=True)
class Calendar:
    """A jurisdiction's working days as local dates in `zone`; what the authority set by hand goes first.

    A year that neither the library nor the overrides know is counted by weekday alone, and what is counted through
    it is provisional.
    """

    source: DaySource
    zone: tzinfo
    overrides: Mapping[date, bool] = field(default_factory=dict)
    set_years: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "set_years", frozenset(day.year for day in self.overrides))

    def knows_year(self, year: int) -> bool:
        """Whether the library or the overrides have the year's holidays."""
        return self.source.knows(year) or year in self.set_years

    def is_working(self, day: date) -> bool:
        """Whether `day` counts as a working day."""
        if (working := self.overrides.get(day)) is not None:
            return working
        return self.source.is_working(day) if self.source.knows(day.year) else day.weekday() < WEEKEND

    def day_of(self, moment: datetime) -> date:
        """The local date of an aware instant."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The last second of that local day."""
        return datetime.combine(day, END_OF_DAY, tzinfo=self.zone)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative, counted the same way back, when it is past."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working(first + DAY * offset) for offset in range(1, (last - first).days + 1))
