"""Counting deadlines. Pure: a rule, a start, the pauses and a calendar in; an instant out.

The day on which a period starts is not counted (Regulation 1182/71, 3(1); Civil Code of China, 201), a month ends on
the same date of its last month or on that month's last day (1182/71, 3(2)(c); Civil Code, 202), and what would end on
a free day ends on the next working day (1182/71, 3(4); Civil Code, 203). While the person is asked for something time
stands still: a day at whose end the clock is stopped is not counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from dateutil.relativedelta import relativedelta

from portal.law.calendars import DAY, Calendar
from portal.law.errors import NotExtendable, TooLateToExtend
from portal.law.provisions import Rule, Unit

Pause = tuple[datetime, datetime | None]
LONGEST: Final = 3700  # days; no rule of ours, with its pauses, runs for ten years


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due: the last second of a local working day.

    `article` is the reference of the rule that set it (the extension's or the ceiling's, where that decided).
    `provisional`: counted through a year whose holidays are not published yet. `standing`: the clock is stopped now,
    and `at` is counted as if it ran again from the moment it stopped; count anew when it does.
    """

    at: datetime
    article: str
    provisional: bool
    standing: bool
    is_target: bool
    _calendar: Calendar = field(repr=False, compare=False)

    @property
    def on(self) -> date:
        """The local date."""
        return self._calendar.day_of(self.at)

    def passed(self, at: datetime) -> bool:
        """Whether the local day on which it was due is over at `at`."""
        return self._calendar.day_of(at) > self.on

    def working_days_left(self, at: datetime) -> int:
        """Working days that are still to come: 0 on the due day itself, negative once it has passed."""
        return working_days_left(self.at, at=at, calendar=self._calendar)


def due(rule: Rule, started_at: datetime, pauses: Sequence[Pause], calendar: Calendar) -> Due:
    """When what started at `started_at` is due under `rule`. All instants are aware."""
    return _counted(rule, rule.count, rule.article.ref, started_at, pauses, calendar)


def extended(
    rule: Rule, started_at: datetime, pauses: Sequence[Pause], calendar: Calendar, *, told_at: datetime
) -> Due:
    """When it is due with the rule's one extension, of which the person is told at `told_at`.

    Raises NotExtendable where the rule has none, TooLateToExtend where the first period is over.
    """
    if rule.extension is None:
        raise NotExtendable
    if due(rule, started_at, pauses, calendar).passed(told_at):
        raise TooLateToExtend
    count = rule.count + rule.extension.count
    return _counted(rule, count, rule.extension.article.ref, started_at, pauses, calendar)


def working_days_left(due_at: datetime, *, at: datetime, calendar: Calendar) -> int:
    """Working days from `at` to a due instant: 0 on the due day, negative once it has passed."""
    return calendar.working_days_between(calendar.day_of(at), calendar.day_of(due_at))


def _counted(
    rule: Rule, count: int, article: str, started_at: datetime, pauses: Sequence[Pause], calendar: Calendar
) -> Due:
    start = calendar.day_of(started_at)
    stopped = _stopped(pauses, calendar)

    def counts(day: date) -> bool:
        return not stopped(day) and (rule.unit is not Unit.WORKING_DAYS or calendar.is_working(day))

    def open_for_work(day: date) -> bool:
        return not stopped(day) and calendar.is_working(day)

    length = (start + relativedelta(months=count) - start).days if rule.unit is Unit.MONTHS else count
    start = _next(start, lambda day: not stopped(day))
    last = _next(_walk(start, length, counts), open_for_work)
    if rule.ceiling is not None:
        limit = _previous(_walk(start, rule.ceiling.days, lambda day: not stopped(day)), open_for_work, start)
        if limit < last:
            last, article = limit, rule.ceiling.article.ref
    return Due(
        at=calendar.end_of(last),
        article=article,
        provisional=not all(calendar.knows_year(year) for year in range(start.year, last.year + 1)),
        standing=any(ended is None for _, ended in pauses),
        is_target=rule.is_target,
        _calendar=calendar,
    )


def _stopped(pauses: Sequence[Pause], calendar: Calendar) -> Callable[[date], bool]:
    """Whether the clock is stopped at the end of a day. A pause that still runs counts when it is over."""
    spans = [(calendar.day_of(began), calendar.day_of(ended)) for began, ended in pauses if ended is not None]
    return lambda day: any(began <= day < ended for began, ended in spans)


def _walk(start: date, length: int, counts: Callable[[date], bool]) -> date:
    """The day on which `length` counted days after `start` are full."""
    day = start
    for _ in range(LONGEST):
        if length <= 0:
            return day
        day += DAY
        length -= counts(day)
    raise OverflowError("a deadline more than ten years away")


def _next(day: date, fits: Callable[[date], bool]) -> date:
    while not fits(day):
        day += DAY
    return day


def _previous(day: date, fits: Callable[[date], bool], after: date) -> date:
    """The last fitting day up to `day`; the first one after it where none lies after `after`."""
    for back in range((day - after).days):
        if fits(day - DAY * back):
            return day - DAY * back
    return _next(day, fits)
