"""The citizen's pages: who holds what, what was shared, one event with its proof, and the downloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.accounts import limits
from portal.accounts.access import assured, citizen_required, open_to_representatives
from portal.accounts.levels import Level
from portal.accounts.limits import limited
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.law.errors import UnknownProvision
from portal.law.provisions import Article
from portal.ledger import calendars, exports, pictures, proofs, queries, viewings
from portal.ledger.errors import UnknownEvent
from portal.ledger.forms import FilterForm
from portal.ledger.ids import time_of
from portal.ledger.models import Holding, NoteKind, SharingEvent
from portal.ledger.queries import Filters
from portal.ledger.rows import OLDEST
from portal.ledger.sentences import sentence
from portal.trail import actor as acting

Answer = TypeVar("Answer", bound=HttpResponseBase)


@dataclass(frozen=True)
class Kept:
    """One agency's holdings about the reader."""

    agency: Any
    now: list[Holding]
    before: list[Holding]


def subject_key() -> bytes:
    """Whose record is shown."""
    key = acting.current().subject_key
    if key is None:
        raise Http404
    return key


@open_to_representatives("see")
@require_safe
@citizen_required
def data(request: HttpRequest) -> HttpResponse:
    """Which agencies hold what about the reader."""
    key = subject_key()
    viewings.note(key, page="data", actor=acting.current(), at=timezone.now())
    holdings = queries.holdings_of(key)
    prefetch_related_objects([holding.dataset for holding in holdings], "items")
    return render(
        request,
        "ledger/data.html",
        {
            "kept": _by_agency(holdings),
            "agencies": len({holding.agency_id for holding in holdings if holding.until is None}),
            "not_reporting": queries.not_reporting(key),
            "bases": _bases(),
        },
    )


def _by_agency(holdings: Sequence[Holding]) -> list[Kept]:
    kept: dict[UUID, Kept] = {}
    for holding in holdings:
        group = kept.setdefault(holding.agency_id, Kept(holding.agency, [], []))
        (group.now if holding.until is None else group.before).append(holding)
    return list(kept.values())


def _bases() -> dict[str, str]:
    return {code: basis.title for code, basis in law.jurisdiction().legal_bases.items()}


def _filter_form(request: HttpRequest, key: bytes) -> FilterForm:
    occurring = queries.choices_of(key, english=(get_language() or "").startswith("en"))
    return FilterForm(
        request.GET,
        years=range(timezone.localtime().year, OLDEST.year - 1, -1),
        agencies=catalogue.names_of_agencies(occurring.providers | occurring.recipients),
        providers=occurring.providers,
        recipients=occurring.recipients,
        datasets=catalogue.names_of_datasets(occurring.datasets),
        purposes=occurring.purposes,
        bases=_bases(),
    )


@open_to_representatives("see")
@require_safe
@citizen_required
def sharing(request: HttpRequest) -> HttpResponse:
    """Who shared the reader's data, with whom, and why: as pictures with their tables, and line by line."""
    key = subject_key()
    form, cursor = _filter_form(request, key), _cursor(request)
    filters = form.filters
    folded = queries.folded(key, filters, cursor) if filters.like is None else _unfolded(key, filters, cursor)
    if not form.narrows:
        folded = _with_viewings(key, folded, cursor, form)
    viewings.note(key, page="sharing", actor=acting.current(), at=timezone.now())
    context = {
        "form": form,
        "page": folded,
        "bases": _bases(),
        "not_reporting": queries.not_reporting(key),
        "may_ask": acting.current().may_act("file"),
        "asked": _without(request, "after", "show"),
    }
    if cursor is None and folded.lines:
        totals = queries.totals_of(queries.filtered(key, filters), form.agencies)
        context |= {"is_first_page": True, "totals": totals, "is_list": request.GET.get("show") == "list"}
        context |= {
            "picture": pictures.drawn(totals.flows),
            "calendar": calendars.drawn(totals.days, _last_day(filters)),
        }
    return render(request, "ledger/sharing.html", context)


def _with_viewings(key: bytes, folded: queries.Folded, cursor: UUID | None, form: FilterForm) -> queries.Folded:
    """The page's lines, and who looked at the record between its two ends."""
    since = time_of(folded.next) if folded.next else None
    before = time_of(cursor) if cursor else None
    seen = queries.viewings_of(key, since=since, before=before, names=form.agencies)
    return queries.Folded(queries.with_viewings(folded.months, seen), folded.next)


