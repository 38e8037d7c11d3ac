"""A granted appeal binds: the part is answered again, within a fresh term, and its request is open until then."""

from datetime import datetime

from portal.outbox.models import Message
from portal.trail.actor import Actor
from rights import clock
from rights.actions import steps
from rights.models import Appeal, Part, RightsRequest
from rights.states import AppealState, PartState, RequestState

CLOSED = (RequestState.ANSWERED, RequestState.PARTLY_ANSWERED, RequestState.REFUSED)


def reopen(message: Message, at: datetime) -> None:
    """Reopen the part of a granted appeal; run twice, or after a newer answer, it changes nothing.

    The request is locked first, as wherever both are. A part that was never answered keeps its deadline: it is late.
    """
    appeal = Appeal.objects.get(pk=message.payload["appeal_id"])
    part = Part.objects.get(pk=appeal.part_id)
    request = RightsRequest.objects.select_for_update().get(pk=part.request_id)
    part = Part.objects.select_for_update(of=("self",)).select_related("request", "agency").get(pk=part.pk)
    stands = part.state == PartState.ANSWERED and part.answered_at == appeal.answered_at
    if appeal.state != AppealState.GRANTED or appeal.decided_at is None or not stands:
        return
    if request.state == RequestState.WITHDRAWN:
        return
    part.move_to(PartState.ACKNOWLEDGED, by_appeal=True)
    part.outcome = part.ground = part.reply = part.departure = ""
    part.answered_at = part.overdue_at = None
    part.reopened_at = appeal.decided_at
    clock.set_due(part, clock.first_due(part.kind, request.jurisdiction, appeal.decided_at))
    fields = ["outcome", "ground", "reply", "departure", "answered_at", "overdue_at", "reopened_at", *clock.DUE]
    steps.note(part, "reopened", actor=Actor.portal(), at=at, fields=fields, appeal=appeal.pk, due_at=part.due_at)
    if request.state in CLOSED:
        request.move_to(RequestState.IN_PROGRESS)
        request.closed_at = None
        request.save(update_fields=["state", "closed_at"])
    steps.tell_agency(part, "reopened", at=at)
