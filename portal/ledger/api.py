"""The departments' calls: report holdings and sharing, say something of an event, get a batch or a proof again."""

from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.api import DepartmentView
from portal.ledger import actions, challenges, counts, policy, proofs, queries, schemas, verifications, viewings
from portal.ledger.actions import Outcome
from portal.ledger.bodies import JsonRows, NdjsonRows
from portal.ledger.errors import UnknownBatch, UnknownCount
from portal.ledger.models import Finding, NoteKind, Verification
from portal.ledger.serializers import CountBody, DoubtBody, NoteBody, ReportBody
from portal.trail.errors import Invalid


class _Reporting(DepartmentView):
    """A call that brings up to 10 000 rows."""

    parser_classes = (JsonRows, NdjsonRows)

    def told(self, outcome: Outcome) -> Response:
        body = {
            "batch": str(outcome.batch),
            "accepted": outcome.accepted,
            "duplicates": outcome.duplicates,
            "rejected": [rejection.as_json() for rejection in outcome.rejected],
        }
        return self.created(body, _address_of(outcome.batch))


class Holdings(_Reporting):
    """About whom the caller's datasets hold records."""

    required_scope = "holdings"

    @extend_schema(request=schemas.many(schemas.HOLDING), responses={201: schemas.OUTCOME})
    def post(self, request: Request) -> Response:
        return self.told(actions.report_holdings(request.data, actor=self.actor, at=timezone.now()))


class SharingEvents(_Reporting):
    """What the caller shared."""

    required_scope = "sharing"

    @extend_schema(request=schemas.many(schemas.EVENT), responses={201: schemas.OUTCOME})
    def post(self, request: Request) -> Response:
        return self.told(actions.report_events(request.data, actor=self.actor, at=timezone.now()))


