"""Dates and deadlines as people read them, in both languages."""

from collections.abc import Iterable
from datetime import date, datetime

from django import template
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from portal.law import queries as law
from portal.law.errors import UnknownProvision
from portal.law.provisions import Article

register = template.Library()

ENGLISH_DAY, CHINESE_DAY = "D j F Y", "Y年n月j日"
ENGLISH_TIME, CHINESE_TIME = "D j F Y, H:i", "Y年n月j日 H:i"


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _local(value: date | datetime | str | None) -> date | datetime | None:
    moment = parse_datetime(value) if isinstance(value, str) else value
    return timezone.localtime(moment) if isinstance(moment, datetime) and timezone.is_aware(moment) else moment


@register.filter
def long_date(value: date | datetime | str | None) -> str:
    """`Tue 24 November 2026` or `2026年11月24日`; empty for nothing."""
    moment = _local(value)
    return formats.date_format(moment, ENGLISH_DAY if _english() else CHINESE_DAY) if moment else ""


@register.filter
def long_time(value: datetime | str | None) -> str:
    """The same with hours and minutes, in the site's time zone."""
    moment = _local(value)
    return formats.date_format(moment, ENGLISH_TIME if _english() else CHINESE_TIME) if moment else ""


@register.filter
def days_left(due_at: datetime | None) -> str:
    """`in 3 working days`, `today`, `2 working days late`."""
    if due_at is None:
        return ""
    days = law.working_days_left(due_at, at=timezone.now())
    if days == 0:
        return _("today") if due_at >= timezone.now() else _("late since today")
    if days > 0:
        return ngettext("in %(days)d working day", "in %(days)d working days", days) % {"days": days}
    return ngettext("%(days)d working day late", "%(days)d working days late", -days) % {"days": -days}


@register.filter
def article(reference: str) -> str:
    """The title of a provision by its reference; the reference itself when no file knows it."""
    found = provision(reference)
    return found.title if found else reference


@register.simple_tag
def provision(reference: str) -> Article | None:
    """`{% provision "pipl-45" as found %}`: the provision itself, or None when no file knows it."""
    try:
        return law.article(reference)
    except UnknownProvision:
        return None


@register.filter
def listed(names: Iterable[object]) -> str:
    """`A, B and C`, or `A、B和C`."""
    *rest, last = [str(name) for name in names] or [""]
    if not rest:
        return last
    return _("%(several)s and %(last)s") % {"several": _(", ").join(rest), "last": last}


@register.filter
def bracketed(text: object) -> str:
    """`(text)`, or `（text）`; empty for nothing."""
    return _("(%(text)s)") % {"text": text} if text else ""


@register.filter
def code(value: object) -> SafeString:
    """An identifier in a fixed-width face that may break anywhere."""
    return format_html("<code>{}</code>", value)
