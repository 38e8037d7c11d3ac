"""What a page about an answer needs to say of what can be done about it."""

from collections.abc import Collection
from datetime import datetime

from django import template
from django.utils import timezone

from portal.law import queries as law
from portal.law.provisions import Remedy
from rights.actions.appeals import appealable
from rights.errors import NothingToAppeal
from rights.models import Part

register = template.Library()


@register.simple_tag
def remedies(jurisdiction: str = "") -> Collection[Remedy]:
    """Where somebody can turn, in the order of the law's file."""
    return law.jurisdiction(jurisdiction or None).remedies.values()


@register.simple_tag
def can_appeal(part: Part) -> bool:
    """Whether a part's answer, or its absence, can be appealed now; no query."""
    return _appealable(part, timezone.now()) and not any(appeal.is_open for appeal in part.appeals.all())


def _appealable(part: Part, at: datetime) -> bool:
    try:
        appealable(part, at=at)
    except NothingToAppeal:
        return False
    return True
