"""What the person does: files a request, answers a question, takes it back."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.representation import actions as representation
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove
from portal.trail.ids import new_id
from rights import clock, policy
from rights.actions.steps import end_pause, few_words, locked, note, say, tell_agency, words
from rights.errors import ChangeMissing, DatasetUnknown, OutsideMandate, PeriodBackwards, UnknownRequest
from rights.models import Kind, Part, RightsRequest
from rights.states import OPEN, PartState, RequestState


@dataclass(frozen=True)
class Filing:
    """What a person asks. No dataset named: everything that is held."""

    kind: Kind
    datasets: Sequence[UUID] = ()
    words: str = ""
    period_from: date | None = None
    period_to: date | None = None
    id: UUID = field(default_factory=new_id)  # the same filing sent twice is one request


@transaction.atomic
def submit(filing: Filing, *, actor: Actor, at: datetime) -> RightsRequest:
    """File a request; from now on the clocks run (PIPL 44–50, GDPR 12). The outbox has it routed.

    Raises PeriodBackwards, ChangeMissing, DatasetUnknown or OutsideMandate.
    """
    right = law.jurisdiction().rights[filing.kind]
    if filing.period_from and filing.period_to and filing.period_to < filing.period_from:
        raise PeriodBackwards
    if filing.kind == Kind.CORRECTION and not filing.words.strip():
        raise ChangeMissing
    if set(filing.datasets) - catalogue.names_of_datasets(filing.datasets).keys():
        raise DatasetUnknown
    identifier = filing.id
    request = RightsRequest(
        id=identifier,
        number=_number(identifier, at),
        subject_key=actor.subject_key,
        filed_by=actor.user_id,
        kind=filing.kind,
        jurisdiction=settings.PORTAL_JURISDICTION,
        datasets=list(filing.datasets),
        period_from=filing.period_from,
        period_to=filing.period_to,
        words=few_words(filing.words, "words"),
        language=accounts.reader_language(),
        submitted_at=at,
    )
    policy.require(actor, "rights.submit", request)
    _require_covered(filing, actor)
    request.move_to(RequestState.SUBMITTED)
    request.save(force_insert=True)
    key = bytes(request.subject_key)
    trail.record(
        "rights.request.submitted",
        actor=actor,
        at=at,
        about=request,
        subject=key,
        kind=filing.kind,
        article=right.article.ref,
    )
    inbox.tell(key, "request_submitted", at=at, about=request, number=request.number)
    _tell_of_act("rights.submitted", request, actor=actor, at=at)
    outbox.put("rights.request.submitted", request_id=request.pk)
    return request


def _require_covered(filing: Filing, actor: Actor) -> None:
    """A representative for certain agencies names datasets, all of those agencies; raises OutsideMandate."""
    if actor.mandate is None or not actor.mandate.agencies:
        return
    holders = catalogue.agencies_of_datasets(filing.datasets)
    if not filing.datasets or not actor.may_act("file", *holders):
        raise OutsideMandate


def _tell_of_act(event: str, request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """To the represented person, where a representative acts."""
    representation.tell_of_act(event, about_zh=request.number, about_en=request.number, actor=actor, at=at)


def _number(identifier: UUID, at: datetime) -> str:
    """What people quote on the telephone: the day and eight characters of the id's random part."""
    tail = base64.b32encode(identifier.bytes[-5:]).decode()
    return f"{timezone.localdate(at):%Y%m%d}-{tail}"


@transaction.atomic
def answer_question(part: Part, *, text: str, actor: Actor, at: datetime) -> Part:
    """Tell the department what it asked; its clock runs on from here."""
    part = locked(part, "rights.answer_question", actor)
    text = words(text)
    if part.state != PartState.INFORMATION_NEEDED:
        raise IllegalMove  # nobody asked, and acknowledging is the department's
    part.move_to(PartState.ACKNOWLEDGED)
    end_pause(part, at=at)
    clock.set_due(part, clock.recounted(part, jurisdiction=part.request.jurisdiction))
    say(part, text, is_from_agency=False, at=at)
    note(part, "question_answered", actor=actor, at=at, fields=clock.DUE, due_at=part.due_at)
    tell_agency(part, "message", at=at)
    _tell_of_act("rights.answered", part.request, actor=actor, at=at)
    return part


@transaction.atomic
def withdraw(request: RightsRequest, *, actor: Actor, at: datetime) -> RightsRequest:
    """Take a request back. What was answered stays; no department needs to answer the rest."""
    request = RightsRequest.objects.select_for_update().filter(pk=request.pk).first() or _unknown()
    policy.require(actor, "rights.withdraw", request)
    request.move_to(RequestState.WITHDRAWN)
    request.closed_at = at
    request.save(update_fields=["state", "closed_at"])
    for part in _open_parts(request):
        part.move_to(PartState.CANCELLED)
        end_pause(part, at=at)
        note(part, "cancelled", actor=actor, at=at)
        tell_agency(part, "cancelled", at=at)
    trail.record("rights.request.withdrawn", actor=actor, at=at, about=request, subject=bytes(request.subject_key))
    _tell_of_act("rights.withdrawn", request, actor=actor, at=at)
    return request


def _open_parts(request: RightsRequest) -> QuerySet[Part]:
    rows = Part.objects.select_for_update(of=("self",)).select_related("request", "agency")
    return rows.filter(request=request, state__in=OPEN).order_by("pk")


def _unknown() -> RightsRequest:
    raise UnknownRequest
