"""Uses that need consent, for everybody to read; and to comment on, while they are only planned."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from consent import actions, policy, queries, risks
from consent.forms import CommentForm
from consent.models import Purpose
from consent.states import PurposeState
from portal.accounts import limits
from portal.trail.actor import current
from portal.trail.errors import Refusal


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is open for comment, and what was approved."""
    found = queries.public_purposes()
    at = timezone.now()
    return render(
        request,
        "consent/purposes.html",
        {
            "open": [one for one in found if _is_open(one, at)],
            "approved": [one for one in found if one.state == PurposeState.APPROVED],
        },
    )


def _is_open(purpose: Purpose, at: datetime) -> bool:
    return purpose.state == PurposeState.OPEN and purpose.comments_until is not None and at <= purpose.comments_until


@require_http_methods(["GET", "HEAD", "POST"])
def purpose(request: HttpRequest, code: str) -> HttpResponseBase:
    """Everything that one use says of itself; a signed-in citizen may comment while it is open for that."""
    found, at, actor = queries.purpose(code), timezone.now(), current()
    may_comment = _is_open(found, at) and policy.may(actor, "consent.comment", found)
    form = CommentForm(request.POST if request.method == "POST" else None) if may_comment else None
    if request.method == "POST":
        policy.require(actor, "consent.comment", found)
        limits.take("comment", limits.person(request))
        if form is None or form.is_valid():
            try:
                actions.comment(found, text=form.cleaned_data["text"] if form else "", actor=actor, at=at)
            except Refusal as refusal:
                messages.error(request, str(refusal.message))
            else:
                messages.success(request, _("We have your comment. Whose it is, nobody who decides can see."))
            return redirect("consent:purpose", code)
    context = {
        "purpose": found,
        "notice": queries.newest_notice(found.pk),
        "wishes": queries.items_of(found.pk),
        "recipients": sorted(agency.name for agency in found.recipients.all()),
        "scenarios": risks.named(found),
        "is_open": _is_open(found, at),
        "form": form,
        "own": queries.comments_of(actor.subject_key, found.pk) if actor.subject_key else [],
    }
    return render(request, "consent/purpose.html", context, status=422 if form and form.errors else 200)
