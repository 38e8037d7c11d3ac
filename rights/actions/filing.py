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
from rights import changes, clock, holders, policy, transfers
from rights.actions.answering import Upload
from rights.actions.evidence import keep_evidence
from rights.actions.steps import end_pause, few_words, locked, note, say, tell_agency, words
from rights.changes import Change
from rights.errors import (
    AgencyUnknown,
    ChangeMissing,
    DatasetUnknown,
    ItemUnknown,
    NotPortable,
    NotThisKind,
    OutsideMandate,
    PeriodBackwards,
    ReceiverUnknown,
    UnknownRequest,
)
from rights.models import Format, Kind, Part, RightsRequest
from rights.states import OPEN, PartState, RequestState


@dataclass(frozen=True)
class Filing:
    """What a person asks. No dataset and no agency named: everything that is held."""

    kind: Kind
    datasets: Sequence[UUID] = ()
    words: str = ""
    period_from: date | None = None
    period_to: date | None = None
    id: UUID = field(default_factory=new_id)  # the same filing sent twice is one request
    agencies: Sequence[UUID] = ()
    items: Sequence[UUID] = ()
    changes: Sequence[Change] = ()
    about_event: UUID | None = None
    about_consent: UUID | None = None
    added: Sequence[UUID] = ()
    wants_review: bool = False
    format: Format = Format.BOTH
    receiver: UUID | None = None


@transaction.atomic
def submit(filing: Filing, *, actor: Actor, at: datetime) -> RightsRequest:
    """File a request whole, without a draft before it. Raises what `send` raises."""
    return send(make(filing, actor=actor, at=at), actor=actor, at=at)


def make(filing: Filing, *, actor: Actor, at: datetime) -> RightsRequest:
    """The request as a draft, with its changes."""
    request = RightsRequest(
        id=filing.id,
        number=_number(filing.id, at),
        subject_key=actor.subject_key,
        filed_by=actor.user_id,
        kind=filing.kind,
        jurisdiction=settings.PORTAL_JURISDICTION,
        datasets=list(filing.datasets),
        agencies=list(filing.agencies),
        items=list(filing.items),
        added=list(filing.added),
        about_event=filing.about_event,
        about_consent=filing.about_consent,
        wants_review=filing.wants_review,
        format=filing.format,
        receiver_id=filing.receiver,
        period_from=filing.period_from,
        period_to=filing.period_to,
        words=few_words(filing.words, "words"),
        language=accounts.reader_language(),
        saved_at=at,
    )
    policy.require(actor, "rights.submit", request)
    require_sound(request, actor)
    request.save(force_insert=True)
    for change in filing.changes:
        changes.put(request, change)
    return request


@transaction.atomic
def send(draft: RightsRequest, *, actor: Actor, at: datetime) -> RightsRequest:
    """File a draft; from now on the clocks run (PIPL 44–50, GDPR 12). The outbox has it routed.

    Raises PeriodBackwards, ChangeMissing, DatasetUnknown, ItemUnknown, NotPortable, OutsideMandate and the like.
    """
    request = locked_request(draft, "rights.submit", actor)
    require_sound(request, actor)
    require_complete(request)
    right = law.jurisdiction(request.jurisdiction).rights[request.kind]
    request.number = _number(request.pk, at)
    request.submitted_at, request.filed_by, request.language = at, actor.user_id, accounts.reader_language()
    request.move_to(RequestState.SUBMITTED)
    request.save(update_fields=["number", "submitted_at", "filed_by", "language", "state"])
    key = bytes(request.subject_key)
    trail.record(
        "rights.request.submitted",
        actor=actor,
        at=at,
        about=request,
        subject=key,
        kind=request.kind,
        article=right.article.ref,
    )
    inbox.tell(key, "request_submitted", at=at, about=request, number=request.number)
    tell_of_act("rights.submitted", request, actor=actor, at=at)
    outbox.put("rights.request.submitted", request_id=request.pk)
    return request


def locked_request(request: RightsRequest, act: str, actor: Actor) -> RightsRequest:
    """The request's newest row, held until the transaction ends; raises UnknownRequest, NotPermitted."""
    found = RightsRequest.objects.select_for_update().filter(pk=request.pk).first()
    if found is None:
        raise UnknownRequest
    policy.require(actor, act, found)
    return found


