"""The citizen's pages: what I allow, what is asked of me, and one consent with its buttons."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from consent import actions, queries
from consent.forms import AllowForm
from consent.link_views import onward
from consent.models import Consent
from consent.states import ConsentState
from portal.accounts import limits
from portal.accounts import queries as accounts
from portal.accounts.access import SignedIn, citizen_required, open_to_representatives, subject_of
from portal.accounts.limits import limited
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal

LATEST_DECISIONS: Final = 20


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """What the reader allows now, what is asked, what they refused, what ended."""
    shelf = queries.shelf(subject_of(request))
    return render(request, "consent/index.html", {"shelf": shelf, "at": timezone.now()})


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def consent(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One question, or what became of it."""
    found = queries.consent(subject_of(request), identifier)
    return _page(request, found, at=timezone.now())


def _page(
    request: SignedIn, found: Consent, *, at: datetime, form: AllowForm | None = None, status: int = 200
) -> HttpResponse:
    wishes = queries.items_of(found.purpose_id)
    is_asked = found.state == ConsentState.REQUESTED
    notice = (queries.current_notice(found.purpose_id) if is_asked else None) or found.notice
    language = accounts.reader_language()
    if is_asked and form is None:
        form = AllowForm(
            wishes=wishes,
            longest_days=found.purpose.longest_days,
            at=at,
            initial={"notice": notice.pk, "language": language},
        )
    ticked = set(form["items"].value() or []) if form else set()
    context = {
        "consent": found,
        "purpose": found.purpose,
        "notice": notice,
        "language": language,
        "form": form,
        "lines": [(wish, str(wish.item_id) in ticked) for wish in wishes],
        "covered": [wish for wish in wishes if wish.item_id in found.items],
        "recipients": queries.named(found.recipients),
        "basis": law.jurisdiction().legal_bases.get(found.purpose.legal_basis),
        "events": queries.events_of(found.subject_key, found.id),
        "decisions": [] if is_asked else queries.decisions_of(found.subject_key, found.id, LATEST_DECISIONS),
        "days_left": max(0, (timezone.localdate(found.answer_by) - timezone.localdate(at)).days),
        "at": at,
    }
    return render(request, "consent/consent.html", context, status=status)


@open_to_representatives("consent")
@require_POST
@citizen_required
def give(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Allow what was ticked; what is wrong is shown again at its field, and nothing was changed."""
    at = timezone.now()
    found = queries.consent(subject_of(request), identifier)
    if found.state != ConsentState.REQUESTED:
        messages.info(request, _("This has been answered already."))
        return redirect("consent:consent", identifier)
    form = AllowForm(
        request.POST, wishes=queries.items_of(found.purpose_id), longest_days=found.purpose.longest_days, at=at
    )
    if not form.is_valid():
        return _page(request, found, at=at, form=form, status=422)
    try:
        actions.give(
            found,
            items=form.chosen(),
            valid_until=form.valid_until(),
            notice=form.cleaned_data["notice"],
            language=form.cleaned_data["language"] or accounts.reader_language(),
            actor=current(),
            at=at,
        )
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return _page(request, found, at=at, form=form, status=refusal.status)
    messages.success(request, _("You allow this now. You can stop it at any time."))
    return redirect(onward(request, identifier))


def _one_step(act: Callable[..., Consent], said: Promise) -> Callable[..., HttpResponseBase]:
    """A button that needs no form: act, say so, go back."""

    @open_to_representatives("consent")
    @require_POST
    @citizen_required
    def press(request: SignedIn, identifier: UUID) -> HttpResponseBase:
        found = queries.consent(subject_of(request), identifier)
        try:
            act(found, actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, str(said))
        if request.POST.get("from") == "list":
            return redirect("consent:index")
        return redirect(onward(request, identifier))

    return press


refuse = _one_step(actions.refuse, _("You did not allow this."))
withdraw = _one_step(actions.withdraw, _("This has been stopped. What was done before stays done."))
pause = _one_step(actions.pause, _("This is paused until you resume it."))
resume = _one_step(actions.resume, _("This goes on, on the terms you agreed to."))


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def receipt(request: SignedIn, identifier: UUID) -> HttpResponse:
    """The newest receipt, a signed text for the reader to keep."""
    token = queries.receipt_of(subject_of(request), identifier)
    headers = {"Content-Disposition": f'attachment; filename="consent-{identifier}.jws"'}
    return HttpResponse(token + "\n", content_type="text/plain; charset=utf-8", headers=headers)
