"""What another agency doubted of the reader's data, and what came of it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import citizen_required, open_to_representatives
from portal.law import queries as law
from portal.ledger import queries


@open_to_representatives("see")
@require_safe
@citizen_required
def check(request: HttpRequest, identifier: UUID) -> HttpResponse:
    row = queries.verification(identifier)
    names = {item.code: item.name for item in row.dataset.items.all()}
    items = [names.get(code, code) for code in row.items]
    rule = law.jurisdiction().clocks["verification"].rule
    return render(request, "ledger/check.html", {"check": row, "items": items, "rule": rule})
