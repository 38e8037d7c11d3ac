"""What everybody may see: which agencies report and how they do, and the signed heads with their proofs."""

import csv
from datetime import timedelta
from typing import Final, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.ledger import queries as ledger
from portal.oversight import queries
from portal.oversight.forms import ConsistencyForm
from portal.oversight.scoreboard import Row
from portal.trail import heads
from portal.trail import queries as trail

YEAR: Final = timedelta(days=365)
PAGE: Final = 50
SMALLEST: Final = 10  # of a month: a smaller difference could point at a person


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Which agencies report what they share, when last and how late; which do not; whose books say otherwise."""
    since = (timezone.localtime() - YEAR).date().replace(day=1)
    agencies = ledger.reporting(since)
    compared = [row for row in ledger.compared(since=since) if row.stated_sent + row.stated_denied >= SMALLEST]
    return render(
        request,
        "oversight/coverage.html",
        {
            "reporting": [row for row in agencies if row.last_at],
            "silent": [row for row in agencies if not row.last_at],
            "compared": compared,
            "differing": sum(not row.agrees for row in compared),
        },
    )


def _below(request: HttpRequest) -> int | None:
    given = request.GET.get("below", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else None


@require_safe
def heads_page(request: HttpRequest) -> HttpResponse:
    """The signed states of the record, the newest first, and a way to see that one grew out of another."""
    found = trail.heads(below=_below(request), limit=PAGE + 1)
    form = ConsistencyForm(initial={"second": found[0].size if found else None})
    page = {"heads": found[:PAGE], "next": found[PAGE - 1].size if len(found) > PAGE else None, "form": form}
    return render(request, "oversight/heads.html", page)


@require_safe
def heads_json(request: HttpRequest) -> HttpResponse:
    """The same for machines: a cursor page of heads."""
    found = trail.heads(below=_below(request), limit=PAGE + 1)
    following = f"{request.path}?below={found[PAGE - 1].size}" if len(found) > PAGE else None
    results = [heads.document(head) for head in found[:PAGE]]
    return JsonResponse({"results": results, "next": following and request.build_absolute_uri(following)})


@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that the head of `second` leaves grew out of that of `first`."""
    form = ConsistencyForm(request.GET)
    if not form.is_valid():
        below = trail.heads(limit=PAGE)
        return render(request, "oversight/heads.html", {"heads": below, "next": None, "form": form}, status=422)
    return JsonResponse(
        heads.consistency(form.cleaned_data["first"], form.cleaned_data["second"]), json_dumps_params={"indent": 1}
    )


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
