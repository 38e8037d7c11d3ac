"""A person's copy of the ledger: who holds records about them, and every sharing with what was said of it."""

from collections.abc import Iterator

from portal.ledger import queries
from portal.ledger.models import SharingEvent, SharingNote
from portal.trail.copies import CHUNK, Row, Word


def holdings(subject_key: bytes) -> Iterator[Row]:
    """Which datasets hold records about the person."""
    for row in queries.holdings_of(subject_key):
        yield {
            "agency": row.agency.name,
            "dataset": Word(row.dataset.code or str(row.dataset_id), row.dataset.name),
            "items": row.items,
            "since": row.since,
            "until": row.until,
            "reported_at": row.updated_at,
        }


def sharing(subject_key: bytes) -> Iterator[Row]:
    """Every sharing that agencies reported, the newest first."""
    cursor = None
    while True:
        page = queries.timeline(subject_key, queries.Filters(), cursor, CHUNK)
        notes = queries.notes_of(subject_key, [event.id for event in page.events])
        for event in page.events:
            yield _event(event, notes.get(event.id, []))
        cursor = page.next
        if cursor is None:
            return


def _event(event: SharingEvent, notes: list[SharingNote]) -> Row:
    return {
        "at": event.occurred_at,
        "reported_at": event.recorded_at,
        "provider": event.provider.name,
        "recipient": event.to_whom,
        "dataset": Word(event.dataset.code or str(event.dataset_id), event.dataset.name),
        "items": event.items,
        "purpose": event.purpose,
        "legal_basis": event.legal_basis,
        "citation": event.citation,
        "depth": Word(event.depth, event.get_depth_display()),
        "form": Word(event.form, event.get_form_display()),
        "outcome": Word(event.outcome, event.get_outcome_display()),
        "consent": event.consent_id,
        "notes": [
            {
                "at": note.at,
                "kind": Word(note.kind, note.get_kind_display()),
                "by": note.author.name if note.author else note.author_kind,
                "text": note.said,
            }
            for note in notes
        ],
        "id": event.id,
    }


def alerts(subject_key: bytes) -> Iterator[Row]:
    """Of which sharing the person wants to hear: one row, where they chose."""
    choice = queries.alert_chosen(subject_key)
    if choice is None:
        return
    yield {
        "new_recipient": choice.new_recipient,
        "sensitive": choice.sensitive,
        "flagged": choice.flagged,
        "depths": choice.depths,
        "agencies": [str(agency) for agency in choice.agencies],
        "purpose": choice.purpose,
    }
