from dataclasses import dataclass

from django.db.models import QuerySet

from portal.inbox.kinds import TOPICS, kinds_of, kinds_that_ask
from portal.inbox.models import Letter, Preference

UNREAD, ASKING = "unread", "asking"


@dataclass(frozen=True)
class Narrowed:
    """Which letters a reader wants to see: a topic of portal.inbox.kinds, and those unread or those that ask."""

    topic: str = ""
    show: str = ""


def letters_of(subject_key: bytes, narrowed: Narrowed = Narrowed()) -> QuerySet[Letter]:
    """A person's letters, the newest first."""
    rows = Letter.objects.filter(subject_key=subject_key)
    if narrowed.topic in TOPICS:
        rows = rows.filter(kind__in=kinds_of(narrowed.topic))
    if narrowed.show == UNREAD:
        rows = rows.filter(read_at=None)
    if narrowed.show == ASKING:
        rows = rows.filter(kind__in=kinds_that_ask())
    return rows.order_by("-created_at", "-id")


def unread(subject_key: bytes) -> int:
    """How many a person has not read."""
    return Letter.objects.filter(subject_key=subject_key, read_at=None).count()


def mail_times(subject_key: bytes) -> Preference:
    """When a person wants mail; what holds without a choice, where none was made."""
    return Preference.objects.filter(pk=subject_key).first() or Preference(subject_key=subject_key)
