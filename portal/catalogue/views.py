"""The public catalogue: what the government holds about people, why, and who may receive it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.catalogue import queries
from portal.catalogue.errors import UnknownDataset
from portal.catalogue.forms import SearchForm
from portal.catalogue.models import Dataset
from portal.catalogue.states import DatasetState

PAGE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Search the catalogue by words, agency, classification and sharing."""
    agencies = list(queries.agencies_with_datasets())
    form = SearchForm(request.GET, agencies=agencies)
    rows = Dataset.objects.none()
    if form.is_valid():
        rows = queries.found_datasets(
            words=form.cleaned_data["words"],
            agency_code=form.cleaned_data["agency"],
            classification=form.cleaned_data["classification"],
            sharing=form.cleaned_data["sharing"],
        )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "asked": asked.urlencode(),
        "searched": any(value for name, value in request.GET.items() if name in form.fields),
    }
    return render(request, "catalogue/index.html", context, status=200 if form.is_valid() else 400)


@require_safe
def dataset(request: HttpRequest, code: str) -> HttpResponse:
    """What one dataset holds, why, on what law, and who receives it."""
    found = queries.dataset(code)
    if found.status not in {DatasetState.PUBLISHED, DatasetState.WITHDRAWN}:
        raise UnknownDataset  # what only waits for approval is no public page, not even for those who may see it
    context = {
        "dataset": found,
        "items": queries.items_of(found),
        "agreements": queries.agreements_for(found),
        "withdrawn": found.status == DatasetState.WITHDRAWN,
    }
    return render(request, "catalogue/dataset.html", context)


@require_safe
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: how it works with this portal, and what it holds."""
    found = queries.agency(code)
    rows = queries.found_datasets(agency_code=found.code)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "agency": found,
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "asked": "",
        "systems": queries.systems_of(found),
    }
    return render(request, "catalogue/agency.html", context)
