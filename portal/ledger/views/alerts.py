"""The reader's choice of what they are told of."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.access import citizen_required
from portal.catalogue import queries as catalogue
from portal.ledger import alerts, queries
from portal.ledger.alerts import Wanted
from portal.ledger.forms import AlertForm
from portal.ledger.views.sharing import subject_key
from portal.trail.actor import current


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def alert_settings(request: HttpRequest) -> HttpResponse:
    """Of which sharing the reader hears; when mail goes out is set for all letters alike."""
    key = subject_key()
    now, occurring = queries.alert_choice(key), queries.choices_of(key)
    agencies = catalogue.names_of_agencies({*occurring.providers, *occurring.recipients, *now.agencies})
    if request.method != "POST":
        initial = {name: getattr(now, name) for name in Wanted.__dataclass_fields__}
        form, status = AlertForm(initial=initial, agencies=agencies), 200
    else:
        form, status = AlertForm(request.POST, agencies=agencies), 422
        if form.is_valid():
            alerts.choose(key, Wanted(**form.cleaned_data), actor=current(), at=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("ledger:alerts")
    return render(request, "ledger/alerts.html", {"form": form}, status=status)
