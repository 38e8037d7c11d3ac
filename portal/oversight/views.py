import csv
from typing import cast

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import SignedIn, regulator_required
from portal.law import queries as law
from portal.oversight import queries
from portal.oversight.forms import TimelinessForm
from portal.oversight.scoreboard import Row

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


# ------------------------------------------------------------------ for everybody
@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """The scoreboard: how each agency answers, and what it shares without cover. Small counts are withheld."""
    return render(request, "oversight/agencies.html", {"published": queries.publication("agencies")})


@require_safe
def agencies_json(request: HttpRequest) -> HttpResponse:
    """The same for machines."""
    published = queries.publication("agencies")
    return JsonResponse(published.content if published else {"rows": []}, json_dumps_params={"ensure_ascii": False})


@require_safe
def agencies_csv(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet (RFC 4180); an empty cell is a figure that is withheld, or that there is none of."""
    published = queries.publication("agencies")
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="agencies.csv"'
    writer = csv.DictWriter(response, list(Row.__annotations__))
    writer.writeheader()
    writer.writerows(cast("list[Row]", published.content["rows"]) if published else [])
    return response