class _HasReportingScope(BasePermission):
    """Whoever may report may ask what became of it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        return token is not None and any(token.is_valid([scope]) for scope in ("holdings", "sharing"))


class Batches(DepartmentView):
    """What became of a call, for who did not hear the answer."""

    required_scope = "sharing"
    permission_classes = (_HasReportingScope,)

    @extend_schema(responses={200: schemas.OUTCOME})
    def get(self, request: Request, identifier: UUID) -> Response:
        batch = queries.batch(identifier)
        if batch.agency_id != self.actor.agency_id:  # a recipient sees it too, for the proof's sake
            raise UnknownBatch
        counts = {"accepted": batch.accepted, "duplicates": batch.duplicates}
        return Response({"batch": str(batch.id), **counts, "rejected": batch.rejected})


class Notes(DepartmentView):
    """What is later said of an event: its disposal, a correction, or the answer to what its citizen asked."""

    required_scope = "sharing"

    @extend_schema(request={"application/json": schemas.NOTE}, responses={201: schemas.NOTED})
    def post(self, request: Request, identifier: UUID) -> Response:
        body = NoteBody(data=request.data)
        body.is_valid(raise_exception=True)
        given, at = body.validated_data, timezone.now()
        kind = NoteKind(given["kind"])
        if kind == NoteKind.ANSWER:
            note = challenges.answer_event(identifier, text=given["text"], actor=self.actor, at=at)
        else:
            said = {"text": given["text"], "evidence": given["evidence"]}
            note = actions.add_note(identifier, kind, **said, actor=self.actor, at=at)
        answer = {"id": str(note.id), "event": str(note.event_id), "kind": note.kind}
        return self.created(answer, _address_of(note.batch_id))


def _told(row: Verification) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "event": str(row.event_id),
        "dataset": row.dataset.code,
        "items": row.items,
        "provider": row.provider.code,
        "doubter": row.doubter.code,
        "doubt": row.doubt,
        "due_at": row.due_at.isoformat(),
        "finding": row.finding,
        "report": row.report,
        "answered_at": row.answered_at and row.answered_at.isoformat(),
    }


class Doubts(DepartmentView):
    """The caller doubts what an event brought it; the provider must check (Decree 809, 26)."""

    required_scope = "sharing"

    @extend_schema(request={"application/json": schemas.DOUBT}, responses={201: schemas.VERIFICATION})
    def post(self, request: Request, identifier: UUID) -> Response:
        body = DoubtBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = {"items": body.validated_data.get("items", []), "text": body.validated_data["text"]}
        row = verifications.doubt(identifier, **given, actor=self.actor, at=timezone.now())
        address = reverse("ledger_api:verification", kwargs={"identifier": row.id})
        return self.created(_told(queries.verification(row.id)), address)


class Verifications(DepartmentView):
    """A doubt in which the caller takes part: it reads it, and reports on it where it is the provider."""

    required_scope = "sharing"

    @extend_schema(responses={200: schemas.VERIFICATION})
    def get(self, request: Request, identifier: UUID) -> Response:
        return Response(_told(queries.verification(identifier)))

    @extend_schema(request={"application/json": schemas.REPORT}, responses={200: schemas.VERIFICATION})
    def post(self, request: Request, identifier: UUID) -> Response:
        body = ReportBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = {"finding": Finding(body.validated_data["finding"]), "text": body.validated_data["text"]}
        verifications.report(identifier, **given, actor=self.actor, at=timezone.now())
        return Response(_told(queries.verification(identifier)))


class Proof(DepartmentView):
    """The proof of an event in which the caller took part."""

    required_scope = "sharing"

    @extend_schema(responses={200: schemas.PROOF})
    def get(self, request: Request, identifier: UUID) -> Response:
        event = queries.event_of_agency(identifier, policy.reporting_agency(self.actor))
        viewings.note_event(event, page="proof", actor=self.actor, at=timezone.now())
        return Response(proofs.proof_of(event))


class Flagged(DepartmentView):
    """What was flagged of the sharing in which the caller took part, the newest first."""

    required_scope = "sharing"

    @extend_schema(parameters=[schemas.AFTER], responses={200: schemas.FLAGGED})
    def get(self, request: Request) -> Response:
        agency = policy.reporting_agency(self.actor)
        page = queries.flagged(agency_id=agency, after=_cursor(request.query_params.get("after")))
        rows = [
            {
                "event": str(found.event.id),
                "occurred_at": found.event.occurred_at,
                "recorded_at": found.event.recorded_at,
                "provider": found.event.provider.code,
                "recipient": found.event.recipient.code if found.event.recipient else None,
                "recipient_name": found.event.recipient_name,
                "dataset": found.event.dataset.code,
                "reference": found.event.reference if found.event.provider_id == agency else None,
                "kind": found.note.kind,
                "faults": found.note.text.split() if found.note.kind == NoteKind.UNCOVERED else [],
                "said": found.note.said,
                "flagged_at": found.note.at,
            }
            for found in page.flagged
        ]
        return self.page(rows, str(page.next) if page.next else None)


class SharingCounts(DepartmentView):
    """How often the caller shared in a month by its own books, beside what it has reported of that month."""

    required_scope = "sharing"

    @extend_schema(responses={200: schemas.COMPARED})
    def get(self, request: Request, month: str) -> Response:
        return self._compared(counts.month_of(month, at=timezone.now()))

    @extend_schema(request=CountBody, responses={200: schemas.COMPARED})
    def put(self, request: Request, month: str) -> Response:
        at = timezone.now()
        first = counts.month_of(month, at=at)
        body = CountBody(data=request.data)
        body.is_valid(raise_exception=True)
        counts.state(first, **body.validated_data, actor=self.actor, at=at)
        return self._compared(first)

    def _compared(self, month: date) -> Response:
        agency = policy.reporting_agency(self.actor)
        found = next((row for row in queries.compared(since=month, agency_id=agency) if row.month == month), None)
        if found is None:
            raise UnknownCount
        stated = {"sent": found.stated_sent, "denied": found.stated_denied, "stated_at": found.stated_at}
        reported = {"sent": found.reported_sent, "denied": found.reported_denied}
        return Response({"month": f"{month:%Y-%m}", "stated": stated, "reported": reported, "missing": found.missing})


def _cursor(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise Invalid(_("This is not a cursor of ours. Follow `next`."), code="bad-cursor", field="after") from error


def _address_of(batch: UUID) -> str:
    return reverse("ledger_api:batch", kwargs={"identifier": batch})
