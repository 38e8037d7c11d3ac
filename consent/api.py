"""The departments' calls: ask a citizen, ask whether a use is allowed, and read what has changed."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from consent import actions, policy, queries
from consent.decisions import Question, decide
from consent.serializers import AskBody, QuestionBody, as_answer, as_request, as_rows
from portal.accounts import queries as accounts
from portal.accounts.api import DepartmentView
from portal.trail.errors import Invalid, Refusal

PAGE: Final = 100
LIMIT: Final = "3s"  # for each statement of a decision; after that 503: never a permit that nobody checked
_WITHIN: Final = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """As OpenAPI 3.1 says it."""
    return {**schema, "type": [schema["type"], "null"]}


_ID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}
_WHEN: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
ASKED: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"id": _ID, "state": {"type": "string"}, "subject": {"type": "string"}, "answer_by": _WHEN},
}
ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["decision", "reason", "consent", "notice_version", "valid_until", "decided_at", "token"],
    "properties": {
        "decision": {"type": "string", "enum": ["permit", "deny"]},
        "reason": {"type": "string"},
        "consent": _or_null(_ID),
        "notice_version": _or_null({"type": "integer"}),
        "valid_until": _or_null(_WHEN),
        "items": {"type": "array", "items": {"type": "string"}},
        "decided_at": _WHEN,
        "token": {"type": "string", "description": "Compact JWS (EdDSA); proves this answer for 60 seconds."},
        "shared_event": _or_null(_ID),
        "agreement": {
            **_or_null({"type": "string"}),
            "description": "That cites the duty, where no consent is needed.",
        },
        "citation": _or_null({"type": "string"}),
    },
}
CHANGES: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": {"type": "object"}}, "next": _or_null({"type": "string"})},
}


class ConsentView(DepartmentView):
    """A call of this register: what it refuses leaves a line in the trail, though nothing else of it stays."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, Refusal):
            response.refused_act = "consent.call.refused", exc.code  # type: ignore[attr-defined]  # ActorMiddleware
        return response


class Requests(ConsentView):
    """Ask a citizen for consent to a registered purpose of the caller's."""

    required_scope = "consent.request"
    parser_classes = (JSONParser,)

    @extend_schema(request=AskBody, responses={201: ASKED})
    def post(self, request: Request) -> Response:
        body = AskBody(data=request.data)
        body.is_valid(raise_exception=True)
        agency = policy.deciding_agency(self.actor)
        subject_key = accounts.subject_key_of(body.validated_data["subject"], agency_id=agency)
        purpose = queries.purpose(body.validated_data["purpose"])
        consent = actions.ask(subject_key, purpose, actor=self.actor, at=timezone.now())
        told = as_request(consent, agency_id=agency)
        address = reverse("consent_api:request", args=[consent.id])
        return self.created(told, f"{address}?{urlencode({'subject': told['subject']})}")


class RequestState(ConsentView):
    """What became of a question: the address that the answer to it named.

    `subject` is the caller's own key of the person, never their number: addresses stay in logs.
    """

    required_scope = "consent.request"

    @extend_schema(
        parameters=[OpenApiParameter("subject", required=True, description="The pairwise key that the answer named.")],
        responses={200: ASKED},
    )
    def get(self, request: Request, identifier: UUID) -> Response:
        agency = policy.deciding_agency(self.actor)
        subject_key = accounts.subject_of_key(request.query_params.get("subject", ""), agency_id=agency)
        return Response(as_request(queries.consent(subject_key, identifier), agency_id=agency))


class Decisions(ConsentView):
    """Whether a use is allowed now. A repeat decides afresh: there is no Idempotency-Key."""

    required_scope = "consent.decide"
    takes_idempotency_key = False
    parser_classes = (JSONParser,)

    @extend_schema(request=QuestionBody, responses={200: ANSWER})
    def post(self, request: Request) -> Response:
        body = QuestionBody(data=request.data)
        body.is_valid(raise_exception=True)
        with connection.cursor() as cursor:
            cursor.execute(_WITHIN, [LIMIT, LIMIT])
        return Response(as_answer(decide(Question(**body.validated_data), actor=self.actor, at=timezone.now())))


class Changes(ConsentView):
    """Every change that concerns the caller, in order and without gaps, after a position."""

    required_scope = "consent.decide"

    @extend_schema(
        parameters=[OpenApiParameter("after", {"type": "integer", "minimum": 0, "maximum": 10**18 - 1})],
        responses={200: CHANGES},
    )
    def get(self, request: Request) -> Response:
        agency = policy.deciding_agency(self.actor)
        rows = queries.changes(agency, _position(request.query_params.get("after", "0")), PAGE)
        following = str(rows[-1].position) if len(rows) == PAGE else None
        return self.page(as_rows(rows, agency_id=agency), following)


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid(_("Give the last position you have seen, or 0."), field="after")
    return int(text)
