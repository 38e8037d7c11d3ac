"""Rounds of questions in the admin: the list's faults line by line, one button to ask, and how far it is."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from consent import policy, rounds
from consent.models import AskingRound, RoundLine
from consent.models.rounds import RoundState
from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.trail.actor import current
from portal.trail.errors import Refusal

SHOWN = 200  # lines with something to tell


class LineInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """What is wrong with a line, or what became of it where nobody was asked."""

    model = RoundLine
    extra, can_delete = 0, False
    fields = readonly_fields = ("position", "fault", "outcome")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoundLine]:
        rows: QuerySet[RoundLine] = super().get_queryset(request)
        told = rows.exclude(fault="", outcome="").exclude(outcome="asked").order_by("round", "position")
        return rows.filter(pk__in=list(told.values_list("pk", flat=True)[:SHOWN])).order_by("position")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AskingRound)
class RoundAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("purpose", "uploaded_at", "state", "progress")
    list_select_related = ("purpose",)
    inlines: ClassVar = [LineInline]
    actions_detail = ("ask",)
    fields = readonly_fields = (
        "purpose", "state", "progress", "total", "faulty", "uploaded_at", "confirmed_at", "done_at"
    )  # fmt: skip

    @admin.display(description=_("how far it is"))
    def progress(self, row: AskingRound) -> str:
        return rounds.progress(row)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        row = self.get_object(request, str(object_id))
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return buttons if self._may_ask(row) else []

    def _may_ask(self, row: AskingRound) -> bool:
        return row.state == RoundState.UPLOADED and policy.may(current(), "consent.ask", row.purpose)

    @action(description=_("Ask these people"), url_path="ask")  # type: ignore[untyped-decorator]  # unfold
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first, act on POST."""
        row = self.get_object(request, object_id)
        back = reverse("admin:consent_askinground_change", args=[row.pk])
        if request.method != "POST" and self._may_ask(row):
            context = {**self.admin_site.each_context(request), "opts": self.opts, "row": row, "back": back}
            title = _("Ask everybody on this list?")
            return render(
                request, "consent/admin/ask.html", {**context, "title": title, "wanted": row.total - row.faulty}
            )
        try:
            rounds.confirm(row, actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("People are being asked. Load this page again to see how far it is."))
        return HttpResponseRedirect(back)
