"""The regulator's desk for cases: appeals that came up from an agency, and complaints."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import queries as accounts
from portal.accounts.access import SignedIn, regulator_required
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import deadlines, redress
from rights.actions import appeals, complaints
from rights.models import Kind
from rights.package import ground_of
from rights.redress_forms import DecideAppealForm, DecideComplaintForm
from rights.remedies import Level
from rights.states import APPEAL_OPEN, AppealState, ComplaintState


@regulator_required
@never_cache
@require_safe
def cases(request: SignedIn) -> HttpResponse:
    """What waits for the regulator: appeals, complaints, and parts that went up for being late."""
    found, at = list(redress.complaints_to_do()), timezone.now()
    context = {
        "appeals": list(redress.open_appeals(Level.REGULATOR)),
        "complaints": found,
        "names": redress.names_of(row.agency_id for row in found),
        "escalated": deadlines.escalated_to_regulator(),
        "at": at,
    }
    return render(request, "oversight/cases.html", context)


@regulator_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """One appeal; posted to, it is decided."""
    found = redress.appeal_to_review(Level.REGULATOR, identifier)
    form = DecideAppealForm(request.POST if request.method == "POST" else None, is_desk=False)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                appeals.decide_appeal(found, **form.answer(), actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("Decided. The person and the agency are told."))
                return redirect("rights:regulator-appeal", identifier)
    context = {
        "appeal": found,
        "part": found.part,
        "before": found.previous,
        "right": Kind(found.kind).label,
        "ground": ground_of(found.part),
        "form": form,
        "can_take": found.state == AppealState.FILED,
        "can_decide": found.state == AppealState.UNDER_REVIEW,
        "is_open": found.state in APPEAL_OPEN,
    }
    return render(request, "oversight/appeal.html", context, status=status)


@regulator_required
@require_POST
def appeal_take(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Begin to review an appeal."""
    found = redress.appeal_to_review(Level.REGULATOR, identifier)
    _done(request, lambda: appeals.take_appeal(found, actor=current(), at=timezone.now()), _("It is yours now."))
    return redirect("rights:regulator-appeal", identifier)


@regulator_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complaint(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """One complaint; posted to, it is decided."""
    found = redress.complaint(identifier)
    form = DecideComplaintForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                complaints.decide_complaint(found, **form.answer(), actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("Decided. The person is told the result."))
                return redirect("rights:regulator-complaint", identifier)
    assignees = accounts.staff_names([found.assigned_to] if found.assigned_to else [])
    context = {
        "complaint": found,
        "agency": redress.names_of([found.agency_id]).get(found.agency_id) if found.agency_id else "",
        "assignee": assignees.get(found.assigned_to) if found.assigned_to else "",
        "form": form,
        "can_take": found.state == ComplaintState.FILED,
        "can_decide": found.state == ComplaintState.IN_HAND,
    }
    return render(request, "oversight/complaint.html", context, status=status)


@regulator_required
@require_POST
def complaint_take(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Make a complaint one's own."""
    found = redress.complaint(identifier)
    _done(request, lambda: complaints.take_complaint(found, actor=current(), at=timezone.now()), _("It is yours now."))
    return redirect("rights:regulator-complaint", identifier)


def _done(request: SignedIn, act: Callable[[], Any], words: str) -> None:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, words)
