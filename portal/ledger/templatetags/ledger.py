"""How the ledger's templates say an event in words."""

from collections.abc import Mapping

from django import template

from portal.ledger import sentences

register = template.Library()
register.filter("sentence", sentences.sentence)
register.filter("reason", sentences.reason)


@register.filter
def named(titles: Mapping[str, str], code: str) -> str:
    """The title of a code, or the code where it has none any more."""
    return titles.get(code, code)
