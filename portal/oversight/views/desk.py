from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import SignedIn, regulator_required
from portal.law import queries as law
from portal.ledger import queries as ledger
from portal.oversight import queries
from portal.oversight.forms import TimelinessForm

YEAR = relativedelta(years=1)


@regulator_required
@never_cache
@require_safe
def desk(request: SignedIn) -> HttpResponse:
    """Which agencies are late, and which shared what nothing covers."""
    agencies = queries.standings(at=timezone.now())
    totals = {
        "overdue": sum(agency.overdue for agency in agencies),
        "open": sum(agency.open for agency in agencies),
        "uncovered": sum(agency.uncovered for agency in agencies),
    }
    return render(request, "oversight/desk.html", {"agencies": agencies, "totals": totals})


@regulator_required
@never_cache
@require_safe
def timeliness(request: SignedIn) -> HttpResponse:
    """How long each agency takes, and on which grounds it refuses; a year back, of one right or of all."""
    form = TimelinessForm(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    until = timezone.localdate().replace(day=1) + relativedelta(months=1)
    agencies = queries.timeliness(until - YEAR, until, kind=kind)
    titles = {ground.code: ground.text for right in law.jurisdiction().rights.values() for ground in right.grounds}
    refusals = [
        (agency.name, titles.get(ground, ground), times)
        for agency in agencies
        for ground, times in sorted(agency.refused.items(), key=lambda pair: -pair[1])
    ]
    shown = {"agencies": agencies, "refusals": refusals, "form": form, "since": until - YEAR}
    return render(request, "oversight/timeliness.html", shown)


@regulator_required
@never_cache
@require_safe
def flagged(request: SignedIn) -> HttpResponse:
    """What is unlawful on its face, found unlawful, or came under a reference that was used before."""
    given = request.GET.get("after")
    try:
        after = UUID(given) if given else None
    except ValueError as error:
        raise Http404 from error
    return render(request, "oversight/flagged.html", {"page": ledger.flagged(after=after)})
