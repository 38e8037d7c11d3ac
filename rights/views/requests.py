"""The citizen's pages: their requests, one request with every part of it, and what came back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import limits
from portal.accounts.access import SignedIn, assured, citizen_required, open_to_representatives, subject_of
from portal.accounts.levels import Level
from portal.accounts.limits import limited
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import actions, files, lists, pictures, queries, standing, timeline, transfers
from rights.downloads import download
from rights.errors import LinkUsed
from rights.forms import AnswerForm, PackageForm
from rights.models import Part, RightsRequest
from rights.package import ground_of, locked
from rights.queries import Row
from rights.states import REQUEST_OPEN, PartState, RequestState


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """Every request of the reader, open ones and closed ones."""
    key = subject_of(request)
    page = lists.closed_of(key, request.GET.get("before", ""))
    drafts, waiting = ([], []) if "before" in request.GET else lists.begun_and_open(key)
    context = {
        "drafts": drafts,
        "open": waiting,
        "closed": page.rows,
        "next": page.next,
        "is_first": "before" not in request.GET,
    }
    return render(request, "rights/index.html", context)


# ------------------------------------------------------------------ one request
@open_to_representatives("see", "file")
@require_safe
@citizen_required
def request_page(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One request: how far it is, each agency's part, what was said, what came back."""
    return _page(request, queries.request(subject_of(request), identifier))


