"""The departments' calls: their work list, and the same steps that a clerk takes, by machine."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.api import DepartmentView
from portal.trail.errors import FileTooLarge, Invalid, NotPermitted
from rights import actions, queries, redress, transfers
from rights.actions import erasing
from rights.downloads import download
from rights.files import LARGEST
from rights.models import Approval, Format, Part
from rights.serializers import (
    DeclineBody,
    ErasureBody,
    ExtendBody,
    NothingBody,
    PartQuestionBody,
    PartReplyBody,
    ReceiptBody,
    ReceiverBody,
    StrictSerializer,
    TransferBody,
    as_file,
    as_offer,
    as_part,
    as_row,
    as_transfer,
)
from rights.states import HandoverState, Outcome, PartState

CHUNK: Final = 64 * 1024
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_WHEN: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
_CURSOR: Final[dict[str, Any]] = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}]}
_ROW: Final[dict[str, Any]] = {
    "id": {"type": "string", "format": "uuid"},
    "request": {"type": "string", "format": "uuid"},
    "number": _TEXT,
    "kind": _TEXT,
    "dataset": {"type": ["string", "null"]},
    "state": {"type": "string", "enum": PartState.values},
    "submitted_at": _WHEN,
    "due_at": _WHEN,
    "due_article": _TEXT,
    "extended_at": {"type": ["string", "null"], "format": "date-time"},
    "propagated": {"type": "boolean", "description": "It follows what the providing agency did."},
}
ROW: Final[dict[str, Any]] = {"type": "object", "properties": _ROW}
FILE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"name": _TEXT, "media_type": _TEXT, "size": {"type": "integer"}, "sha256": _TEXT},
}
PART: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        **_ROW,
        "subject": {"type": ["string", "null"], "description": "The national number while the part is open."},
        "pairwise_key": {"type": ["string", "null"]},
        "minor": {
            "type": "boolean",
            "description": "About a minor: `subject` is null until a clerk of the agency has approved it.",
        },
        "approval": {"type": ["string", "null"], "enum": ["asked", "granted", "declined", None]},
        "words": _TEXT,
        "language": _TEXT,
        "items": {"type": "array", "items": _TEXT, "description": "Codes of items; none: all of the dataset."},
        "changes": {
            "type": ["array", "null"],
            "items": {"type": "object", "properties": {"item": _TEXT, "held": _TEXT, "wanted": _TEXT}},
            "description": "What a correction asks; null wherever `subject` is.",
        },
        "evidence": {"type": ["array", "null"], "items": {"type": "object"}},
        "sharing_event": {"type": ["string", "null"], "format": "uuid"},
        "consent": {"type": ["string", "null"], "format": "uuid"},
        "wants_review": {"type": "boolean", "description": "Whether a person should decide anew (PIPL 24)."},
        "format": {"type": "string", "enum": Format.values},
        "period_from": {"type": ["string", "null"], "format": "date"},
        "period_to": {"type": ["string", "null"], "format": "date"},
        "outcome": {"type": ["string", "null"], "enum": [*Outcome.values, None]},
        "messages": {"type": "array", "items": {"type": "object"}},
        "files": {"type": "array", "items": FILE},
    },
}
LIST: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": ROW}, "next": {"type": ["string", "null"]}},
}
_MAYBE: Final[dict[str, Any]] = {"type": ["string", "null"], "format": "date-time"}
TRANSFER: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "number": _TEXT,
        "size": {"type": "integer"},
        "sha256": _TEXT,
        "offered_at": _MAYBE,
        "received_at": _MAYBE,
        "package": {"type": "string", "description": "Where to fetch it; until it is acknowledged, or 30 days."},
    },
}
TRANSFERS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": TRANSFER}, "next": {"type": ["string", "null"]}},
}


OFFER: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "number": _TEXT,
        "kind": _TEXT,
        "dataset": {"type": ["string", "null"]},
        "state": {"type": "string", "enum": HandoverState.values},
        "reason": _TEXT,
        "offered_at": _WHEN,
        "due_at": _WHEN,
    },
}
OFFERS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": OFFER}, "next": {"type": ["string", "null"]}},
}


class OfParts(DepartmentView):
    required_scope = "rights"
    parser_classes = (JSONParser,)

    @property
    def agency_id(self) -> UUID:
        """The caller's agency."""
        if self.actor.agency_id is None:  # never behind the scope
            raise NotPermitted
        return self.actor.agency_id

    def part(self, identifier: UUID) -> Part:
        return queries.part_of(self.agency_id, identifier)


