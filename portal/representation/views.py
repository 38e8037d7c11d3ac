"""Who acts for whom: the citizen's pages, and the clerk's at the counter. Every page here is its reader's own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import SignedIn, assured, citizen_required, clerk_required, subject_of
from portal.accounts.levels import Level
from portal.catalogue import queries as catalogue
from portal.representation import actions, middleware, policy, queries, sentences
from portal.representation.actions import Grant, Wish
from portal.representation.errors import UnknownRepresentation
from portal.representation.forms import NAMES, ArrangementForm, AskForm, AssistForm, CodeForm, DocumentForm, GrantForm
from portal.representation.models import Representation
from portal.representation.states import Kind, State, WaitsFor
from portal.trail.actor import current
from portal.trail.errors import Refusal

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """For whom the reader acts, who acts for them, and what was done."""
    own, at = subject_of(request), timezone.now()
    context = {
        "sides": queries.sides(own, at=at),
        "done": sentences.lines(queries.done_for(own)),
        "relatives_may": queries.relatives_may(own),
    }
    return render(request, "representation/index.html", context)


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also nothing at all; None where the form is only shown."""
    return request.POST if request.method == "POST" else None


def _refused_at(form: forms.Form, refusal: Refusal) -> int:
    """Say the refusal at its field, or above the form; its status."""
    field = NAMES.get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.message))
    return refusal.status


