"""Asking the law. What the other parts use:

    jurisdiction(code=None) -> Jurisdiction            settings.PORTAL_JURISDICTION unless a code is given; cached
        .rights["access"].deadline -> Rule             .title .sentence .article .grounds (the reader's language)
        .legal_bases[code] -> LegalBasis               .title .article .consent_based .portable .objectionable
        .clocks["answer_conditional"].rule -> Rule     limits between departments
        .withholdings[code] -> Withholding             .title .article .lifts_by_itself
        .refusal_grounds(kind) -> tuple[Ground, ...]   .code .text .article
        .articles[ref] / .article(ref) -> Article      .ref .title (how it is cited) .summary .act
        .ages .high_risk .retentions
    article(ref) -> Article                            looked up in the portal's jurisdiction, then in the others
    calendar(code=None) -> Calendar                    one query (the days set by hand), and one a request on pages
    due(rule, started_at, pauses=(), code=None) -> Due
    extended(rule, started_at, pauses=(), *, told_at, code=None) -> Due     raises NotExtendable, TooLateToExtend
    working_days_left(due_at, *, at, code=None) -> int
    age(born_on, on) -> int                            full years; birthday(born_on, years), comes_of_age_at(…)

Tasks that count many deadlines fetch `calendar()` once and call portal.law.clock with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils import timezone

from portal.law import ages, clock, files
from portal.law.calendars import Calendar, source_of
from portal.law.clock import Due, Pause
from portal.law.errors import UnknownProvision
from portal.law.models import DayOverride
from portal.law.provisions import Article, Jurisdiction, Rule

age, birthday, comes_of_age_at = ages.age, ages.birthday, ages.comes_of_age_at

_remembered: ContextVar[dict[str, Calendar] | None] = ContextVar("law_calendars", default=None)


@cache
def _read(code: str) -> Jurisdiction:
    if code not in files.codes():
        raise UnknownProvision(field="jurisdiction")
    return files.read(files.FOLDER / f"{code}.toml")


def jurisdiction(code: str | None = None) -> Jurisdiction:
    """The law of a jurisdiction. Raises UnknownProvision for a code without a file, LawFileError for a bad file."""
    return _read(code or settings.PORTAL_JURISDICTION)


def article(ref: str) -> Article:
    """The article `ref` in the portal's own jurisdiction, else in any other. Raises UnknownProvision."""
    for code in (settings.PORTAL_JURISDICTION, *files.codes()):
        found = jurisdiction(code).articles.get(ref)
        if found is not None:
            return found
    raise UnknownProvision(field="article")


def calendar(code: str | None = None) -> Calendar:
    """The working days of a jurisdiction in the portal's time zone, as set now (or when the request began to ask)."""
    law = jurisdiction(code)
    remembered = _remembered.get()
    if remembered is not None and law.code in remembered:
        return remembered[law.code]
    set_by_hand = DayOverride.objects.filter(jurisdiction=law.code).values_list("day", "working")
    days = Calendar(source=source_of(law.calendar), zone=timezone.get_default_timezone(), overrides=dict(set_by_hand))
    if remembered is not None:
        remembered[law.code] = days
    return days


@contextmanager
def remembering_calendars() -> Iterator[None]:
    """Within this block each jurisdiction's days are read once: a list of deadlines costs one query."""
    mark = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(mark)


def forget_calendars() -> None:
    """A day was just set: what this block remembers no longer holds."""
    remembered = _remembered.get()
    if remembered is not None:
        remembered.clear()


def due(rule: Rule, started_at: datetime, pauses: Sequence[Pause] = (), code: str | None = None) -> Due:
    """When what started at `started_at` is due under `rule`; see portal.law.clock."""
    return clock.due(rule, started_at, pauses, calendar(code))


def extended(
    rule: Rule, started_at: datetime, pauses: Sequence[Pause] = (), *, told_at: datetime, code: str | None = None
) -> Due:
    """When it is due with the rule's one extension. Raises NotExtendable, TooLateToExtend."""
    return clock.extended(rule, started_at, pauses, calendar(code), told_at=told_at)


def working_days_left(due_at: datetime, *, at: datetime, code: str | None = None) -> int:
    """Working days until `due_at`: 0 on the day itself, negative once it has passed."""
    return clock.working_days_left(due_at, at=at, calendar=calendar(code))