class Parts(OfParts):
    """The caller's parts, in the order in which they came. Listing them is receiving them."""

    @extend_schema(
        operation_id="rights_parts_list",
        parameters=[OpenApiParameter("state", enum=[*PartState.values, ""]), OpenApiParameter("after", _CURSOR)],
        responses={200: LIST},
    )
    def get(self, request: Request) -> Response:
        state, after = request.query_params.get("state", ""), request.query_params.get("after", "")
        if state and state not in PartState.values:
            raise Invalid(_("There is no such state."), field="state")
        rows = queries.work_list(self.agency_id, state=state, after=cursor_of(after))
        shown, at = rows[: queries.WORK_PAGE], timezone.now()
        for place, part in enumerate(shown):
            if part.state == PartState.QUEUED:
                shown[place] = actions.mark_delivered(part, actor=self.actor, at=at)
        following = str(shown[-1].pk) if len(rows) > len(shown) else None
        return self.page([as_row(part) for part in shown], following)


def cursor_of(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(_("Give the id of the last part you have seen."), field="after") from error


class OnePart(OfParts):
    """One part. While it is open it says whom it is about; each look is recorded and the person sees it.

    A minor stays covered until a clerk of the agency approved that this system sees them; the first look asks.
    """

    @extend_schema(responses={200: PART})
    def get(self, request: Request, identifier: UUID) -> Response:
        part, at = self.part(identifier), timezone.now()
        if part.state == PartState.QUEUED:
            actions.mark_delivered(part, actor=self.actor, at=at)
            part = self.part(identifier)
        if not part.is_open:
            return Response(as_part(part, None))
        approval = self._approval(part, at=at) if part.of_minor else None
        if approval and not approval.granted:
            return Response(as_part(part, None, approval))
        person = actions.show_person(part, reason="rights.part", actor=self.actor, at=at)
        return Response(as_part(part, person, approval))

    def _approval(self, part: Part, *, at: datetime) -> Approval:
        """What a clerk said of this system's question; asked now if it never was, and not again once declined."""
        asked = queries.approval_of(part, self.actor)
        return asked or actions.ask_approval(part, why="rights.part", actor=self.actor, at=at)


class _Step(OfParts):
    """One step with its body; answers with the part as it is afterwards."""

    body: ClassVar[type[StrictSerializer]]
    act: ClassVar[Callable[..., Part]]

    def post(self, request: Request, identifier: UUID) -> Response:
        part = self.part(identifier)
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        type(self).act(part, **body.validated_data, actor=self.actor, at=timezone.now())
        return Response(as_row(self.part(identifier)))


@extend_schema(request=NothingBody, responses={200: ROW})
class Acknowledge(_Step):
    """Say that work has begun."""

    body, act = NothingBody, staticmethod(actions.acknowledge)


@extend_schema(request=PartQuestionBody, responses={200: ROW})
class Ask(_Step):
    """Ask the person something; the clock stands until they answer."""

    body, act = PartQuestionBody, staticmethod(actions.ask)


@extend_schema(request=ExtendBody, responses={200: ROW})
class Extend(_Step):
    """Take the one extension that the law allows."""

    body, act = ExtendBody, staticmethod(actions.extend)


@extend_schema(request=TransferBody, responses={200: ROW})
class Transfer(_Step):
    """Offer the part to the agency that holds the data; it stays here until that one takes it."""

    body, act = TransferBody, staticmethod(actions.transfer)


@extend_schema(request=PartReplyBody, responses={200: ROW})
class Reply(_Step):
    """Answer the part, with the files that were put there before."""

    body, act = PartReplyBody, staticmethod(actions.reply)


class Erased(OfParts):
    """State what was erased. A clerk of the agency confirms it; then the part can be answered as done."""

    @extend_schema(request=ErasureBody, responses={200: ROW})
    def post(self, request: Request, identifier: UUID) -> Response:
        part = self.part(identifier)
        body = ErasureBody(data=request.data)
        body.is_valid(raise_exception=True)
        erasing.state_erasure(part, **body.validated_data, actor=self.actor, at=timezone.now())
        return Response(as_row(self.part(identifier)))


class Offers(OfParts):
    """What other agencies offer to the caller's and nobody decided yet."""

    @extend_schema(operation_id="rights_offers_list", responses={200: OFFERS})
    def get(self, request: Request) -> Response:
        waiting = redress.offers_to(self.agency_id).filter(state=HandoverState.OFFERED)[: queries.WORK_PAGE]
        return self.page([as_offer(offer) for offer in waiting], None)


class AcceptOffer(OfParts):
    """Take an offered part; it is in the work list in a moment."""

    @extend_schema(request=NothingBody, responses={200: OFFER})
    def post(self, request: Request, identifier: UUID) -> Response:
        offer = redress.offer_to(self.agency_id, identifier)
        NothingBody(data=request.data).is_valid(raise_exception=True)
        return Response(as_offer(actions.accept_offer(offer, actor=self.actor, at=timezone.now())))


class DeclineOffer(OfParts):
    """Not take an offered part, and say why."""

    @extend_schema(request=DeclineBody, responses={200: OFFER})
    def post(self, request: Request, identifier: UUID) -> Response:
        offer = redress.offer_to(self.agency_id, identifier)
        body = DeclineBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            as_offer(actions.decline_offer(offer, **body.validated_data, actor=self.actor, at=timezone.now()))
        )


