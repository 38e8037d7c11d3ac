"""Deadlines as the law counts them: examples from the calendar, and what holds for every date."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from portal.law import clock, files
from portal.law.calendars import Calendar, ChineseDays, CountryDays
from portal.law.clock import Pause
from portal.law.errors import NotExtendable, TooLateToExtend
from portal.law.provisions import Ceiling, Extension, Rule, Text, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = Calendar(source=ChineseDays(), zone=SHANGHAI)
ESTONIA = Calendar(source=CountryDays("EE"), zone=SHANGHAI)
CN = files.read(files.FOLDER / "cn.toml")
GDPR = files.read(files.FOLDER / "gdpr.toml")
MONTH = GDPR.rights["access"].deadline
SAYS = Text(zh="说明", en="a sentence")


def rule(unit: Unit, count: int, *, ceiling: int | None = None, extension: int | None = None) -> Rule:
    article = CN.articles["pipl-45"]
    return Rule(
        unit=unit,
        count=count,
        article=article,
        is_target=False,
        sentences=SAYS,
        ceiling=Ceiling(ceiling, CN.articles["gbt35273-8.7"]) if ceiling else None,
        extension=Extension(extension, CN.articles["pipl-50"], SAYS, consent_needed=False) if extension else None,
    )


def local(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def due_on(of: Rule, start: datetime, *pauses: Pause, calendar: Calendar = CHINA) -> date:
    return clock.due(of, start, pauses, calendar).on


# ---------------------------------------------------------------- working days around China's holidays


def test_make_up_workdays_count_and_the_spring_festival_does_not() -> None:
    # 2026: free from 15 to 23 February, with work on Saturdays the 14th and the 28th.
    before = local(2026, 2, 13)
    assert due_on(rule(Unit.WORKING_DAYS, 1), before) == date(2026, 2, 14)
    assert due_on(rule(Unit.WORKING_DAYS, 2), before) == date(2026, 2, 24)
    assert due_on(rule(Unit.WORKING_DAYS, 6), before) == date(2026, 2, 28)
    assert due_on(rule(Unit.WORKING_DAYS, 7), before) == date(2026, 3, 2)


def test_national_day_is_skipped_and_its_make_up_days_are_not() -> None:
    # 2026: free from 1 to 7 October, with work on Sunday 20 September and Saturday 10 October.
    assert due_on(rule(Unit.WORKING_DAYS, 1), local(2026, 9, 18)) == date(2026, 9, 20)
    assert due_on(rule(Unit.WORKING_DAYS, 3), local(2026, 9, 30)) == date(2026, 10, 10)


def test_the_day_on_which_it_starts_is_not_counted() -> None:
    one_day = CN.clocks["answer_unconditional"].rule
    assert due_on(one_day, local(2026, 11, 24, 0, 0)) == date(2026, 11, 25)
    assert due_on(one_day, local(2026, 11, 24, 23, 59)) == date(2026, 11, 25)


def test_days_are_local_days_and_end_with_their_last_second() -> None:
    late_in_london = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # half past midnight on the 25th in Shanghai
    due = clock.due(CN.clocks["answer_unconditional"].rule, late_in_london, (), CHINA)
    assert due.at == datetime(2026, 11, 26, 23, 59, 59, tzinfo=SHANGHAI)
    assert due.at.utcoffset() == timedelta(hours=8)


def test_an_access_request_in_china_is_due_after_fifteen_working_days_and_says_it_is_a_target() -> None:
    due = clock.due(CN.rights["access"].deadline, local(2026, 11, 24), (), CHINA)
    assert (due.on, due.article, due.is_target) == (date(2026, 12, 15), "pipl-45", True)


def test_the_ceiling_is_never_passed_and_names_its_own_article() -> None:
    due = clock.due(rule(Unit.WORKING_DAYS, 30, ceiling=30), local(2026, 11, 24), (), CHINA)
    assert (due.on, due.article) == (date(2026, 12, 24), "gbt35273-8.7")


def test_a_ceiling_on_a_free_day_falls_back_to_the_working_day_before() -> None:
    due = clock.due(rule(Unit.WORKING_DAYS, 30, ceiling=30), local(2026, 11, 26), (), CHINA)  # 26 December: Saturday
    assert due.on == date(2026, 12, 25)


def test_calendar_days_that_end_on_a_free_day_move_to_the_next_working_day() -> None:
    assert due_on(rule(Unit.CALENDAR_DAYS, 4), local(2026, 9, 28)) == date(2026, 10, 8)


# ---------------------------------------------------------------- months


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2025, 1, 31), date(2025, 2, 28)),  # no 31st: the month's last day
        (date(2024, 1, 31), date(2024, 2, 29)),
        (date(2026, 3, 5), date(2026, 4, 6)),  # 5 April 2026 is a Sunday; Easter Monday is no holiday in Estonia
        (date(2026, 11, 24), date(2026, 12, 28)),  # Christmas Eve to Boxing Day, then a weekend
        (date(2026, 5, 12), date(2026, 6, 12)),
    ],
)
def test_a_month_ends_on_the_same_date_or_the_last_day_or_the_next_working_day(start: date, expected: date) -> None:
    assert due_on(MONTH, local(start.year, start.month, start.day), calendar=ESTONIA) == expected


def test_two_more_months_are_counted_from_the_start_and_not_from_the_first_end() -> None:
    start = local(2026, 11, 30)
    later = clock.extended(MONTH, start, (), ESTONIA, told_at=local(2026, 12, 30))
    assert later.on == date(2027, 3, 1)  # 28 February 2027 is a Sunday


# ---------------------------------------------------------------- extension


def test_an_extension_must_be_told_before_the_first_period_is_over() -> None:
    start = local(2026, 11, 24)
    with pytest.raises(TooLateToExtend):
        clock.extended(MONTH, start, (), ESTONIA, told_at=local(2026, 12, 29, 0, 0))
    assert clock.extended(MONTH, start, (), ESTONIA, told_at=local(2026, 12, 28, 23, 59)).on == date(2027, 2, 25)


def test_a_rule_without_an_extension_is_not_extended() -> None:
    with pytest.raises(NotExtendable):
        clock.extended(CN.clocks["deliver"].rule, local(2026, 11, 24), (), CHINA, told_at=local(2026, 11, 25))


def test_an_extension_stays_below_the_ceiling() -> None:
    later = clock.extended(CN.rights["access"].deadline, local(2026, 11, 24), (), CHINA, told_at=local(2026, 12, 1))
    assert (later.on, later.article) == (date(2026, 12, 24), "gbt35273-8.7")


def test_ten_more_working_days_between_departments() -> None:
    later = clock.extended(
        CN.clocks["answer_conditional"].rule, local(2026, 11, 24), (), CHINA, told_at=local(2026, 12, 1)
    )
    assert (later.on, later.article) == (date(2026, 12, 22), "decree809-21")


# ---------------------------------------------------------------- pauses


def test_time_stands_still_while_the_person_is_asked() -> None:
    start, ten = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 10)
    assert due_on(ten, start) == date(2026, 11, 16)
    assert due_on(ten, start, (local(2026, 11, 4), local(2026, 11, 9))) == date(2026, 11, 19)


def test_a_question_answered_on_the_same_day_changes_nothing() -> None:
    start, ten = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 10)
    assert due_on(ten, start, (local(2026, 11, 4, 9), local(2026, 11, 4, 17))) == due_on(ten, start)


def test_a_pause_over_free_days_alone_moves_no_working_day() -> None:
    start, ten = local(2026, 9, 28), rule(Unit.WORKING_DAYS, 10)
    assert due_on(ten, start, (local(2026, 10, 1), local(2026, 10, 7))) == due_on(ten, start)


def test_a_pause_after_the_deadline_does_not_bring_it_back() -> None:
    start, ten = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 10)
    assert due_on(ten, start, (local(2026, 11, 17), local(2026, 11, 27))) == due_on(ten, start)


def test_asked_on_the_last_day_and_answered_the_next_leaves_that_day_to_answer() -> None:
    start, ten = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 10)
    assert due_on(ten, start, (local(2026, 11, 16, 17), local(2026, 11, 17, 9))) == date(2026, 11, 17)


def test_asked_on_the_first_day_the_day_of_the_answer_is_the_one_not_counted() -> None:
    start, one = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 1)
    assert due_on(one, start, (local(2026, 11, 2, 11), local(2026, 11, 4, 11))) == date(2026, 11, 5)


def test_the_ceiling_stands_still_too() -> None:
    pause = (local(2026, 11, 4), local(2026, 11, 14))
    assert due_on(rule(Unit.WORKING_DAYS, 30, ceiling=30), local(2026, 11, 4), pause) == date(2026, 12, 14)


def test_while_a_pause_lasts_the_deadline_is_standing() -> None:
    start, ten = local(2026, 11, 2), rule(Unit.WORKING_DAYS, 10)
    due = clock.due(ten, start, [(local(2026, 11, 4), None)], CHINA)
    assert due.standing
    assert not clock.due(ten, start, [(local(2026, 11, 4), local(2026, 11, 5))], CHINA).standing


# ---------------------------------------------------------------- years that nobody has published


def test_what_is_counted_through_an_unknown_year_is_provisional() -> None:
    fifteen = rule(Unit.WORKING_DAYS, 15)
    unknown = max(day.year for day in (date(2026, 1, 1), date(2029, 1, 1)))
    assert clock.due(fifteen, local(unknown, 12, 20), (), CHINA).provisional
    assert not clock.due(fifteen, local(2026, 3, 2), (), CHINA).provisional


def test_a_day_set_by_hand_goes_before_the_library_and_makes_its_year_known() -> None:
    by_hand = {date(2029, 2, 12): False, date(2029, 2, 17): True}
    calendar = Calendar(source=ChineseDays(), zone=SHANGHAI, overrides=by_hand)
    due = clock.due(rule(Unit.WORKING_DAYS, 1), local(2029, 2, 9), (), calendar)
    assert (due.on, due.provisional) == (date(2029, 2, 13), False)
    assert due_on(rule(Unit.WORKING_DAYS, 1), local(2029, 2, 16), calendar=calendar) == date(2029, 2, 17)


# ---------------------------------------------------------------- days left


def test_working_days_left_are_none_on_the_day_itself_and_negative_after_it() -> None:
    due = clock.due(rule(Unit.WORKING_DAYS, 10), local(2026, 11, 2), (), CHINA)  # Monday 16 November
    assert due.working_days_left(local(2026, 11, 11)) == 3
    assert due.working_days_left(local(2026, 11, 14)) == 1  # Saturday
    assert due.working_days_left(local(2026, 11, 16, 23, 59)) == 0
    assert due.working_days_left(local(2026, 11, 18)) == -2
    assert not due.passed(local(2026, 11, 16, 23, 59))
    assert due.passed(local(2026, 11, 17, 0, 0))


# ---------------------------------------------------------------- what holds for every date

STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30)).map(lambda at: at.replace(tzinfo=SHANGHAI))  # noqa: DTZ001  # hypothesis wants naive bounds
COUNTS = st.integers(1, 40)
RULES = st.builds(rule, st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]), COUNTS)


@given(start=STARTS, of=RULES)
def test_every_deadline_is_a_working_day_after_the_start(start: datetime, of: Rule) -> None:
    due = clock.due(of, start, (), CHINA)
    assert CHINA.is_working(due.on)
    assert due.on > start.date()


@given(start=STARTS, count=COUNTS)
def test_a_deadline_in_working_days_has_just_that_many_left_at_its_start(start: datetime, count: int) -> None:
    assert clock.due(rule(Unit.WORKING_DAYS, count), start, (), CHINA).working_days_left(start) == count


@given(start=STARTS, later=st.timedeltas(timedelta(0), timedelta(days=60)), of=RULES | st.just(MONTH))
def test_what_starts_later_is_never_due_earlier(start: datetime, later: timedelta, of: Rule) -> None:
    assert clock.due(of, start, (), CHINA).at <= clock.due(of, start + later, (), CHINA).at


@given(start=STARTS, of=RULES | st.just(MONTH), after=st.integers(0, 20), whole_days=st.integers(0, 30))
def test_a_pause_never_makes_it_due_earlier(start: datetime, of: Rule, after: int, whole_days: int) -> None:
    asked = start + timedelta(days=after)
    pause = (asked, asked + timedelta(days=whole_days))
    without, paused = clock.due(of, start, (), CHINA), clock.due(of, start, [pause], CHINA)
    assert paused.at >= without.at
    if of.unit is Unit.CALENDAR_DAYS and asked.date() < start.date() + timedelta(days=of.count):
        assert paused.on >= start.date() + timedelta(days=of.count + whole_days)


@given(start=STARTS, months=st.integers(1, 12))
def test_a_month_is_what_dateutil_says_or_the_next_working_day(start: datetime, months: int) -> None:
    plain = start.date() + relativedelta(months=months)
    on = due_on(rule(Unit.MONTHS, months), start, calendar=ESTONIA)
    assert on >= plain
    assert not any(ESTONIA.is_working(plain + timedelta(days=n)) for n in range((on - plain).days))


@given(start=STARTS, count=COUNTS, ceiling=st.integers(10, 60))
def test_no_deadline_passes_its_ceiling(start: datetime, count: int, ceiling: int) -> None:
    assert due_on(rule(Unit.WORKING_DAYS, count, ceiling=ceiling), start) <= start.date() + timedelta(days=ceiling)
