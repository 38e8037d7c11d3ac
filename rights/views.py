"""The citizen's pages: their requests, filing one, one request with every part of it, and what came back."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.db import IntegrityError
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import limits
from portal.accounts.access import SignedIn, assured, citizen_required, open_to_representatives, subject_of
from portal.accounts.levels import Level
from portal.accounts.limits import limited
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal
from portal.trail.ids import new_id
from rights import actions, files, queries, timeline
from rights.actions import Filing
from rights.forms import CHOSEN, EVERYTHING, AnswerForm, RequestForm
from rights.models import Kind, Part, RightsRequest
from rights.package import ground_of
from rights.queries import Choice, Row
from rights.states import REQUEST_OPEN, PartState, RequestState

SALT: Final = "rights.filing"


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """Every request of the reader, open ones and closed ones."""
    rows = list(queries.requests_of(subject_of(request)))
    context = {
        "open": [row for row in rows if row.state in REQUEST_OPEN],
        "closed": [row for row in rows if row.state not in REQUEST_OPEN],
    }
    return render(request, "rights/index.html", context)


# ------------------------------------------------------------------ filing
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def new(request: SignedIn) -> HttpResponseBase:
    """Choose the right, say what it is about, read it once more, send. Every step is a page, none needs a script."""
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", "")
    rights = law.jurisdiction().rights
    if kind not in Kind.values or kind not in rights:
        carried = {name: request.GET[name] for name in ("dataset", "event") if name in request.GET}
        return render(request, "rights/choose.html", {"rights": rights.values(), "carried": carried})
    choices = queries.choices(subject_of(request), given.get("dataset", ""))
    if request.method != "POST":
        initial = _first_guess(request, choices)
        return _details(request, RequestForm(kind=Kind(kind), choices=choices, initial=initial))
    form = RequestForm(request.POST, kind=Kind(kind), choices=choices)
    if not form.is_valid():
        return _details(request, form, status=422)
    if request.POST.get("step") == "change":
        return _details(request, form)
    if request.POST.get("step") == "send":
        return _sent(request, form)
    return _check(request, form, choices)


def _first_guess(request: SignedIn, choices: Sequence[Choice]) -> dict[str, Any]:
    """What the page that led here says already."""
    named = [str(choice.dataset_id) for choice in choices if choice.code == request.GET.get("dataset")]
    event = request.GET.get("event", "")
    about = _("This is about the sharing recorded as %(event)s.") % {"event": event} if _is_id(event) else ""
    return {"scope": CHOSEN if named else EVERYTHING, "datasets": named, "words": about}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _details(request: SignedIn, form: RequestForm, *, status: int = 200) -> HttpResponse:
    right = law.jurisdiction().rights[form.kind]
    named = (request.POST if request.method == "POST" else request.GET).get("dataset", "")
    return render(request, "rights/new.html", {"form": form, "right": right, "named": named}, status=status)


def _check(request: SignedIn, form: RequestForm, choices: Sequence[Choice]) -> HttpResponse:
    """What will be sent, in words; the id goes along, signed, so that sending twice files once."""
    filing = form.filing()
    context = {
        "form": form,
        "filing": filing,
        "right": law.jurisdiction().rights[filing.kind],
        "chosen": [choice for choice in choices if choice.dataset_id in filing.datasets],
        "asked": sorted({choice.agency for choice in choices if not filing.datasets}),
        "named": request.POST.get("dataset", ""),
        "key": signing.dumps(str(new_id()), salt=SALT),
    }
    return render(request, "rights/check.html", context)


def _sent(request: SignedIn, form: RequestForm) -> HttpResponseBase:
    identifier = _identifier(request.POST.get("key", ""))
    wished = form.filing()
    filing = Filing(
        wished.kind, wished.datasets, wished.words, wished.period_from, wished.period_to, identifier or new_id()
    )
    try:
        limits.take("filing", limits.person(request))
        filed = actions.submit(filing, actor=current(), at=timezone.now())
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return limits.told_when(_details(request, form, status=refusal.status), refusal)
    except IntegrityError:  # sent twice: the first one counts
        return redirect("rights:request", queries.request(subject_of(request), filing.id).pk)
    messages.success(request, _("Your request is filed. Its clock runs from now on."))
    return redirect("rights:request", filed.pk)


def _identifier(key: str) -> UUID | None:
    try:
        return UUID(signing.loads(key, salt=SALT, max_age=24 * 3600))
    except signing.BadSignature:
        return None


# ------------------------------------------------------------------ one request
@open_to_representatives("see", "file")
@require_safe
@citizen_required
def request_page(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One request: how far it is, each agency's part, what was said, what came back."""
    return _page(request, queries.request(subject_of(request), identifier))


def _page(
    request: SignedIn, found: RightsRequest, *, form: AnswerForm | None = None, asked: UUID | None = None,
    status: int = 200,
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
        "lines": timeline.lines(queries.steps_of(found)),
        "can_withdraw": found.state in REQUEST_OPEN,
        "names": queries.names_of(found),
        "at": at,
    }
    return render(request, "rights/request.html", context, status=status)


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
    form = AnswerForm(request.POST, auto_id=f"answer-{part.pk}-%s")
    if part.state != PartState.INFORMATION_NEEDED:
        messages.info(request, _("This question has been answered already."))
        return redirect("rights:request", part.request_id)
    if form.is_valid():
        try:
            actions.answer_question(part, text=form.cleaned_data["text"], actor=current(), at=timezone.now())
        except Refusal as refusal:
            form.add_error("text", str(refusal.message))
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
    return _download(files.opened(found.stored_as), found.name, found.media_type, found.size)


@open_to_representatives("see", "file")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def package(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """The sealed package of a request."""
    found = queries.request(subject_of(request), identifier)
    sealed, content = queries.package_content(found)
    return _download(content, f"{found.number}.zip", "application/zip", sealed.size or 0)


def _download(content: Any, name: str, media_type: str, size: int) -> StreamingHttpResponse:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(size),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(content, content_type=media_type, headers=headers)
