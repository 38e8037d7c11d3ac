"""Complaints (投诉): about anything, to the regulator; somebody there has it, decides, and the person is told."""

import base64
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.catalogue import queries as catalogue
from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.representation import actions as representation
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id
from rights import policy
from rights.actions.steps import words
from rights.errors import AgencyUnknown, UnknownComplaint
from rights.models import Complaint, Part
from rights.states import ComplaintState


@transaction.atomic
def complain(*, text: str, agency: str = "", part: Part | None = None, actor: Actor, at: datetime) -> Complaint:
    """Complain to the regulator, of an agency or a part where one is named. Raises AgencyUnknown."""
    identifier = new_id()
    due = law.due(law.jurisdiction().clocks["complaint"].rule, at)
    complaint = Complaint(
        id=identifier,
        number=f"T{timezone.localdate(at):%Y%m%d}-{base64.b32encode(identifier.bytes[-5:]).decode()}",
        subject_key=actor.subject_key,
        filed_by=actor.user_id,
        part=part,
        agency_id=part.agency_id if part else None,
        words=words(text),
        filed_at=at,
        due_at=due.at,
        due_article=due.article,
    )
    if agency and part is None:
        found = catalogue.agencies([agency]).get(agency)
        if found is None:
            raise AgencyUnknown
        complaint.agency_id = found.pk
    policy.require_own(actor, complaint)
    complaint.save(force_insert=True)
    _note(complaint, "filed", actor=actor, at=at, due_at=due.at, article=due.article)
    _tell(complaint, "complaint_filed", at=at)
    number = complaint.number
    representation.tell_of_act("rights.complained", about_zh=number, about_en=number, actor=actor, at=at)
    return complaint


@transaction.atomic
def withdraw_complaint(complaint: Complaint, *, actor: Actor, at: datetime) -> Complaint:
    """Take a complaint back."""
    complaint = _locked(complaint)
    policy.require_own(actor, complaint)
    complaint.move_to(ComplaintState.WITHDRAWN)
    complaint.save(update_fields=["state"])
    _note(complaint, "withdrawn", actor=actor, at=at)
    return complaint


@transaction.atomic
def take_complaint(complaint: Complaint, *, actor: Actor, at: datetime) -> Complaint:
    """Somebody of the regulator makes it theirs; the person is told that somebody has it."""
    complaint = _locked(complaint)
    policy.require_regulator(actor)
    complaint.move_to(ComplaintState.IN_HAND)
    complaint.assigned_to, complaint.assigned_at = actor.user_id, at
    complaint.save(update_fields=["state", "assigned_to", "assigned_at"])
    _note(complaint, "assigned", actor=actor, at=at, assignee=actor.user_id)
    _tell(complaint, "complaint_taken", at=at)
    return complaint


@transaction.atomic
def decide_complaint(complaint: Complaint, *, upheld: bool, text: str, actor: Actor, at: datetime) -> Complaint:
    """Say what came of it; whoever complained is told (PIPL 65). Raises IllegalMove before somebody has it."""
    complaint = _locked(complaint)
    policy.require_regulator(actor)
    complaint.move_to(ComplaintState.UPHELD if upheld else ComplaintState.NOT_UPHELD)
    complaint.result, complaint.decided_by, complaint.decided_at = words(text), actor.user_id, at
    complaint.save(update_fields=["state", "result", "decided_by", "decided_at"])
    _note(complaint, "upheld" if upheld else "not_upheld", actor=actor, at=at)
    _tell(complaint, "complaint_decided", at=at)
    return complaint


def _locked(complaint: Complaint) -> Complaint:
    found = Complaint.objects.select_for_update().filter(pk=complaint.pk).first()
    if found is None:
        raise UnknownComplaint
    return found


def _note(complaint: Complaint, event: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    trail.record(
        f"rights.complaint.{event}",
        actor=actor,
        at=at,
        about=complaint,
        subject=bytes(complaint.subject_key),
        **facts,
    )


def _tell(complaint: Complaint, kind: str, *, at: datetime) -> None:
    inbox.tell(bytes(complaint.subject_key), kind, at=at, about=complaint, number=complaint.number)
