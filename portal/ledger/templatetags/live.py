"""Which departments keep a log of their own, for the page of sharing."""

from django import template

from portal.ledger import queries
from portal.trail import actor as acting

register = template.Library()


@register.simple_tag
def own_logs() -> list[str]:
    """Names of the departments that are asked; none where somebody acts for another (portal.ledger.live)."""
    if acting.current().mandate is not None:
        return []
    return [tracker.agency.name for tracker in queries.trackers_in_use()]
