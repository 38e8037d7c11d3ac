"""A person's copy of their requests: what they asked, every part, every word, and which files came back."""

from collections.abc import Iterator

from portal.trail.copies import CHUNK, Row, Word
from rights import queries
from rights.models import Part, RightsRequest


def requests(subject_key: bytes) -> Iterator[Row]:
    """Every request, the newest first. Files are listed; they are downloaded from their request."""
    rows = queries.requests_of(subject_key).prefetch_related(
        "parts__agency", "parts__dataset", "parts__messages", "parts__files"
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield {
            "number": row.number,
            "right": Word(row.kind, row.get_kind_display()),
            "state": Word(row.state, row.get_state_display()),
            "words": row.words,
            "period_from": row.period_from,
            "period_to": row.period_to,
            "filed_at": row.submitted_at,
            "closed_at": row.closed_at,
            "parts": [_part(part) for part in _in_order(row)],
            "id": row.id,
        }


def _in_order(row: RightsRequest) -> list[Part]:
    return sorted(row.parts.all(), key=lambda part: part.created_at)


def _part(part: Part) -> Row:
    messages = sorted(part.messages.all(), key=lambda message: message.at)
    return {
        "agency": part.agency.name,
        "dataset": Word(part.dataset.code or str(part.dataset_id), part.dataset.name) if part.dataset else None,
        "state": Word(part.state, part.get_state_display()),
        "due_at": part.due_at,
        "answered_at": part.answered_at,
        "outcome": Word(part.outcome, part.get_outcome_display()) if part.outcome else None,
        "ground": part.ground,
        "reply": part.reply,
        "messages": [
            {"at": message.at, "by": "agency" if message.is_from_agency else "citizen", "text": message.text}
            for message in messages
        ],
        "files": [
            {"name": file.name, "size": file.size, "sha256": bytes(file.sha256).hex()}
            for file in part.files.all()
            if part.answered_at
        ],
    }
