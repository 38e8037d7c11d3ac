from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import SignedIn, regulator_required
from portal.ledger import queries as ledger
from portal.oversight import queries


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
def flagged(request: SignedIn) -> HttpResponse:
    """What is unlawful on its face, found unlawful, or came under a reference that was used before."""
    given = request.GET.get("after")
    try:
        after = UUID(given) if given else None
    except ValueError as error:
        raise Http404 from error
    return render(request, "oversight/flagged.html", {"page": ledger.flagged(after=after)})
