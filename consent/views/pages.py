"""What I allow, what is asked of me, and one consent with its buttons."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import actions, notices, policy, queries, risks
from consent.errors import NotExtendable, UnknownConsent
from consent.forms import AllowForm, ShortenForm
from consent.models import Consent, Kind, Risk
from consent.overview import GROUPINGS, Overview
from consent.states import STANDING, ConsentState
from portal.accounts import queries as accounts
from portal.accounts.access import (
    SignedIn,
    citizen_required,
    is_assured,
    open_to_representatives,
    subject_of,
    to_be_confirmed,
)
from portal.law import queries as law
from portal.ledger import queries as ledger
from portal.trail.actor import current
from portal.trail.errors import IllegalMove, Refusal

LATEST_DECISIONS: Final = 20


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """What the reader allows now, what is asked, what they refused, what ended; by purpose, recipient or dataset."""
    overview, wanted = Overview.of(subject_of(request)), request.GET.get("by")
    by = wanted if wanted in GROUPINGS else "purpose"
    context = {"shelf": overview, "groups": overview.grouped(by), "by": by, "groupings": GROUPINGS.items()}
    return render(request, "consent/index.html", {**context, "at": timezone.now()})


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def consent(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One question, or what became of it."""
    found = queries.consent(subject_of(request), identifier)
    return page(request, found, at=timezone.now())


def page(
    request: SignedIn,
    found: Consent,
    *,
    at: datetime,
    form: AllowForm | None = None,
    status: int = 200,
    extending: bool = False,
) -> HttpResponse:
    """One consent: the question while it is one, or is put anew to be extended; else what became of it."""
    wishes = queries.items_of(found.purpose_id)
    is_asked = extending or found.state == ConsentState.REQUESTED
    notice = (queries.current_notice(found.purpose_id) if is_asked else None) or found.notice
    language = accounts.reader_language()
    if is_asked and form is None:
        initial = {"notice": notice.pk, "language": language}
        form = AllowForm(wishes=wishes, longest_days=found.purpose.longest_days, at=at, initial=initial)
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
        "extending": extending,
        "must_confirm": is_asked and not _may_decide(request, found),
        "is_child": is_asked and _is_child(found, at),
        "scenarios": risks.named(found.purpose),
        "may_extend": policy.may(current(), "consent.extend", found) and found.purpose.extendable,
        "uses": ledger.uses_by_consent(found.subject_key).get(found.id),
        "days_left": max(0, (timezone.localdate(found.answer_by) - timezone.localdate(at)).days),
        "at": at,
    }
    return render(request, "consent/consent.html", context, status=status)


def _may_decide(request: SignedIn, found: Consent) -> bool:
    """Whether whoever asks is known surely enough to allow this: a use of high risk needs more than a plain sign-in."""
    return found.purpose.risk != Risk.HIGH or is_assured(request)


def _is_child(found: Consent, at: datetime) -> bool:
    """Whether the reader is the child it is about: somebody else decides, and the child is told in its own words."""
    if current().mandate is not None:
        return False
    born_on = accounts.identity_of(found.subject_key).born_on
    return found.kind == Kind.GUARDIAN or not policy.decides_alone(born_on, timezone.localdate(at))


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
    return _decided(request, found, actions.give, at=at)


@open_to_representatives("consent")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def extend(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Decide anew about what is allowed: the whole question again, nothing ticked. Never a representative's to do."""
    at = timezone.now()
    found = queries.consent(subject_of(request), identifier)
    policy.require(current(), "consent.extend", found)
    if found.state not in STANDING or not found.purpose.extendable:
        messages.info(request, str(NotExtendable.message))
        return redirect("consent:consent", identifier)
    if request.method != "POST":
        return page(request, found, at=at, extending=True)
    return _decided(request, found, actions.extend, at=at, extending=True)


def _decided(
    request: SignedIn, found: Consent, act: Callable[..., Consent], *, at: datetime, extending: bool = False
) -> HttpResponseBase:
    """Read the form and act; what is wrong is shown again at its field."""
    if not _may_decide(request, found):
        return to_be_confirmed(
            request, back_to=reverse(f"consent:{'extend' if extending else 'consent'}", args=[found.id])
        )
    form = AllowForm(
        request.POST, wishes=queries.items_of(found.purpose_id), longest_days=found.purpose.longest_days, at=at
    )
    if not form.is_valid():
        return page(request, found, at=at, form=form, status=422, extending=extending)
    try:
        given = act(
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
        return page(request, found, at=at, form=form, status=refusal.status, extending=extending)
    messages.success(request, _("You allow this now. You can stop it at any time."))
    return redirect("consent:consent", given.id)


@open_to_representatives("consent")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def shorten(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """End a use sooner than agreed."""
    at = timezone.now()
    found = queries.consent(subject_of(request), identifier)
    if found.state != ConsentState.GIVEN:
        messages.info(request, str(IllegalMove.message))
        return redirect("consent:consent", identifier)
    form = ShortenForm(request.POST if request.method == "POST" else None, valid_until=found.valid_until, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            actions.shorten(found, valid_until=form.valid_until(), actor=current(), at=at)
        except Refusal as refusal:
            form.add_error("until" if refusal.field == "until" else None, str(refusal.message))
        else:
            messages.success(request, _("This ends sooner now, on the day you chose."))
            return redirect("consent:consent", identifier)
    context = {"consent": found, "purpose": found.purpose, "form": form}
    return render(request, "consent/shorten.html", context, status=422 if form.errors else 200)


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def shown(request: SignedIn, identifier: UUID) -> HttpResponse:
    """What was shown when a step was taken: the exact text, in the language of then, with the hash that proves it."""
    key = subject_of(request)
    event = queries.step(key, identifier)
    found = queries.consent(key, event.consent_id)
    if event.notice_hash is None:
        raise UnknownConsent
    notice = queries.notice(found.purpose_id, event.notice_version)
    language = "en" if event.language.startswith("en") else "zh"
    wishes = queries.items_of(found.purpose_id)
    told = notices.shown(notice, notice.purpose, wishes, language)
    context = {
        "consent": found,
        "event": event,
        "told": {**told, "items_shown": told["items"]},  # a template would take `items` for the method
        "hash": bytes(event.notice_hash).hex(),
        "is_the_same": notices.hash_of(notice, notice.purpose, wishes, language) == bytes(event.notice_hash),
    }
    return render(request, "consent/shown.html", context)


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
        return redirect("consent:consent", identifier)

    return press


refuse = _one_step(actions.refuse, _("You did not allow this."))
pause = _one_step(actions.pause, _("This is paused until you resume it."))
resume = _one_step(actions.resume, _("This goes on, on the terms you agreed to."))
