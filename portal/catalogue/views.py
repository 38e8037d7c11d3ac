"""The public catalogue: what the government holds about people, why, and who may receive it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts import callers
from portal.accounts.limits import limited
from portal.catalogue import dcat, queries, search
from portal.catalogue.changes import changes
from portal.catalogue.errors import UnknownDataset
from portal.catalogue.forms import SearchForm
from portal.catalogue.models import Dataset
from portal.catalogue.search import Asked, Found
from portal.catalogue.states import DatasetState

PAGE = 20


class Counted(Paginator):  # type: ignore[type-arg]  # Django's own takes no argument when it runs
    """Pages of what was found, which is counted already; of each page the datasets themselves are shown."""

    def __init__(self, found: Found) -> None:
        super().__init__(found.rows, PAGE)
        self.count = found.total

    def page(self, number: Any) -> Any:
        page = super().page(number)
        page.object_list = search.shown(list(page.object_list))
        return page


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Search the catalogue by words, and narrow it."""
    form = SearchForm(request.GET, agencies=queries.agencies_with_datasets())
    found = search.find(Asked(**form.cleaned_data)) if form.is_valid() else search.nothing()
    page = Counted(found).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "found": found,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "asked": _asked(request),
        "searched": any(value for name, value in request.GET.items() if name in form.fields),
    }
    return render(request, "catalogue/index.html", context, status=200 if form.is_valid() else 400)


def _asked(request: HttpRequest) -> str:
    """The search as a query string, without the page."""
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()


def _public(code: str) -> Dataset:
    found = queries.dataset(code)
    if found.status not in {DatasetState.PUBLISHED, DatasetState.WITHDRAWN}:
        raise UnknownDataset  # what only waits for approval is no public page, not even for those who may see it
    return found


@require_safe
def dataset(request: HttpRequest, code: str) -> HttpResponse:
    """What one dataset holds, why, on what law, and who receives it."""
    found = _public(code)
    context = {
        "dataset": found,
        "items": queries.items_of(found),
        "agreements": queries.agreements_for(found),
        "withdrawn": found.status == DatasetState.WITHDRAWN,
    }
    return render(request, "catalogue/dataset.html", context)


@require_safe
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """Every version of a dataset that was ever public, each beside the one before it."""
    found = _public(code)
    kept = queries.approved_versions(found)
    before = [version.content for version in kept[1:]]
    steps = [(version, changes(old, version.content)) for version, old in zip_longest(kept, before)]
    return render(request, "catalogue/versions.html", {"dataset": found, "steps": steps})


@require_safe
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: how it works with this portal, what it holds, and what it receives."""
    found = queries.agency(code)
    page = Counted(search.find(Asked(agency=found.code))).get_page(request.GET.get("page"))
    context = {
        "agency": found,
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "asked": "",
        "systems": queries.systems_of(found),
        "received": queries.received_by(found),
    }
    return render(request, "catalogue/agency.html", context)


KEPT = "public, max-age=3600"


@require_safe
@limited("catalogue", by=callers.network_of)
def turtle(request: HttpRequest) -> StreamingHttpResponse:
    """The whole catalogue as DCAT-AP 3, in Turtle."""
    return _file(request, dcat.turtle, "text/turtle; charset=utf-8")


@require_safe
@limited("catalogue", by=callers.network_of)
def json_ld(request: HttpRequest) -> StreamingHttpResponse:
    """The whole catalogue as DCAT-AP 3, in JSON-LD."""
    return _file(request, dcat.json_ld, "application/ld+json")


def _file(
    request: HttpRequest, draw: Callable[[Iterable[Dataset]], Iterator[str]], content_type: str
) -> StreamingHttpResponse:
    lines = draw(queries.published_whole()) if request.method == "GET" else iter(())
    return StreamingHttpResponse(lines, content_type=content_type, headers={"Cache-Control": KEPT})
