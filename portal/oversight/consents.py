"""What agencies did with consents, for the regulator: withdrawals not obeyed in time, and what the portal found."""

from datetime import timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consent import acknowledging, findings
from consent.models import FindingKind
from portal.accounts.access import SignedIn, regulator_required
from portal.ledger import queries as ledger

SHOWN: Final = 100
YEAR: Final = timedelta(days=365)


@regulator_required
@never_cache
@require_safe
def consents(request: SignedIn) -> HttpResponse:
    """Who is late, what was permitted and not reported, what nobody needs, and what nothing covers."""
    at = timezone.now()
    context = {
        "late": acknowledging.late_stops(at=at)[:SHOWN],
        "unreported": findings.open_findings(FindingKind.UNREPORTED)[:SHOWN],
        "unused": findings.open_findings(FindingKind.UNUSED)[:SHOWN],
        "uncovered": ledger.marked_since(at - YEAR, SHOWN),
    }
    return render(request, "oversight/consents.html", context)
