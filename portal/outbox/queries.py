"""How the outbox is doing: for the health page and the supervisor."""

from datetime import datetime

from portal.outbox.models import Heartbeat


def last_beat(worker: str) -> datetime | None:
    """When `worker` last proved that it takes work; None if it never did."""
    return Heartbeat.objects.filter(worker=worker).values_list("at", flat=True).first()
