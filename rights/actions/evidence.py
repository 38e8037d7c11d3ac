"""A department reads a file that the person put to their request; each look is recorded, as one at the person is."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights import files, queries
from rights.actions.approvals import require_approval
from rights.actions.steps import locked
from rights.models import Evidence, Part


@transaction.atomic
def read_evidence(part: Part, identifier: UUID, *, actor: Actor, at: datetime) -> tuple[Evidence, Iterator[bytes]]:
    """The file and its content. Raises UnknownRequest, IllegalMove once the part is closed, or ApprovalNeeded."""
    part = locked(part, "rights.disclose", actor)
    part.require_open()
    require_approval(part, actor)
    found = queries.evidence(part.request, identifier)
    trail.record(
        "rights.evidence.read",
        actor=actor,
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        evidence=found.pk,
    )
    return found, files.opened(found.stored_as)
