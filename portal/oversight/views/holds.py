"""Legal holds, set and lifted by the regulator."""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import SignedIn, regulator_required
from portal.ledger import queries as ledger
from portal.ledger import retention
from portal.oversight.forms import HoldForm
from portal.trail.actor import current
from portal.trail.errors import NotFound, Refusal


@regulator_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def holds(request: SignedIn) -> HttpResponse:
    """What is kept beyond its term, and why; and a form for more."""
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            retention.set_hold(**form.wanted(), actor=current(), at=timezone.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            return redirect("oversight:holds")
    page = {"form": form, "holds": ledger.holds(), "drops": ledger.drops()}
    return render(request, "oversight/holds.html", page, status=422 if form.errors else 200)


@regulator_required
@require_POST
def lift(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    found = next((hold for hold in ledger.holds() if hold.pk == identifier), None)
    if found is None:
        raise NotFound
    retention.lift_hold(found, actor=current(), at=timezone.now())
    return redirect("oversight:holds")
