"""The newest consent of one person to one purpose, read and locked as fast as PostgreSQL gives it.

A prepared statement on the request's own connection: no cache, no model, the primary's row as it is at this instant.
Row-level security hides what does not concern the actor.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
from django.db import connection

_READ: Final = """
SELECT consent.id, consent.kind, consent.state, consent.used_at, consent.valid_until, consent.recipients,
    consent.items, notice.version
FROM consent_consent consent JOIN consent_notice notice ON notice.id = consent.notice_id
WHERE consent.subject_key = %b AND consent.purpose_id = %b
ORDER BY consent.asked_at DESC, consent.id DESC LIMIT 1
FOR NO KEY UPDATE OF consent
"""


@dataclass(frozen=True, slots=True)
class Newest:
    """What a decision reads of a consent."""

    id: UUID
    kind: str
    state: str
    used_at: datetime | None
    valid_until: datetime | None
    recipients: list[UUID]
    items: list[UUID]
    notice_version: int


def locked(subject_key: bytes, purpose: UUID) -> Newest | None:
    """The newest consent, held until the transaction ends; needs one."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(_READ, (subject_key, purpose), prepare=True).fetchone()
    return Newest(*row) if row else None
