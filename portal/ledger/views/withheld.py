"""For everybody: how many events are withheld from the people they are about, by ground."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.law import queries as law
from portal.ledger import queries


@require_safe
def withheld(request: HttpRequest) -> HttpResponse:
    counts = queries.withheld_counts()
    grounds = [(ground, counts.get(code)) for code, ground in law.jurisdiction().withholdings.items()]
    return render(request, "ledger/withheld.html", {"grounds": grounds})