class EvidenceFile(OfParts):
    """A file that the person put to their request; only while the part says whom it is about."""

    @extend_schema(responses={(200, "application/octet-stream"): {"type": "string", "format": "binary"}})
    def get(self, request: Request, identifier: UUID, evidence: UUID) -> HttpResponseBase:
        part = self.part(identifier)
        found, content = actions.read_evidence(part, evidence, actor=self.actor, at=timezone.now())
        return download(content, found.name, found.media_type, found.size)


class Files(OfParts):
    """A file of the answer to come: the raw body, at most 50 MB. The same name again replaces it."""

    @extend_schema(
        request={"application/octet-stream": {"type": "string", "format": "binary"}}, responses={200: FILE, 201: FILE}
    )
    def put(self, request: Request, identifier: UUID, name: str) -> Response:
        part, plain = self.part(identifier), request._request
        if int(plain.headers.get("Content-Length") or 0) > LARGEST:
            raise FileTooLarge
        file, is_new = actions.attach(
            part,
            name=name,
            media_type=plain.content_type or "application/octet-stream",
            content=_pieces(plain),
            actor=self.actor,
            at=timezone.now(),
        )
        if is_new:
            return self.created(as_file(file), reverse("rights_api:file", args=[part.pk, file.name]))
        return Response(as_file(file))


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes in, never as a whole."""
    return iter(lambda: request.read(CHUNK), b"")


# ------------------------------------------------------------------ what people move to the caller
class Receiver(OfParts):
    """Whether the caller's agency takes over packages; people can choose those that do."""

    @extend_schema(
        operation_id="rights_receiver",
        request=ReceiverBody,
        responses={200: {"type": "object", "properties": {"active": {"type": "boolean"}}}},
    )
    def put(self, request: Request) -> Response:
        body = ReceiverBody(data=request.data)
        body.is_valid(raise_exception=True)
        receiver = actions.take_over(**body.validated_data, actor=self.actor, at=timezone.now())
        return Response({"active": receiver.active})


class Transfers(OfParts):
    """What is offered to the caller and not acknowledged yet, the oldest first."""

    @extend_schema(
        operation_id="rights_transfers_list",
        parameters=[OpenApiParameter("after", _CURSOR)],
        responses={200: TRANSFERS},
    )
    def get(self, request: Request) -> Response:
        rows = transfers.offered_to(self.agency_id, after=cursor_of(request.query_params.get("after", "")))
        shown = rows[: transfers.PAGE]
        following = str(shown[-1].pk) if len(rows) > len(shown) else None
        return self.page([as_transfer(row) for row in shown], following)


class OneTransfer(OfParts):
    """The package itself."""

    @extend_schema(responses={(200, "application/zip"): {"type": "string", "format": "binary"}})
    def get(self, request: Request, identifier: UUID) -> HttpResponseBase:
        transfer, content = actions.fetch(identifier, actor=self.actor, at=timezone.now())
        return download(content, f"{transfer.number}.zip", "application/zip", transfer.size)


class Receipt(OfParts):
    """Acknowledge what came by its hash; the portal signs it for the person."""

    @extend_schema(request=ReceiptBody, responses={200: TRANSFER})
    def post(self, request: Request, identifier: UUID) -> Response:
        transfers.one(self.agency_id, identifier)  # what is not theirs is not there, whatever they say of it
        body = ReceiptBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data["sha256"]
        done = actions.acknowledge_transfer(identifier, sha256=given, actor=self.actor, at=timezone.now())
        return Response(as_transfer(done))
