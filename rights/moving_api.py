"""The calls of a controller that takes over what people move to it: say so, see what is offered, fetch, acknowledge."""

from typing import Any, Final
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rights import actions, transfers
from rights.api import OfParts, cursor_of
from rights.downloads import download
from rights.serializers import ReceiptBody, ReceiverBody, as_transfer

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_WHEN: Final[dict[str, Any]] = {"type": ["string", "null"], "format": "date-time"}
TRANSFER: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "number": _TEXT,
        "size": {"type": "integer"},
        "sha256": _TEXT,
        "offered_at": _WHEN,
        "received_at": _WHEN,
        "package": {"type": "string", "description": "Where to fetch it; until it is acknowledged, or 30 days."},
    },
}
LIST: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": TRANSFER}, "next": {"type": ["string", "null"]}},
}
CURSOR: Final[dict[str, Any]] = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}]}


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
        operation_id="rights_transfers_list", parameters=[OpenApiParameter("after", CURSOR)], responses={200: LIST}
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
        body = ReceiptBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data["sha256"]
        done = actions.acknowledge_transfer(identifier, sha256=given, actor=self.actor, at=timezone.now())
        return Response(as_transfer(done))
