"""The clerk's desk for a part that a connector answers: collect, plan a change, see the difference, approve."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import queries
from rights.actions import connecting
from rights.connector import writing
from rights.connector.errors import NoConnector, UnknownExecution
from rights.models import Execution, Kind, Part
from rights.states import ExecutionState

Text = str | Promise


class ChangeForm(forms.Form):
    """What a correction shall make of which item; an erasure needs no words."""

    wanted = forms.CharField(
        label=_("For each item a line: table.column = the right value"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        required=False,
    )

    def values(self) -> dict[str, str]:
        """The values by item; after is_valid()."""
        lines = [line.partition("=") for line in self.cleaned_data["wanted"].splitlines() if line.strip()]
        return {item.strip(): value.strip() for item, _equals, value in lines}


@admin.register(Execution)
class ExecutionAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("number", "state_now", "changes", "asked_at")
    list_display_links = ("number",)
    list_select_related = ("part__request",)
    list_per_page = 50
    ordering = ("-asked_at", "-id")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Execution]:
        """The clerk's own agency's, said here too."""
        rows: models.QuerySet[Execution] = super().get_queryset(request)
        agency_id = current().agency_id
        return rows.filter(agency_id=agency_id) if agency_id else rows.none()

    @admin.display(description=_("number"))
    def number(self, execution: Execution) -> str:
        return execution.part.request.number

    @admin.display(description=_("state"))
    def state_now(self, execution: Execution) -> str:
        return execution.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        steps = [
            path("part/<uuid:identifier>/", guarded(self.ask), name="rights_connector_ask"),
            path("<uuid:identifier>/decide/", guarded(self.decide), name="rights_execution_decide"),
        ]
        return [*steps, *cast("list[URLPattern]", super().get_urls())]

    def _agency(self, request: HttpRequest) -> UUID:
        agency_id = current().agency_id
        if not self.has_view_permission(request) or agency_id is None:
            raise PermissionDenied
        return agency_id

    def ask(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Have the person's rows collected, or a change planned."""
        part = queries.part_of(self._agency(request), identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = ChangeForm(request.POST)
        act: Callable[..., Any] = partial(connecting.ask_collection, part)
        if part.kind in connecting.CHANGED:
            act = partial(connecting.ask_change, part, wanted=form.values() if form.is_valid() else {})
        try:
            act(actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, str(_("Asked. It is here in a moment.")))
        return HttpResponseRedirect(reverse("admin:rights_part_change", args=[part.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The difference, row by row, and the statements that would be run."""
        try:
            execution = self._execution(request, UUID(object_id))
        except ValueError as error:
            raise UnknownExecution from error
        plan = connecting.plan_text(execution)
        changes = [(change, change.statement().as_string()) for change in writing.of(plan)] if plan else []
        context = {
            **self.admin_site.each_context(request),
            "title": f"{Kind(execution.part.kind).label} · {execution.part.request.number}",
            "opts": self.opts,
            "execution": execution,
            "changes": changes,
            "can_decide": execution.state == ExecutionState.PROPOSED,
            "approved_it": execution.first_approved_by == current().user_id,
            "part_page": reverse("admin:rights_part_change", args=[execution.part_id]),
        }
        return render(request, "rights/admin/execution.html", context)

    def _execution(self, request: HttpRequest, identifier: UUID) -> Execution:
        rows = Execution.objects.filter(agency_id=self._agency(request)).select_related("part__request")
        found = rows.filter(pk=identifier).first()
        if found is None:
            raise UnknownExecution
        return found

    def decide(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Approve as one of two, or decline."""
        execution = self._execution(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        declines = request.POST.get("step") == "decline"
        act = connecting.decline_change if declines else connecting.approve_change
        try:
            act(execution, actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, str(_("Declined.") if declines else _("Your approval is recorded.")))
        return HttpResponseRedirect(reverse("admin:rights_execution_change", args=[execution.pk]))


def connector_context(part: Part) -> dict[str, Any]:
    """What a part's page shows of its connector, where it has one."""
    try:
        connecting.connector_of(part)
    except NoConnector:
        return {}
    if part.kind not in (*connecting.COLLECTED, *connecting.CHANGED):
        return {}
    return {
        "connector_form": ChangeForm() if part.kind == Kind.CORRECTION else None,
        "connector_changes": part.kind in connecting.CHANGED,
        "executions": list(Execution.objects.filter(part=part).order_by("-asked_at")),
        "has_connector": True,
    }
