from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import SignedIn, citizen_required, subject_of
from portal.inbox import actions, queries
from portal.trail.actor import current

A_PAGE = 25


@citizen_required
@require_safe
def index(request: SignedIn) -> HttpResponse:
    """Everything you were told, the newest first."""
    page = Paginator(queries.letters_of(subject_of(request)), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "inbox/index.html", {"page": page})


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
