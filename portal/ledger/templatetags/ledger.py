"""How the ledger's templates say an event in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from portal.ledger import sentences

register = template.Library()
register.filter("sentence", sentences.sentence)
register.filter("reason", sentences.reason)


@register.filter
def named(titles: Mapping[str, str], code: str) -> str:
    """The title of a code, or the code where it has none any more."""
    return titles.get(code, code)


@register.filter
def is_over(due_at: datetime) -> bool:
    """Whether the time for something is over."""
    return due_at < timezone.now()


@register.filter
def of_code(known: Mapping[str, Any], code: str) -> Any:
    """What a code stands for, or None where it is not known any more."""
    return known.get(code)
