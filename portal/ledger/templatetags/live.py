"""Whether departments' own logs are asked, for the page of sharing; it asks the database nothing."""

from django import template

from portal.trail import actor as acting

register = template.Library()


@register.simple_tag
def for_oneself() -> bool:
    """Not where somebody acts for another (portal.ledger.live)."""
    return acting.current().mandate is None
