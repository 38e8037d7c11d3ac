from django.db.models import QuerySet

from portal.inbox.models import Letter


def letters_of(subject_key: bytes) -> QuerySet[Letter]:
    """A person's letters, the newest first."""
    return Letter.objects.filter(subject_key=subject_key).order_by("-created_at", "-id")


def unread(subject_key: bytes) -> int:
    """How many a person has not read."""
    return Letter.objects.filter(subject_key=subject_key, read_at=None).count()
