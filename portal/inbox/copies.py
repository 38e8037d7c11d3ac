"""A person's copy of their inbox: when they want mail, and every letter."""

from collections.abc import Iterator

from portal.inbox import queries
from portal.trail.copies import CHUNK, Row, Word


def mail_times(subject_key: bytes) -> Iterator[Row]:
    """When the person wants mail: one row."""
    wanted = queries.mail_times(subject_key)
    yield {
        "mail_when": Word(wanted.mail_when, wanted.get_mail_when_display()),
        "quiet_from": wanted.quiet_from.isoformat("minutes") if wanted.quiet_from else None,
        "quiet_until": wanted.quiet_until.isoformat("minutes") if wanted.quiet_until else None,
    }


def letters(subject_key: bytes) -> Iterator[Row]:
    """Every letter, the newest first."""
    for letter in queries.letters_of(subject_key).iterator(chunk_size=CHUNK):
        yield {
            "at": letter.created_at,
            "kind": Word(letter.kind, letter.subject),
            "text": letter.body,
            "answer_by": letter.answer_by,
            "read_at": letter.read_at,
            "id": letter.id,
        }
