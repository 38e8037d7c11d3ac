"""How long something took, in one unit: exact enough to tell minutes from months."""

from datetime import timedelta
from typing import Final

from django import template
from django.utils.translation import ngettext

register = template.Library()
DAY: Final = 86_400


@register.filter
def span(value: timedelta) -> str:
    """`12 minutes`, `3 hours` or `40 days`; rounded down, never below one minute."""
    seconds = int(value.total_seconds())
    if seconds >= 2 * DAY:
        return ngettext("%(days)d day", "%(days)d days", seconds // DAY) % {"days": seconds // DAY}
    if seconds >= 2 * 3600:
        return ngettext("%(hours)d hour", "%(hours)d hours", seconds // 3600) % {"hours": seconds // 3600}
    minutes = max(1, seconds // 60)
    return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
