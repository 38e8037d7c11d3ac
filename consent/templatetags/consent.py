"""What pages say of withdrawals: {% acknowledgements consent at %}."""

from datetime import datetime
from typing import Any

from django import template

from consent import acknowledging
from consent.models import Consent

register = template.Library()


@register.inclusion_tag("consent/_acknowledgements.html")
def acknowledgements(consent: Consent, at: datetime) -> dict[str, Any]:
    """Who has said that they stopped, who has not, who is late; nothing for a consent that was not withdrawn."""
    stops = acknowledging.stops_of(bytes(consent.subject_key), consent.id)
    return {"stops": [(stop, stop.is_late(at)) for stop in stops]}
