"""The page on which somebody stands whom a service sent here: what it lacks, each question a step away, and back."""

from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.http.request import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from consent import linking
from consent.errors import LinkOfAnother, LinkOver, LinkUnknown
from consent.models import ConsentLink
from consent.states import ConsentState
from portal.accounts.access import SignedIn, citizen_required, open_to_representatives
from portal.accounts.middleware import refused
from portal.representation import queries as representation
from portal.trail.actor import current
from portal.trail.errors import NotFound, Refusal

SESSION_KEY = "consent_link"


@open_to_representatives("see", "consent", "file")
@require_safe
@citizen_required
def link(request: SignedIn, token: str) -> HttpResponseBase:
    """What the service asks and what was decided; or, for a representative, the way to act for the person."""
    at = timezone.now()
    try:
        found = _opened(token)
    except (LinkOfAnother, LinkOver, LinkUnknown) as refusal:
        return _refused(request, refusal)
    if current().subject_key != bytes(found.subject_key):
        return _as_whom(request, found, token)
    questions = linking.questions(found)
    request.session[SESSION_KEY] = {"token": token, "consents": [str(consent.id) for consent in questions]}
    undecided = [consent for consent in questions if consent.state == ConsentState.REQUESTED]
    context = {"link": found, "token": token, "questions": questions, "undecided": undecided, "at": at}
    response = render(request, "consent/link.html", {**context, "host": urlsplit(found.return_url).netloc})
    return _may_lead_to(response, found)


@open_to_representatives("consent")
@require_POST
@citizen_required
def go_back(request: SignedIn, token: str) -> HttpResponseBase:
    """Back to the service with what was decided, and with nothing where nothing was. The link is then used up."""
    try:
        address = linking.go_back(_opened(token), actor=current(), at=timezone.now())
    except (LinkOfAnother, LinkOver, LinkUnknown) as refusal:
        return _refused(request, refusal)
    request.session.pop(SESSION_KEY, None)
    return HttpResponseRedirect(address)


def onward(request: HttpRequest, consent: UUID) -> str:
    """Where to go once a consent was answered: to the link that asked for it, else to the consent."""
    waiting = request.session.get(SESSION_KEY) or {}
    if str(consent) in waiting.get("consents", ()):
        return reverse("consent:link", args=[waiting["token"]])
    return reverse("consent:consent", args=[consent])


def _opened(token: str) -> ConsentLink:
    actor = current()
    own = actor.mandate.holder if actor.mandate else actor.subject_key
    if own is None:  # a clerk at a counter, who was sent by nobody
        raise NotFound
    return linking.opened(token, own_key=own, at=timezone.now())


def _as_whom(request: SignedIn, found: ConsentLink, token: str) -> HttpResponse:
    """The reader is the right one, but acts for somebody else just now, or not yet for the person."""
    holder, here = bytes(found.holder_key), reverse("consent:link", args=[token])
    shown = None
    if holder != bytes(found.subject_key) and current().mandate is None:
        standing = representation.standing(holder, at=timezone.now())
        shown = next((one for one in standing if bytes(one.row.subject_key) == bytes(found.subject_key)), None)
        if shown is None:
            raise LinkOver
    return render(request, "consent/link_as.html", {"link": found, "shown": shown, "here": here})


def _refused(request: SignedIn, refusal: Refusal) -> HttpResponseBase:
    """A page that says why, and a line in the trail: nothing was changed that it could undo."""
    linking.note_refusal(refusal, actor=current(), at=timezone.now())
    response = refused(request, refusal)
    response.changes_nothing = False  # type: ignore[attr-defined]  # else the trail's line would go too
    return response


def _may_lead_to(response: HttpResponse, found: ConsentLink) -> HttpResponse:
    """Let this page's form end at the service: browsers hold redirects after a form to form-action too."""
    parts = urlsplit(found.return_url)
    response._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]  # csp
    return response
