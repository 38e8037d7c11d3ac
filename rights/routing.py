"""From a request to the departments and back: what the outbox has the portal do, each exactly once."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from portal.inbox import actions as inbox
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.ids import new_id
from rights import clock, holders, minors
from rights.actions import steps
from rights.models import Package, Part, Pause, RightsRequest
from rights.states import OPEN, REQUEST_OPEN, Outcome, PartState, RequestState

PORTAL = Actor.portal()


def route(message: Message, at: datetime) -> None:
    """Split a request into a part for each holding dataset and tell each department.

    Run twice it changes nothing: the request has moved on, and a part is unique to its dataset and agency.
    """
    request = RightsRequest.objects.select_for_update().get(pk=message.payload["request_id"])
    if request.state != RequestState.SUBMITTED or request.submitted_at is None:
        return
    targets = holders.of(request)
    if not targets:
        _close(request, RequestState.ANSWERED, at=at)
        return
    due = clock.first_due(request.kind, request.jurisdiction, request.submitted_at)
    for target in targets:
        part = Part(
            id=new_id(),
            request=request,
            agency_id=target.agency_id,
            dataset_id=target.dataset_id,
            subject_key=request.subject_key,
            kind=request.kind,
            submitted_at=request.submitted_at,
            created_at=at,
        )
        clock.set_due(part, due)
        _assign(part, at=at)
    request.move_to(RequestState.IN_PROGRESS)
    request.save(update_fields=["state"])
    trail.record(
        "rights.request.routed",
        actor=PORTAL,
        at=at,
        about=request,
        subject=bytes(request.subject_key),
        parts=len(targets),
    )


def _assign(part: Part, *, at: datetime) -> None:
    code = part.request.jurisdiction
    part.of_minor = minors.is_minor(bytes(part.subject_key), at=part.submitted_at, jurisdiction=code)
    part.save(force_insert=True)
    trail.record(
        "rights.part.assigned",
        actor=PORTAL,
        at=at,
        about=part,
        subject=bytes(part.subject_key),
        agency=part.agency_id,
        request=part.request_id,
        due_at=part.due_at,
        article=part.due_article,
    )
    steps.tell_agency(part, "assigned", at=at)


def pass_on(message: Message, at: datetime) -> None:
    """Make the receiving agency's part of one that was transferred; the deadline stays what it was.

    The request is locked first: whoever takes it back meanwhile finds this part, or this finds it taken back.
    """
    old = Part.objects.get(pk=message.payload["part_id"])
    request = RightsRequest.objects.select_for_update().get(pk=old.request_id)
    if old.transferred_to.exists() or request.state not in REQUEST_OPEN:
        return
    part = Part(
        id=new_id(),
        request=request,
        agency_id=UUID(message.payload["agency_id"]),
        dataset_id=old.dataset_id,
        subject_key=old.subject_key,
        kind=old.kind,
        submitted_at=old.submitted_at,
        due_at=old.due_at,
        due_article=old.due_article,
        due_is_target=old.due_is_target,
        due_is_provisional=old.due_is_provisional,
        extended_at=old.extended_at,
        created_at=at,
        transferred_from=old,
    )
    _assign(part, at=at)
    Pause.objects.bulk_create(  # so that the deadline can be counted again at the new agency
        Pause(
            part=part,
            agency_id=part.agency_id,
            subject_key=part.subject_key,
            asked_at=asked_at,
            answered_at=answered_at,
        )
        for asked_at, answered_at in clock.pauses_of(old)
    )


def note_delivery(message: Message, at: datetime) -> None:
    """A department's system took the webhook that told of its part."""
    if message.payload["event"] != "rights.part.assigned":
        return
    part = Part.objects.select_for_update().filter(pk=message.payload["object"]).first()
    if part is None or part.state != PartState.QUEUED:
        return
    part.move_to(PartState.DELIVERED)
    part.delivered_at = at
    steps.note(part, "delivered", actor=PORTAL, at=at, fields=["delivered_at"], by="webhook")


def close(message: Message, at: datetime) -> None:
    """End a request whose last part is answered, and ask for its package. Never while a part is unanswered."""
    request = RightsRequest.objects.select_for_update().get(pk=message.payload["request_id"])
    if request.state != RequestState.IN_PROGRESS:
        return
    parts = Part.objects.filter(request=request)
    on_its_way = Q(state=PartState.TRANSFERRED, transferred_to=None)  # to an agency that has no part of it yet
    if parts.filter(on_its_way | Q(state__in=OPEN)).exists():
        return
    _close(request, _ending(set(parts.filter(state=PartState.ANSWERED).values_list("outcome", flat=True))), at=at)


def _ending(outcomes: set[str]) -> RequestState:
    """How a request ends whose parts ended so."""
    if outcomes <= {Outcome.FULFILLED, Outcome.NOTHING_HELD}:
        return RequestState.ANSWERED
    return RequestState.REFUSED if outcomes <= {Outcome.REFUSED} else RequestState.PARTLY_ANSWERED


def _close(request: RightsRequest, state: RequestState, *, at: datetime) -> None:
    request.move_to(state)
    request.closed_at = at
    request.save(update_fields=["state", "closed_at"])
    key = bytes(request.subject_key)
    trail.record("rights.request.closed", actor=PORTAL, at=at, about=request, subject=key, state=state)
    inbox.tell(key, "request_answered", at=at, about=request, number=request.number)
    Package.objects.get_or_create(request=request, defaults={"subject_key": key, "asked_at": at})
    outbox.put("rights.package.asked", request_id=request.pk)