def _page(
    request: SignedIn, found: RightsRequest, *, form: AnswerForm | None = None, asked: UUID | None = None,
    package_form: PackageForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    at = timezone.now()
    rows = sorted(queries.rows_of(found, at=at), key=_urgency)
    waited_for = [row for row in rows if row.part.state not in (PartState.TRANSFERRED, PartState.CANCELLED)]
    package = queries.package_of(found)
    context = {
        "filed": found,
        "right": law.jurisdiction(found.jurisdiction).rights[found.kind],
        "term": _shared_term(rows),
        "rows": [(row, _answer_form(row, form, asked), ground_of(row.part)) for row in rows],
        "answered": sum(row.part.state == PartState.ANSWERED for row in waited_for),
        "total": len(waited_for),
        "steps": _steps(found, len(waited_for), is_ready=package is not None and package.is_ready),
        "bar": [_colour(row) for row in waited_for],
        "package": package,
        "transfers": transfers.of(found) if found.receiver_id else [],
        "ticket": actions.ticket_of(package) if package else "",
        "package_form": package_form or PackageForm(),
        "standings": standing.of(rows),
        "picture": pictures.of(rows, began_at=found.submitted_at or at, at=at),
        "lines": timeline.lines(queries.steps_of(found)),
        "can_withdraw": found.state in REQUEST_OPEN,
        **asked_of(found),
        "at": at,
    }
    return render(request, "rights/request.html", context, status=status)


def asked_of(found: RightsRequest) -> dict[str, Any]:
    """What a request asks, in words, for the pages that show it whole."""
    return {
        "names": queries.names_of(found),
        "agencies": sorted(catalogue.names_of_agencies(found.agencies).values()),
        "items": sorted(catalogue.names_of_items(found.items).values()),
        "changes": queries.changes_of(found),
        "evidence": queries.evidence_of(found),
    }


def _answer_form(row: Row, form: AnswerForm | None, asked: UUID | None) -> AnswerForm | None:
    if row.question is None:
        return None
    return form if form is not None and asked == row.part.pk else AnswerForm(auto_id=f"answer-{row.part.pk}-%s")


def _urgency(row: Row) -> tuple[int, str]:
    """What needs the person first, then what is late, then what was answered, then what is on its way."""
    place = 3
    if row.question is not None:
        place = 0
    elif row.is_late:
        place = 1
    elif row.part.state == PartState.ANSWERED:
        place = 2
    return place, row.part.agency.code


def _shared_term(rows: Sequence[Row]) -> Part | None:
    """A part that stands for all open ones, where all have the same deadline by the same article; otherwise None."""
    running = [row.part for row in rows if row.part.is_open]
    terms = {(part.due_at, part.due_article, part.due_is_target, part.due_is_provisional) for part in running}
    return running[0] if len(terms) == 1 and len(running) > 1 else None


def _colour(row: Row) -> str:
    if row.part.state == PartState.ANSWERED:
        return "is-done"
    if row.question is not None:
        return "needs-you"
    return "is-late" if row.is_late else ""


def _steps(found: RightsRequest, total: int, *, is_ready: bool) -> list[dict[str, str]]:
    """The way of a request; where it stands now."""
    sent = ngettext("Sent to %(count)d place", "Sent to %(count)d places", total) % {"count": total}
    labels = [_("Filed"), sent if total else _("Sent"), _("Answers"), _("Your package")]
    if found.state == RequestState.WITHDRAWN:
        return [{"label": labels[0], "state": "done"}, {"label": _("Taken back"), "state": "done"}]
    reached = {RequestState.SUBMITTED: 1, RequestState.IN_PROGRESS: 2}.get(
        RequestState(found.state), 4 if is_ready else 3
    )
    states = ["done" if place < reached else "now" if place == reached else "later" for place in range(len(labels))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


@open_to_representatives("file")
@require_POST
@citizen_required
def answer(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Tell an agency what it asked."""
    part = queries.own_part(subject_of(request), identifier)
    form = AnswerForm(request.POST, request.FILES, auto_id=f"answer-{part.pk}-%s")
    if part.state != PartState.INFORMATION_NEEDED:
        messages.info(request, _("This question has been answered already."))
        return redirect("rights:request", part.request_id)
    if form.is_valid():
        try:
            text, uploads = form.cleaned_data["text"], form.uploads()
            actions.answer_question(part, text=text, files=uploads, actor=current(), at=timezone.now())
        except Refusal as refusal:
            form.add_error("attachments" if refusal.field == "files" else "text", str(refusal.message))
        else:
            messages.success(request, _("Your answer is sent. The agency's clock runs again."))
            return redirect("rights:request", part.request_id)
    return _page(request, part.request, form=form, asked=part.pk, status=422)


@open_to_representatives("file")
@require_POST
@citizen_required
def withdraw(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Take a request back."""
    found = queries.request(subject_of(request), identifier)
    try:
        actions.withdraw(found, actor=current(), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("You took this request back. What was answered stays here."))
    return redirect("rights:request", identifier)


# ------------------------------------------------------------------ what came back
@open_to_representatives("see", "file")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def file(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """A file of an answer, as it was sent; never shown in the page, always saved."""
    found = queries.file_of(subject_of(request), identifier)
    return download(files.opened(found.stored_as), found.name, found.media_type, found.size)


@open_to_representatives("file")
@require_POST
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def package(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """The sealed package of a request, once a link; within a ZIP of its own where a passphrase is wished."""
    found = queries.request(subject_of(request), identifier)
    form = PackageForm(request.POST)
    if not form.is_valid():
        return _page(request, found, package_form=form, status=422)
    ticket = request.POST.get("ticket", "")
    try:
        actions.take_package(found, ticket=ticket, actor=current(), at=timezone.now())
    except LinkUsed as refusal:
        messages.error(request, str(refusal.message))
        return _page(request, found, status=refusal.status)
    sealed, content = queries.package_content(found)
    name = f"{found.number}.zip"
    if passphrase := form.cleaned_data["passphrase"]:
        return download(locked(name, content, passphrase), f"{found.number}-locked.zip", "application/zip")
    return download(content, name, "application/zip", sealed.size)


@open_to_representatives("file")
@require_POST
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def ask_package(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Have a package put together of what was answered so far, or again after it was erased."""
    found = queries.request(subject_of(request), identifier)
    try:
        actions.ask_package(found, actor=current(), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Your package is being put together. This takes a moment."))
    return redirect("rights:request", identifier)
