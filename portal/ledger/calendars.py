"""The picture of a year: a square a day, the darker the more was shared. Drawn as plain SVG by the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import formats
from django.utils.translation import ngettext

SQUARE: Final = 13  # with its gap
LEFT, TOP = 34, 20  # room for the names of days and months
WEEK: Final = 7
SHADES: Final = 4  # above none


@dataclass(frozen=True)
class Square:
    """One day: where it stands, how dark it is (0: nothing), and its sentence."""

    x: int
    y: int
    shade: int
    title: str


@dataclass(frozen=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Year:
    squares: list[Square]
    labels: list[Label]
    days: list[tuple[date, int]]  # those on which something was shared, the newest first: the table
    begins: date
    ends: date
    width: int
    height: int = TOP + WEEK * SQUARE
    side: int = SQUARE - 2

    @property
    def times(self) -> int:
        return sum(times for _, times in self.days)


def drawn(days: Mapping[date, int], ends: date) -> Year:
    """The 53 weeks up to `ends`, Monday above."""
    begins = ends - timedelta(days=ends.weekday() + 52 * WEEK)
    shown = [begins + timedelta(days=place) for place in range((ends - begins).days + 1)]
    most = max((days.get(day, 0) for day in shown), default=0)
    squares = [
        Square(
            LEFT + place // WEEK * SQUARE,
            TOP + place % WEEK * SQUARE,
            _shade(days.get(day, 0), most),
            _title(day, days),
        )
        for place, day in enumerate(shown)
    ]
    labels = [
        Label(squares[place].x, TOP - 7, formats.date_format(day, "M"))
        for place, day in enumerate(shown)
        if day.weekday() == 0 and day.day <= WEEK
    ]
    labels += [
        Label(0, TOP + row * SQUARE + 10, formats.date_format(begins + timedelta(days=row), "D")) for row in (0, 2, 4)
    ]
    told = [(day, days[day]) for day in reversed(shown) if days.get(day)]
    return Year(squares, labels, told, begins, ends, LEFT + 53 * SQUARE)


def _shade(times: int, most: int) -> int:
    """1 to SHADES by the share of the fullest day; 0 for none."""
    return 0 if not times else 1 + (times - 1) * SHADES // most


def _title(day: date, days: Mapping[date, int]) -> str:
    times = days.get(day, 0)
    told = ngettext("%(day)s: %(times)d time", "%(day)s: %(times)d times", times)
    return told % {"day": formats.date_format(day, "DATE_FORMAT"), "times": times}
