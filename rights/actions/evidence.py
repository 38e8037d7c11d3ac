"""Files that the person sends along, and a department that reads one: each look is recorded."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id
from rights import files, queries
from rights.actions.approvals import require_approval
from rights.actions.steps import locked
from rights.errors import TooManyFiles
from rights.models import Evidence, Part, RightsRequest


def keep_evidence(
    request: RightsRequest, *, name: str, content: Iterable[bytes], at: datetime, part: Part | None = None
) -> Evidence:
    """Take a file in and note it; one of the same name is replaced. The caller holds the request.

    Raises what `files.take_in` raises, or TooManyFiles.
    """
    name, identifier = files.safe_name(name), new_id()
    if request.evidence.exclude(name=name).count() >= files.MOST_FILES:
        raise TooManyFiles
    stored = files.take_in(content, name=name, folder="evidence", identifier=identifier)
    try:
        if part is None:
            forget_evidence(request.evidence.filter(name=name))
        return Evidence.objects.create(
            id=identifier,
            request=request,
            part=part,
            subject_key=request.subject_key,
            name=name,
            media_type=stored.media_type,
            size=stored.size,
            sha256=stored.sha256,
            stored_as=stored.stored_as,
            at=at,
        )
    except BaseException:
        files.remove(stored.stored_as)
        raise


def forget_evidence(rows: Iterable[Evidence]) -> int:
    """Remove these files of a draft, and their content once the transaction stands; how many."""
    gone = list(rows)
    for evidence in gone:
        evidence.delete()
        transaction.on_commit(partial(files.remove, evidence.stored_as))
    return len(gone)


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
