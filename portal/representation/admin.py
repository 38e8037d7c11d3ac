"""The desk where documents are checked: the queue of an agency, and a page with the documents and the two steps."""

from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.actions import Disclosed
from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.representation import actions, policy, queries
from portal.representation.errors import UnknownRepresentation
from portal.representation.forms import ReasonForm
from portal.representation.models import Representation
from portal.representation.states import Kind, State, WaitsFor
from portal.trail.actor import current
from portal.trail.errors import Refusal

STEPS = ("approve", "reject", "show")


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a clerk, unless somebody asks for more."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, state.label) for state in State] + [("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        rows = list(super().choices(changelist))
        return [{**rows[0], "display": _("to check")}, *rows[1:]]

    def queryset(self, _request: HttpRequest, rows: models.QuerySet[Representation]) -> models.QuerySet[Representation]:
        match self.value():
            case None:
                return rows.filter(state=State.ASKED, waits_for=WaitsFor.DOCUMENTS)
            case str(state) if state in State.values:
                return rows.filter(state=state)
        return rows


@admin.register(Representation)
class RepresentationAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("kind", "asked_at", "state", "handed_in")
    list_display_links = ("kind",)
    list_filter = (WaitingFilter, "kind")
    ordering = ("asked_at", "id")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Representation]:
        """What the clerk's own agency checks, said here too: row-level security is the second wall."""
        rows: models.QuerySet[Representation] = super().get_queryset(request)
        agency_id = current().agency_id
        if agency_id is None:
            return rows.none()
        mine = rows.filter(agency_id=agency_id).exclude(kind=Kind.ASSISTED)
        return mine.annotate(handed=models.Count("documents"))

    @admin.display(description=_("documents"))
    def handed_in(self, row: Any) -> int:
        return int(row.handed)

    # ------------------------------------------------------------------ one
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        steps = [
            path("<uuid:identifier>/take/<slug:name>/", guarded(self.take), name="representation_take"),
            path(
                "<uuid:identifier>/documents/<uuid:document>/", guarded(self.document), name="representation_document"
            ),
        ]
        return [*steps, *cast("list[URLPattern]", super().get_urls())]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            identifier = UUID(object_id)
        except ValueError as error:
            raise UnknownRepresentation from error
        return self._page(request, self._row(request, identifier))

    def _row(self, request: HttpRequest, identifier: UUID) -> Representation:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = queries.one(identifier)
        if not policy.may(current(), "representation.check", row):
            raise UnknownRepresentation
        return row

    def take(self, request: HttpRequest, identifier: UUID, name: str) -> HttpResponse:
        """Approve, reject, or show who the two are; what is wrong is said and changes nothing."""
        row = self._row(request, identifier)
        if name not in STEPS:
            raise UnknownRepresentation
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = ReasonForm(request.POST, prefix=name)
        if name != "approve" and not form.is_valid():
            return self._page(request, row, form=form, status=422)
        actor, at = current(), timezone.now()
        try:
            if name == "show":
                people = actions.show_people(row, reason=form.cleaned_data["reason"], actor=actor, at=at)
                return self._page(request, row, people=people)
            if name == "approve":
                actions.approve(row, actor=actor, at=at)
            else:
                actions.reject(row, reason=form.cleaned_data["reason"], actor=actor, at=at)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, self._row(request, identifier), status=refusal.status)
        messages.success(request, _("Decided. Both were told."))
        return HttpResponseRedirect(reverse("admin:representation_representation_change", args=[identifier]))

    def document(self, request: HttpRequest, identifier: UUID, document: UUID) -> HttpResponseBase:
        """A document, always saved and never shown in the page; each look is recorded."""
        row = self._row(request, identifier)
        found, content = actions.open_document(row, document, actor=current(), at=timezone.now())
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
            "Content-Length": str(found.size),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingHttpResponse(content, content_type="application/octet-stream", headers=headers)

    def _page(
        self, request: HttpRequest, row: Representation, *, form: ReasonForm | None = None,
        people: tuple[Disclosed, Disclosed] | None = None, status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        shown = queries.shown(row, at=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": f"{row.get_kind_display()} · {shown.representative}",
            "opts": self.opts,
            "one": shown,
            "documents": queries.documents_of(row),
            "waits": row.state == State.ASKED and row.waits_for == WaitsFor.DOCUMENTS,
            "people": people,
            "reject_form": form if form and form.prefix == "reject" else ReasonForm(prefix="reject"),
            "show_form": form if form and form.prefix == "show" else ReasonForm(prefix="show"),
            "back": reverse("admin:representation_representation_changelist"),
        }
        return render(request, "representation/admin/check.html", context, status=status)
