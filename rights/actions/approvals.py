"""Who may see which minor a part is about: one asks, another of the same agency decides, for that part alone."""

from datetime import datetime

from django.db import transaction

from portal.trail import actions as trail
from portal.trail.actor import Actor
from rights import queries
from rights.actions.steps import locked, words
from rights.errors import ApprovalNeeded, ApprovalPointless, SamePerson, UnknownApproval
from rights.models import Approval, Part


@transaction.atomic
def ask_approval(part: Part, *, why: str, actor: Actor, at: datetime) -> Approval:
    """Ask a colleague; who has asked already and was not declined gets the same again. Raises ApprovalPointless."""
    part = locked(part, "rights.ask_approval", actor)
    if not (part.of_minor and part.is_open):
        raise ApprovalPointless
    standing = queries.approval_of(part, actor)
    if standing and standing.granted is not False:
        return standing
    approval = Approval.objects.create(
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        asked_by=actor.user_id,
        asked_by_client=actor.client_id or "",
        asked_at=at,
        why=words(why, "why"),
    )
    _note(part, approval, "asked", actor=actor, at=at)
    return approval


@transaction.atomic
def decide_approval(approval: Approval, *, granted: bool, reason: str, actor: Actor, at: datetime) -> Approval:
    """Let who asked see the minor, or not, and say why. Raises SamePerson for who asked, ApprovalPointless."""
    part = locked(approval.part, "rights.approve", actor)
    found = Approval.objects.select_for_update().filter(pk=approval.pk, part=part).first()
    if found is None:
        raise UnknownApproval
    if found.asked_by == actor.user_id:
        raise SamePerson
    if found.decided_at is not None:
        raise ApprovalPointless
    found.granted, found.reason = granted, words(reason, "reason")
    found.decided_by, found.decided_at = actor.user_id, at
    found.save(update_fields=["granted", "reason", "decided_by", "decided_at"])
    _note(part, found, "granted" if granted else "declined", actor=actor, at=at)
    return found


def require_approval(part: Part, actor: Actor) -> None:
    """Raise ApprovalNeeded unless this actor may see whom the part is about; the database says it again."""
    approval = queries.approval_of(part, actor) if part.of_minor else None
    if part.of_minor and not (approval and approval.granted):
        raise ApprovalNeeded


def _note(part: Part, approval: Approval, event: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        f"rights.approval.{event}",
        actor=actor,
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        approval=approval.pk,
    )
