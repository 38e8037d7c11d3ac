"""Writing the trail. It can't be switched off: every action of the portal calls `record` in its own transaction."""

from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from django.db import connection, models

from portal.trail import queries
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from portal.trail.errors import Invalid
from portal.trail.models import Entry


def record(
    event: str,
    *,
    actor: Actor,
    at: datetime,
    about: models.Model | None = None,
    subject: bytes | None = None,
    agency: UUID | None = None,
    **facts: Any,
) -> Entry:
    """Note that `actor` did `event` (app.noun.participle) at `at`, in the caller's transaction.

    `subject` and `agency` are whom it concerns and who may read of it; `facts` hold identifiers, codes and counts,
    never personal data, so that erasure need not fight the trail. Where somebody acts for another, both are written:
    the user who acted, the person for whom, and the representation that let them.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the trail is written in the transaction of the act")
    if actor.mandate is not None:
        facts.setdefault("representation", actor.mandate.id)
    entry = Entry(
        at=at,
        event=event,
        actor_kind=actor.kind,
        actor_user=actor.user_id,
        actor_agency=actor.agency_id,
        actor_client=actor.client_id or "",
        on_behalf_of=actor.on_behalf_of,
        about_kind=about._meta.label if about else "",
        about_id=_identifier(about) if about else "",
        subject_key=subject,
        agency_id=agency,
        facts=plain(facts),
        salt=token_bytes(16),
    )
    entry.leaf = queries.leaf_of(entry)
    entry.save(force_insert=True)
    put_pending("trail.entry", entry.id, entry.leaf)
    return entry


def _identifier(about: models.Model) -> str:
    key = about.pk
    return "/".join(str(plain(part)) for part in key) if isinstance(key, tuple) else str(plain(key))


def put_pending(kind: str, row_id: UUID, leaf: bytes) -> None:
    """Queue a leaf for the tree; the sequencer gives it its position once no older transaction can still commit."""
    if len(leaf) != 32:
        raise Invalid("a leaf is 32 bytes")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail_pending (kind, row_id, leaf, xid) VALUES (%s, %s, %s, pg_current_xact_id())",
            [kind, row_id, leaf],
        )
