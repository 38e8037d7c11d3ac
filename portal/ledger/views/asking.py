"""Asking why data was shared, and saying that it was not right."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.access import citizen_required, open_to_representatives
from portal.ledger import challenges
from portal.ledger.forms import AskForm
from portal.ledger.models import NoteKind
from portal.ledger.sentences import sentence
from portal.ledger.views.sharing import event_of
from portal.trail.actor import current
from portal.trail.errors import Refusal


@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def ask(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Ask both agencies why, or challenge the event; the form says by when they must answer, and by what rule."""
    event, status = event_of(identifier), 200
    form = AskForm(request.POST if request.method == "POST" else None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            kind, text = NoteKind(form.cleaned_data["kind"]), form.cleaned_data["text"]
            try:
                challenges.ask(event.id, kind, text=text, actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("Asked. You see the answer here once it is given."))
                return redirect("ledger:event", identifier=event.id)
    context = {"form": form, "event": event, "sentence": sentence(event), "rule": challenges.rule()}
    return render(request, "ledger/ask.html", context, status=status)