def require_sound(request: RightsRequest, actor: Actor) -> None:
    """What is wrong whenever it is said, in a draft or at its sending."""
    if request.period_from and request.period_to and request.period_to < request.period_from:
        raise PeriodBackwards
    if set(request.datasets) - catalogue.names_of_datasets(request.datasets).keys():
        raise DatasetUnknown
    named = {*request.agencies, *request.added}
    if named - catalogue.names_of_agencies(named).keys():
        raise AgencyUnknown
    if set(request.items) - {item.pk for item in catalogue.items_in(request.datasets)}:
        raise ItemUnknown
    if request.receiver_id and request.kind != Kind.PORTABILITY:
        raise NotThisKind
    if request.receiver_id and not transfers.receivers().filter(pk=request.receiver_id).exists():
        raise ReceiverUnknown
    _require_covered(request, actor)


def require_complete(request: RightsRequest) -> None:
    """What must be there before it is sent."""
    if request.kind == Kind.CORRECTION and not request.words.strip() and not request.changes.exists():
        raise ChangeMissing
    if request.kind == Kind.PORTABILITY and not holders.of(request):
        raise NotPortable


def _require_covered(request: RightsRequest, actor: Actor) -> None:
    """A representative for certain agencies names datasets or agencies, all of them those; raises OutsideMandate."""
    if actor.mandate is None or not actor.mandate.agencies:
        return
    asked = {*catalogue.agencies_of_datasets(request.datasets), *request.agencies, *request.added}
    if not (request.datasets or request.agencies) or not actor.may_act("file", *asked):
        raise OutsideMandate


def tell_of_act(event: str, request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """To the represented person, where a representative acts."""
    representation.tell_of_act(event, about_zh=request.number, about_en=request.number, actor=actor, at=at)


def _number(identifier: UUID, at: datetime) -> str:
    """What people quote on the telephone: the day and eight characters of the id's random part."""
    tail = base64.b32encode(identifier.bytes[-5:]).decode()
    return f"{timezone.localdate(at):%Y%m%d}-{tail}"


@transaction.atomic
def answer_question(part: Part, *, text: str, actor: Actor, at: datetime, files: Sequence[Upload] = ()) -> Part:
    """Tell the department what it asked, with files if wished; its clock runs on from here."""
    part = locked(part, "rights.answer_question", actor)
    text = words(text)
    if part.state != PartState.INFORMATION_NEEDED:
        raise IllegalMove  # nobody asked, and acknowledging is the department's
    for file in files:
        keep_evidence(part.request, name=file.name, content=file.content, at=at, part=part)
    part.move_to(PartState.ACKNOWLEDGED)
    end_pause(part, at=at)
    clock.set_due(part, clock.recounted(part, jurisdiction=part.request.jurisdiction))
    say(part, text, is_from_agency=False, at=at)
    note(part, "question_answered", actor=actor, at=at, fields=clock.DUE, due_at=part.due_at)
    tell_agency(part, "message", at=at)
    tell_of_act("rights.answered", part.request, actor=actor, at=at)
    return part


@transaction.atomic
def withdraw(request: RightsRequest, *, actor: Actor, at: datetime) -> RightsRequest:
    """Take a request back. What was answered stays; no department needs to answer the rest."""
    request = locked_request(request, "rights.withdraw", actor)
    request.move_to(RequestState.WITHDRAWN)
    request.closed_at = at
    request.save(update_fields=["state", "closed_at"])
    for part in open_parts(request):
        part.move_to(PartState.CANCELLED)
        end_pause(part, at=at)
        note(part, "cancelled", actor=actor, at=at)
        tell_agency(part, "cancelled", at=at)
    trail.record("rights.request.withdrawn", actor=actor, at=at, about=request, subject=bytes(request.subject_key))
    tell_of_act("rights.withdrawn", request, actor=actor, at=at)
    return request


def open_parts(request: RightsRequest) -> QuerySet[Part]:
    """Those that are not answered yet, held until the transaction ends."""
    rows = Part.objects.select_for_update(of=("self",)).select_related("request", "agency")
    return rows.filter(request=request, state__in=OPEN).order_by("pk")