def _unfolded(key: bytes, filters: Filters, cursor: UUID | None) -> queries.Folded:
    """What one folded line stands for, each event by itself; all of one month."""
    page = queries.timeline(key, filters, cursor)
    lines = [queries.Line(event, 1, [event.id], page.notes.get(event.id, [])) for event in page.events]
    if not lines:
        return queries.Folded([], None)
    on = timezone.localtime(page.events[0].occurred_at).date().replace(day=1)
    return queries.Folded([queries.Month(on, lines)], page.next)


def _last_day(filters: Filters) -> date:
    """Where the picture of the year ends: at the days chosen, and never after today."""
    today = timezone.localdate()
    last = filters.until or (date(filters.year, 12, 31) if filters.year else today)
    return min(last, today)


def _cursor(request: HttpRequest) -> UUID | None:
    given = request.GET.get("after")
    if not given:
        return None
    try:
        return UUID(given)
    except ValueError as error:
        raise Http404 from error


def _without(request: HttpRequest, *names: str) -> str:
    """The page's query string without these, for links that change one of them."""
    given = request.GET.copy()
    for name in names:
        given.pop(name, None)
    return given.urlencode()


def event_of(identifier: UUID) -> SharingEvent:
    """The reader's own event, or nothing."""
    try:
        return queries.event(subject_key(), identifier)
    except UnknownEvent as error:
        raise Http404 from error


@open_to_representatives("see")
@require_safe
@citizen_required
def event(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """One event: the facts, the basis, what was said of it since, and the proof that it is unchanged."""
    found = event_of(identifier)
    viewings.note(found.subject_key, page="event", actor=acting.current(), at=timezone.now())
    prefetch_related_objects([found.dataset], "items")
    names = {item.code: item.name for item in found.dataset.items.all()}
    notes = queries.notes_of(found.subject_key, [found.id]).get(found.id, [])
    basis = law.jurisdiction().legal_bases.get(found.legal_basis)
    return render(
        request,
        "ledger/event.html",
        {
            "event": found,
            "sentence": sentence(found),
            "method": catalogue.method_label(found.method),
            "items": [names.get(code, code) for code in found.items],
            "basis": basis,
            "cited": _cited(found.citation),
            "lag": found.recorded_at - found.occurred_at,
            "notes": notes,
            "is_uncovered": any(note.kind == NoteKind.UNCOVERED for note in notes),
            "asked": queries.asked_about(found.subject_key, found.id, notes),
            "may_ask": acting.current().may_act("file"),
            "checks": queries.verifications_of(found.subject_key, found.id),
            "was_withheld": queries.was_withheld(found.subject_key, found.id),
            "withholdings": law.jurisdiction().withholdings,
            "proof": proofs.proof_of(found),
        },
    )


def _cited(citation: str) -> Article | None:
    """The article, where the citation is one the portal knows; otherwise it is shown as it was given."""
    try:
        return law.article(citation)
    except UnknownProvision:
        return None


@open_to_representatives("see")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def proof(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """The proof as a file that anybody can check, here or without us."""
    found = event_of(identifier)
    answer = JsonResponse(proofs.proof_of(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="proof-{found.id}.json"'
    return answer


def _narrowed(request: HttpRequest) -> tuple[QuerySet[SharingEvent], FilterForm]:
    key = subject_key()
    form = _filter_form(request, key)
    return queries.filtered(key, form.filters), form


def _download(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@open_to_representatives("see")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What the filters leave, as a table for a spreadsheet, streamed row by row."""
    rows, _form = _narrowed(request)
    answer = StreamingHttpResponse(exports.lines(rows), content_type="text/csv; charset=utf-8")
    return _download(answer, "sharing.csv")


@open_to_representatives("see")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    """What the filters leave, for programs, streamed event by event."""
    rows, _form = _narrowed(request)
    return _download(StreamingHttpResponse(exports.document(rows), content_type="application/json"), "sharing.json")


@open_to_representatives("see")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def export_pdf(request: HttpRequest) -> HttpResponse:
    """What the filters leave, to read and to print."""
    rows, form = _narrowed(request)
    made = exports.paper(rows, form.chosen, at=timezone.now())
    return _download(HttpResponse(made, content_type="application/pdf"), "sharing.pdf")
