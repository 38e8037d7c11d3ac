"""What becomes of an inbox when its account is closed: letters, digests and settings are deleted."""

from datetime import datetime

from django.utils.dateparse import parse_datetime

from portal.inbox.models import Digest, Letter, Preference
from portal.outbox.models import Message
from portal.trail.actor import database_role

RETENTION = "portal_retention"  # the one role that deletes letters


def forget(message: Message, at: datetime) -> None:
    """Delete what was there when the account was closed; what came after a new sign-in stays."""
    closed_at = parse_datetime(message.payload["at"]) or at
    key = bytes.fromhex(message.payload["subject"])
    with database_role(RETENTION):
        Letter.objects.filter(subject_key=key, created_at__lte=closed_at).delete()
        Digest.objects.filter(subject_key=key, made_at__lte=closed_at).delete()
        Preference.objects.filter(subject_key=key, changed_at__lte=closed_at).delete()
