"""Purposes in the staff's admin: clerks see their agency's, the authority approves. Consents are never here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from consent import actions, link_admin, policy
from consent.models import Notice, Purpose, PurposeItem
from consent.states import PurposeState
from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.trail.actor import Actor, ActorKind, current
from portal.trail.errors import Refusal

__all__ = ["PurposeAdmin", "link_admin"]  # the admin finds what this module names
B = TypeVar("B", bound=Callable[..., HttpResponse])


def button(description: Promise, path: str) -> Callable[[B], B]:
    """unfold's decorator for a button above a row, with a type."""
    return cast("Callable[[B], B]", action(description=description, url_path=path))


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: what it asks first, what it says afterwards, and the action behind it."""

    question: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]


def _approve_newest_notice(purpose: Purpose, *, actor: Actor, at: Any) -> None:
    actions.approve_notice(purpose.notices.latest("version"), actor=actor, at=at)


DEEDS: Final = {
    "approve": Deed(
        _("Approve this purpose and its notice?"),
        _("Approve"),
        _("Approved. Citizens may be asked from now on."),
        actions.approve_purpose,
    ),
    "approve-notice": Deed(
        _("Approve the newest notice?"),
        _("Approve the notice"),
        _("Approved. It is shown from now on."),
        _approve_newest_notice,
    ),
    "end": Deed(
        _("End this purpose? Nothing is permitted under it any more."), _("End"), _("Ended."), actions.end_purpose
    ),
}


class _Shown(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows that go with a purpose, to be read."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ItemInline(_Shown):
    model = PurposeItem
    fields = readonly_fields = ("item", "need", "why_zh", "why_en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurposeItem]:
        rows: QuerySet[PurposeItem] = super().get_queryset(request)
        return rows.select_related("item")


class NoticeInline(_Shown):
    model = Notice
    fields = readonly_fields = ("version", "short_zh", "short_en", "full_zh", "full_en", "approved_at")


@admin.register(Purpose)
class PurposeAdmin(StaffAdmin):
    kinds = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR)
    list_display = ("code", "name", "agency", "kind", "risk", "state")
    list_filter = ("state", "risk", "kind")
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)
    inlines: ClassVar = [ItemInline, NoticeInline]
    actions_detail = ("approve", "approve_notice", "end")
    fields = (
        "code", "name_zh", "name_en", "agency", "recipients", "description_zh", "description_en", "legal_basis",
        "kind", "risk", "risks_zh", "risks_en", "impact_assessment", "longest_days", "retention_days",
        "if_refused_zh", "if_refused_en", "state", "registered_at", "approved_at", "ended_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purpose]:
        """Approved purposes are public; a clerk's list holds their own agency's."""
        rows: QuerySet[Purpose] = super().get_queryset(request)
        actor = current()
        return rows.filter(agency=actor.agency_id) if actor.kind is ActorKind.CLERK else rows

    @admin.display(description=_("name"))
    def name(self, row: Purpose) -> str:
        return row.name

    def possible(self, row: Purpose) -> set[str]:
        """The buttons that this actor can use on this purpose now."""
        actor, names = current(), set()
        newest = row.notices.order_by("-version").first()
        if newest and policy.may(actor, "consent.approve", row):
            if row.state == PurposeState.DRAFT and policy.signature(actor) != row.registered_by:
                names.add("approve")
            elif newest.approved_at is None and policy.signature(actor) != newest.proposed_by:
                names.add("approve-notice")
        if row.state == PurposeState.APPROVED and policy.may(actor, "consent.end", row):
            names.add("end")
        return names

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        row = self.get_object(request, str(object_id))
        names = self.possible(row) if row else set()
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [button for button in buttons if button.path in names]

    @button(_("Approve"), "approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "approve")

    @button(_("Approve the notice"), "approve-notice")
    def approve_notice(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "approve-notice")

    @button(_("End"), "end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "end")

    def _decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask on GET, act on POST."""
        row, deed = self.get_object(request, object_id), DEEDS[name]
        if row is None:
            raise Http404
        back = reverse("admin:consent_purpose_change", args=[row.pk])
        if name not in self.possible(row):
            messages.error(request, _("This step is not possible now."))
        elif request.method == "POST":
            try:
                deed.act(row, actor=current(), at=timezone.now())
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, str(deed.done))
        else:
            context = {**self.admin_site.each_context(request), "title": deed.question, "opts": self.opts}
            newest = row.notices.order_by("-version").first()
            return render(
                request,
                "consent/admin/decide.html",
                {**context, "row": row, "deed": deed, "notice": newest, "items": row.items.all(), "back": back},
            )
        return HttpResponseRedirect(back)
