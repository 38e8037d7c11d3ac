"""Stopping a use: one click and one confirmation, from the list, from the consent, from the link in a mail."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from consent import actions, queries, withdrawal
from consent.errors import LinkNotYours
from consent.forms import TogetherForm
from consent.models import Consent, Way
from consent.states import STANDING
from portal.accounts import callers
from portal.accounts.access import SignedIn, citizen_required, open_to_representatives, subject_of
from portal.accounts.limits import limited
from portal.accounts.models import User
from portal.trail.actor import Actor, ActorKind, acting_as, current
from portal.trail.errors import NotFound, Refusal

STOPPED = _("This has been stopped. What was done before stays done.")


@open_to_representatives("consent")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def withdraw(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """What stops and what does not; then one confirmation."""
    found = queries.consent(subject_of(request), identifier)
    origin = (request.POST if request.method == "POST" else request.GET).get("from", "")
    if request.method != "POST" and found.state in STANDING:
        return _ask_first(request, [found], back=_back(origin, identifier), origin=origin)
    try:
        actions.withdraw(found, actor=current(), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, str(STOPPED))
    return redirect(*_back(origin, identifier))


def _back(origin: str, identifier: UUID) -> tuple[Any, ...]:
    return ("consent:index",) if origin == "list" else ("consent:consent", identifier)


@open_to_representatives("consent")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def together(request: SignedIn) -> HttpResponseBase:
    """Everything of one recipient, one purpose or one dataset, or all there is: shown first, then stopped at once.

    What is stopped is what was shown: a consent given in the meantime is not among it.
    """
    form = TogetherForm(request.GET)
    if not form.is_valid():
        raise NotFound
    found = withdrawal.chosen(subject_of(request), **form.cleaned_data)
    if request.method == "POST":
        shown = set(request.POST.getlist("consents"))
        chosen = [one for one in found if str(one.id) in shown]
        stopped = actions.withdraw_together(chosen, actor=current(), at=timezone.now())
        said = ngettext("%(count)d use has been stopped.", "%(count)d uses have been stopped.", len(stopped))
        messages.success(request, said % {"count": len(stopped)})
        return redirect("consent:index")
    if not found:
        messages.info(request, _("There is nothing to stop: you allow nothing of this kind now."))
        return redirect("consent:index")
    return _ask_first(request, found, back=("consent:index",))


def _ask_first(request: SignedIn, consents: list[Consent], *, back: tuple[Any, ...], origin: str = "") -> HttpResponse:
    impact = withdrawal.impact(subject_of(request), consents)
    return render(request, "consent/stop.html", {"impact": impact, "back": redirect(*back).url, "origin": origin})


# ------------------------------------------------------------------ from a mail, signed in or not
@limited("verify", by=callers.network_of)
@require_http_methods(["GET", "HEAD", "POST"])
def by_mail(request: HttpRequest) -> HttpResponseBase:
    """The link in a mail stops one consent: it is opened, shown what stops, confirmed, done.

    Who is signed in as somebody else is told so. Raises MailLinkOver for a link that does not hold.
    """
    key, identifier = withdrawal.opened(request.GET.get("link", ""))
    user = request.user
    if isinstance(user, User) and bytes(user.subject_key or b"") != key:
        raise LinkNotYours
    with acting_as(Actor(ActorKind.CITIZEN, user_id=user.pk, subject_key=key)):
        return _by_link(request, queries.consent(key, identifier))


def _by_link(request: HttpRequest, found: Consent) -> HttpResponse:
    """As the person whose link it is; what is shown is read before anybody else acts again."""
    if found.state not in STANDING:
        return render(request, "consent/stopped_by_mail.html", {"consent": found, "done": False}, status=409)
    if request.method == "POST":
        stopped = actions.withdraw(found, actor=current(), at=timezone.now(), way=Way.MAIL)
        return render(request, "consent/stopped_by_mail.html", {"consent": stopped, "done": True})
    impact = withdrawal.impact(found.subject_key, [found])
    return render(request, "consent/stop.html", {"impact": impact, "by_mail": True})