# ------------------------------------------------------------------ beginning
@require_http_methods(FORM_METHODS)
@citizen_required
@assured(Level.SUBSTANTIAL)
def ask(request: SignedIn) -> HttpResponseBase:
    """Ask to act for somebody by law."""
    form, status = AskForm(_posted(request)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            wish = Wish(Kind(given["kind"]), given["number"], given["name"], given["interest"])
            try:
                row = actions.ask(wish, actor=current(), at=timezone.now())
            except Refusal as refusal:
                status = _refused_at(form, refusal)
            else:
                messages.success(request, str(_after_asking(row)))
                return redirect("representation:one", row.pk)
    return render(request, "representation/ask.html", {"form": form}, status=status)


def _after_asking(row: Representation) -> str | Promise:
    if row.state == State.PROVEN:
        return _("The household register shows it. You may act for them from now on.")
    if row.waits_for == WaitsFor.PERSON:
        return _("The household register shows it. At this age they decide themselves: we asked them.")
    return _("The household register does not show this. Hand in a document that does.")


@require_http_methods(FORM_METHODS)
@citizen_required
@assured(Level.SUBSTANTIAL)
def grant(request: SignedIn) -> HttpResponseBase:
    """Let somebody act for oneself."""
    form, status = GrantForm(_posted(request), agencies=catalogue.agencies_with_datasets()), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                row = actions.grant(Grant(**given), actor=current(), at=timezone.now())
            except Refusal as refusal:
                status = _refused_at(form, refusal)
            else:
                messages.success(request, _("They were asked. Nothing begins before they accept."))
                return redirect("representation:one", row.pk)
    return render(request, "representation/grant.html", {"form": form}, status=status)


@require_http_methods(FORM_METHODS)
@citizen_required
@assured(Level.SUBSTANTIAL)
def arrangement(request: SignedIn) -> HttpResponseBase:
    """What holds after the reader's death."""
    now = "yes" if queries.relatives_may(subject_of(request)) else "no"
    form = ArrangementForm(_posted(request), initial={"relatives_may": now})
    if request.method == "POST" and form.is_valid():
        actions.arrange(**form.cleaned_data, actor=current(), at=timezone.now())
        messages.success(request, _("Your arrangement is recorded. You can change it at any time."))
        return redirect("representation:index")
    return render(request, "representation/arrangement.html", {"form": form}, status=422 if form.errors else 200)


# ------------------------------------------------------------------ one
@require_safe
@citizen_required
def one(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One representation, with what its reader can do about it."""
    return _page(request, _own(request, identifier))


def _own(request: SignedIn, identifier: UUID) -> Representation:
    """The row, if its reader is one of the two; raises UnknownRepresentation."""
    row, own = queries.one(identifier), subject_of(request)
    if own not in (bytes(row.subject_key), bytes(row.representative_key or b"")):
        raise UnknownRepresentation
    return row


def _page(
    request: SignedIn, row: Representation, *, form: DocumentForm | None = None, status: int = 200
) -> HttpResponse:
    at, actor = timezone.now(), current()
    is_live = row.state in (State.ASKED, State.PROVEN)
    may_hand_in = policy.may(actor, "representation.hand_in", row)
    context = {
        "one": queries.shown(row, at=at),
        "is_representative": bytes(row.representative_key or b"") == subject_of(request),
        "may_act": row.stands(at) and policy.may(actor, "representation.act", row),
        "may_answer": row.state == State.ASKED and policy.may(actor, "representation.answer", row),
        "may_end": is_live and policy.may(actor, "representation.end", row),
        "form": (form or DocumentForm()) if may_hand_in else None,
        "documents": queries.documents_of(row),
    }
    return render(request, "representation/one.html", context, status=status)


def _one_step(
    act: Callable[..., Representation], said: Promise, *, level: Level = Level.BASE
) -> Callable[..., HttpResponseBase]:
    """A button that needs no form: act, say so, go back."""

    @require_POST
    @citizen_required
    @assured(level)
    def press(request: SignedIn, identifier: UUID) -> HttpResponseBase:
        row = _own(request, identifier)
        try:
            act(row, actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, str(said))
        return redirect("representation:one", identifier)

    return press


accept = _one_step(actions.accept, _("Accepted. It is in force."), level=Level.SUBSTANTIAL)
refuse = _one_step(actions.refuse, _("Refused. Nobody can act by it."))
end = _one_step(actions.end, _("Ended. Nothing more can be done by it."))


@require_POST
@citizen_required
def hand_in(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """A document for the clerk who checks."""
    row = _own(request, identifier)
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    file = form.cleaned_data["document"]
    try:
        actions.hand_in(row, name=file.name, content=file.chunks(), actor=current(), at=timezone.now())
    except Refusal as refusal:
        form.add_error("document", str(refusal.message))
        return _page(request, row, form=form, status=refusal.status)
    messages.success(request, _("The document is with the office that checks it."))
    return redirect("representation:one", identifier)


# ------------------------------------------------------------------ acting
@require_POST
@citizen_required
@assured(Level.SUBSTANTIAL)
def act(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """From here on the pages show the represented person's record."""
    row = _own(request, identifier)
    try:
        actions.begin_acting(row, actor=current(), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return redirect("representation:one", identifier)
    middleware.begin(request, row.pk)
    return redirect(_wanted(request) or "pages:home")


def _wanted(request: HttpRequest) -> str:
    """The page of ours that a form names as the next one, or nothing."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


@require_POST
def stop(request: HttpRequest) -> HttpResponseBase:
    """Back to oneself. What was asked of a person at a counter is over with it."""
    acting = getattr(request, "acting_for", None)
    middleware.stop(request)
    if acting is None or not acting.is_assisted:
        return redirect(_wanted(request) or "pages:home")
    actions.end(acting.shown.row, actor=current(), at=timezone.now())
    response = redirect("representation:assist")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# ------------------------------------------------------------------ at the counter
@require_http_methods(FORM_METHODS)
@clerk_required
def assist(request: SignedIn) -> HttpResponseBase:
    """A clerk asks for the code of somebody who is with them."""
    form, status = AssistForm(_posted(request)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            name = request.user.get_full_name() or request.user.username
            try:
                row = actions.assist(
                    form.cleaned_data["number"], clerk_name=name, actor=current(), at=timezone.now()
                )  # fmt: skip
            except Refusal as refusal:
                status = _refused_at(form, refusal)
            else:
                return redirect("representation:code", row.pk)
    return render(request, "representation/assist.html", {"form": form}, status=status)


@require_http_methods(FORM_METHODS)
@clerk_required
def code(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """The code that the person reads out; afterwards the clerk acts for them."""
    row = queries.one(identifier)
    if not policy.may(current(), "representation.confirm", row):
        raise UnknownRepresentation
    form, status = CodeForm(_posted(request)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = actions.confirm(row, code=form.cleaned_data["code"], actor=current(), at=timezone.now())
                actions.begin_acting(row, actor=current(), at=timezone.now())
            except Refusal as refusal:
                status = _refused_at(form, refusal)
            else:
                middleware.begin(request, row.pk)
                return redirect("pages:home")
    context: dict[str, Any] = {"form": form, "lasts": int(policy.ASSISTED_LASTS.total_seconds() // 60)}
    return render(request, "representation/code.html", context, status=status)
