"""Of what people want to hear, and who has got data about them before."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from portal.ledger.models import AlertChoice, Outcome, SharingEvent


def alert_chosen(subject_key: bytes) -> AlertChoice | None:
    """What a person chose to hear of, if they ever chose."""
    return AlertChoice.objects.filter(pk=subject_key).first()


def alert_choice(subject_key: bytes) -> AlertChoice:
    """What a person wants to hear of; what holds without a choice, where none was made."""
    return alert_chosen(subject_key) or AlertChoice(subject_key=subject_key)


def alert_choices(subject_keys: Iterable[bytes]) -> dict[bytes, AlertChoice]:
    """The same for many, in one query."""
    keys = set(subject_keys)
    found = {bytes(row.subject_key): row for row in AlertChoice.objects.filter(pk__in=keys)}
    return {key: found.get(key) or AlertChoice(subject_key=key) for key in keys}


def recipients_before(events: Sequence[SharingEvent], batch: UUID) -> set[tuple[bytes, UUID | str]]:
    """Which of these events' recipients had got data about the same person by another batch; one query."""
    rows = SharingEvent.objects.filter(subject_key__in={event.subject_key for event in events}, outcome=Outcome.SENT)
    pairs = rows.exclude(batch_id=batch).values_list("subject_key", "recipient_id", "recipient_name").distinct()
    return {(bytes(key), recipient or name) for key, recipient, name in pairs}
