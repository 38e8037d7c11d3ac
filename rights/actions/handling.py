"""What a department does with a part until it answers: by its clerk or by its system, the same acts."""

from datetime import datetime

from django.db import transaction

from portal.accounts import actions as accounts
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove
from rights import clock
from rights.actions.approvals import require_approval
from rights.actions.steps import end_pause, locked, note, say, tell_person, words
from rights.errors import AgencyUnknown, ExtendedAlready, SameAgency
from rights.models import Part, Pause
from rights.states import PartState


@transaction.atomic
def mark_delivered(part: Part, *, actor: Actor, at: datetime) -> Part:
    """The department has it: its system took the webhook or fetched the part, or its clerk's queue showed it."""
    part = locked(part, "rights.deliver", actor)
    if part.state == PartState.QUEUED:
        part.move_to(PartState.DELIVERED)
        part.delivered_at = at
        note(part, "delivered", actor=actor, at=at, fields=["delivered_at"])
    return part


@transaction.atomic
def acknowledge(part: Part, *, actor: Actor, at: datetime) -> Part:
    """Say that work has begun. While the person is asked something, only their answer sets the clock going again."""
    part = mark_delivered(locked(part, "rights.acknowledge", actor), actor=actor, at=at)
    if part.state == PartState.INFORMATION_NEEDED:
        raise IllegalMove
    part.move_to(PartState.ACKNOWLEDGED)
    part.acknowledged_at = at
    note(part, "acknowledged", actor=actor, at=at, fields=["acknowledged_at"])
    tell_person(part, "part_acknowledged", at=at)
    return part


@transaction.atomic
def ask(part: Part, *, text: str, actor: Actor, at: datetime) -> Part:
    """Ask the person something that is needed to go on; the clock stands until they answer."""
    part = locked(part, "rights.ask", actor)
    text = words(text)
    if part.state in (PartState.QUEUED, PartState.DELIVERED):
        part = acknowledge(part, actor=actor, at=at)
    part.move_to(PartState.INFORMATION_NEEDED)
    Pause.objects.create(part=part, agency_id=part.agency_id, subject_key=part.subject_key, asked_at=at)
    say(part, text, is_from_agency=True, at=at)
    note(part, "asked", actor=actor, at=at)
    tell_person(part, "part_question", at=at)
    return part


@transaction.atomic
def extend(part: Part, *, reason: str, actor: Actor, at: datetime) -> Part:
    """Give the department its one lawful extension, with its reason (GDPR 12(3); Decree 809, 21).

    The row is locked before it is read: two clerks must not extend twice. Raises ExtendedAlready, NotExtendable or
    TooLateToExtend.
    """
    part = locked(part, "rights.extend", actor)
    reason = words(reason, "reason")
    if part.extended_at is not None:
        raise ExtendedAlready
    if part.state in (PartState.QUEUED, PartState.DELIVERED):
        part = acknowledge(part, actor=actor, at=at)
    part.require_open()
    rule = clock.rule_of(part.kind, part.request.jurisdiction)
    pauses, code = clock.pauses_of(part), part.request.jurisdiction
    clock.set_due(part, law.extended(rule, clock.started_at(part), pauses, told_at=at, code=code))
    part.extended_at = at
    say(part, reason, is_from_agency=True, at=at)
    note(part, "extended", actor=actor, at=at, fields=["extended_at", *clock.DUE], due_at=part.due_at)
    tell_person(part, "part_extended", at=at)
    return part


@transaction.atomic
def transfer(part: Part, *, agency: str, reason: str, actor: Actor, at: datetime) -> Part:
    """Pass a part on to the agency that really holds the data; the deadline goes with it.

    The new part is made by the portal after commit: a department may not write into another's rows.
    """
    part = locked(part, "rights.transfer", actor)
    reason = words(reason, "reason")
    receiver = catalogue.agencies([agency]).get(agency)
    if receiver is None or not receiver.active:
        raise AgencyUnknown
    if receiver.pk == part.agency_id:
        raise SameAgency
    part = mark_delivered(part, actor=actor, at=at)
    part.move_to(PartState.TRANSFERRED)
    end_pause(part, at=at)
    clock.set_due(part, clock.recounted(part, jurisdiction=part.request.jurisdiction))
    say(part, reason, is_from_agency=True, at=at)
    note(part, "transferred", actor=actor, at=at, fields=clock.DUE, receiver=receiver.code)
    tell_person(part, "part_transferred", at=at)
    outbox.put("rights.part.transferred", part_id=part.pk, agency_id=receiver.pk)
    return part


@transaction.atomic
def show_person(part: Part, *, reason: str, actor: Actor, at: datetime) -> accounts.Disclosed:
    """Show the department whom its part is about; each look is recorded and the person sees it.

    Raises ApprovalNeeded where the person is a minor and nobody approved that this actor sees who it is.
    """
    part = locked(part, "rights.disclose", actor)
    require_approval(part, actor)
    about = f"rights.part:{part.pk}"
    return accounts.disclose(bytes(part.subject_key), reason=words(reason, "reason"), about=about, actor=actor, at=at)
