"""The clerk's desk for parts that another agency offers: taken, or declined with the reason."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import actions, redress
from rights.actions.steps import LONGEST_TEXT
from rights.errors import UnknownOffer
from rights.models import Handover, Kind
from rights.states import HandoverState


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is not yours (the other agency reads this)"),
        max_length=LONGEST_TEXT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(Handover)
class HandoverAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("number", "right", "about", "from_whom", "state_now", "due")
    list_display_links = ("number",)
    list_select_related = ("dataset",)
    list_per_page = 50
    ordering = ("due_at", "id")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Handover]:
        """What others offer to the clerk's own agency."""
        rows: models.QuerySet[Handover] = super().get_queryset(request)
        agency_id = current().agency_id
        return rows.filter(recipient_id=agency_id) if agency_id else rows.none()

    @admin.display(description=_("right"), ordering="kind")
    def right(self, offer: Handover) -> str:
        return str(Kind(offer.kind).label)

    @admin.display(description=_("dataset"))
    def about(self, offer: Handover) -> str:
        return offer.dataset.name if offer.dataset else ""

    @admin.display(description=_("offered by"))
    def from_whom(self, offer: Handover) -> str:
        return redress.names_of([offer.agency_id]).get(offer.agency_id, "")

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, offer: Handover) -> str:
        return offer.get_state_display()

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, offer: Handover) -> str:
        return formats.date_format(timezone.localtime(offer.due_at), "DATE_FORMAT")

    # ------------------------------------------------------------------ one offer
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        steps = [path("<uuid:identifier>/decide/", guarded(self.decide), name="rights_offer_decide")]
        return [*steps, *cast("list[URLPattern]", super().get_urls())]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What is offered and why; whom it is about is seen once it is taken."""
        try:
            return self._page(request, self._offer(request, UUID(object_id)))
        except ValueError as error:
            raise UnknownOffer from error

    def _offer(self, request: HttpRequest, identifier: UUID) -> Handover:
        agency_id = current().agency_id
        if not self.has_view_permission(request) or agency_id is None:
            raise PermissionDenied
        return redress.offer_to(agency_id, identifier)

    def decide(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Take it, or decline it with the reason."""
        offer, at = self._offer(request, identifier), timezone.now()
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = DeclineForm(request.POST)
        declines = request.POST.get("step") == "decline"
        if declines and not form.is_valid():
            return self._page(request, offer, form=form, status=422)
        try:
            if declines:
                actions.decline_offer(offer, reason=form.cleaned_data["reason"], actor=current(), at=at)
            else:
                actions.accept_offer(offer, actor=current(), at=at)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, offer, form=form, status=refusal.status)
        done = _("Declined. The other agency goes on.") if declines else _("Taken. It is in your queue in a moment.")
        messages.success(request, str(done))
        return HttpResponseRedirect(reverse("admin:rights_handover_change", args=[offer.pk]))

    def _page(
        self, request: HttpRequest, offer: Handover, *, form: DeclineForm | None = None, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{Kind(offer.kind).label} · {offer.number}",
            "opts": self.opts,
            "offer": offer,
            "from_whom": self.from_whom(offer),
            "form": form or DeclineForm(),
            "is_open": offer.state == HandoverState.OFFERED,
            "back": reverse("admin:rights_handover_changelist"),
        }
        return render(request, "rights/admin/offer.html", context, status=status)
