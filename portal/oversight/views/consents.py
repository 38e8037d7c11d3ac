"""What agencies did with consents, for the regulator: withdrawals not obeyed in time, and what the portal found."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consent import acknowledging, findings
from consent.models import FindingKind
from portal.accounts.access import SignedIn, regulator_required

SHOWN: Final = 100


@regulator_required
@never_cache
@require_safe
def consents(request: SignedIn) -> HttpResponse:
    """Who is late, what was permitted and not reported, and what nobody needs."""
    at = timezone.now()
    context = {
        "late": acknowledging.late_stops(at=at)[:SHOWN],
        "unreported": findings.open_findings(FindingKind.UNREPORTED)[:SHOWN],
        "unused": findings.open_findings(FindingKind.UNUSED)[:SHOWN],
    }
    return render(request, "oversight/consents.html", context)
