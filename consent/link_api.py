"""The departments' call in the middle of a service, and the acknowledgement of a withdrawal."""

from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from consent import acknowledging, linking, policy
from consent.api import ConsentView
from consent.linking import Wanted
from consent.models import Stop
from consent.serializers import StrictSerializer
from portal.trail.canonical import plain

LINK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["link", "expires_at", "asks", "left_out"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "link": {"type": "string", "format": "uri", "description": "Send the person's browser here, once."},
        "expires_at": {"type": "string", "format": "date-time"},
        "asks": {"type": "array", "items": {"type": "string"}},
        "left_out": {"type": "array", "items": {"type": "string"}, "description": "Purposes that stand already."},
    },
}
STOP: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "change": {"type": "string", "format": "uuid"},
        "consent": {"type": "string", "format": "uuid"},
        **{name: {"type": ["string", "null"], "format": "date-time"} for name in
           ("withdrawn_at", "due_at", "erase_due_at", "stopped_at", "erased_at")},
        "open": {"type": "boolean"},
    },
}  # fmt: skip


class LinkBody(StrictSerializer):
    subject = serializers.CharField(max_length=200)
    purposes = serializers.ListField(
        child=serializers.CharField(max_length=80), allow_empty=False, max_length=policy.MOST_PURPOSES
    )
    on_behalf_of = serializers.CharField(max_length=200, required=False, allow_null=True, default=None)
    return_url = serializers.CharField(max_length=500)
    state = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", trim_whitespace=False)


class AcknowledgeBody(StrictSerializer):
    erased = serializers.BooleanField(required=False, default=False)


class Links(ConsentView):
    """Send somebody here in the middle of a service, to decide on the purposes that it lacks.

    They come back to the registered `return_url` with `state` and `result`, a JWS that says what came of each.
    """

    required_scope = "consent.request"
    parser_classes = (JSONParser,)

    @extend_schema(request=LinkBody, responses={201: LINK})
    def post(self, request: Request) -> Response:
        body = LinkBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = linking.make_link(Wanted(**body.validated_data), actor=self.actor, at=timezone.now())
        path = reverse("consent:link", args=[made.token])
        told = {
            "id": str(made.link.id),
            "link": request.build_absolute_uri(path),
            "expires_at": plain(made.link.expires_at),
            "asks": made.asks,
            "left_out": made.left_out,
        }
        return self.created(told, path)


class Acknowledge(ConsentView):
    """Say that a withdrawal is obeyed: the use has stopped, and with `erased` what was used is gone."""

    required_scope = "consent.decide"
    parser_classes = (JSONParser,)

    @extend_schema(request=AcknowledgeBody, responses={200: STOP})
    def post(self, request: Request, identifier: UUID) -> Response:
        body = AcknowledgeBody(data=request.data)
        body.is_valid(raise_exception=True)
        stop = acknowledging.stop_of(policy.deciding_agency(self.actor), identifier)
        stop = acknowledging.acknowledge(
            stop, erased=body.validated_data["erased"], actor=self.actor, at=timezone.now()
        )
        return Response(_as_stop(stop))


def _as_stop(stop: Stop) -> dict[str, Any]:
    told = {
        "change": stop.id,
        "consent": stop.consent_id,
        "withdrawn_at": stop.withdrawn_at,
        "due_at": stop.due_at,
        "erase_due_at": stop.erase_due_at,
        "stopped_at": stop.stopped_at,
        "erased_at": stop.erased_at,
    }
    return {**{name: plain(value) for name, value in told.items()}, "open": stop.is_open}
