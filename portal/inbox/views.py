from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import SignedIn, citizen_required, subject_of
from portal.inbox import actions, digests, queries
from portal.inbox.forms import NarrowForm
from portal.trail.actor import current

A_PAGE = 25


@citizen_required
@require_safe
def index(request: SignedIn) -> HttpResponse:
    """Everything you were told, the newest first; all of it, or what you narrow it to."""
    form = NarrowForm(request.GET)
    page = Paginator(queries.letters_of(subject_of(request), form.narrowed), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "inbox/index.html", {"page": page, "form": form})


@citizen_required
def letter(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One letter; opening it marks it as read."""
    opened = actions.mark_read(identifier, actor=current(), at=timezone.now())
    return render(request, "inbox/letter.html", {"letter": opened})


@citizen_required
@require_POST
def all_read(request: SignedIn) -> HttpResponse:
    actions.mark_all_read(actor=current(), at=timezone.now())
    return redirect("inbox:index")


@csrf_exempt  # the reader's mail program sends it, without a session; the digest's signed token says whose it is
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """The link in a digest that ends them: one press here, or one of the mail program's own (RFC 8058)."""
    token = request.GET.get("digest", "")
    if request.method == "POST":
        actions.ask_to_stop(token)
    else:
        digests.opened(token)
    return render(request, "inbox/stop.html", {"is_done": request.method == "POST"})
