"""The clerk's desk for internal reviews, and for a part's mediation."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import redress
from rights.actions import appeals, mediating
from rights.errors import UnknownAppeal
from rights.models import Appeal, Kind, Mediation, Part
from rights.redress_forms import DecideAppealForm, JoinForm
from rights.remedies import Level
from rights.states import APPEAL_OPEN, AppealState, MediationState

Text = str | Promise


class OpenFilter(admin.SimpleListFilter):
    """What is open, unless somebody asks for more."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [*AppealState.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        rows = list(super().choices(changelist))
        return [{**rows[0], "display": _("open")}, *rows[1:]]

    def queryset(self, _request: HttpRequest, rows: models.QuerySet[Appeal]) -> models.QuerySet[Appeal]:
        match self.value():
            case None:
                return rows.filter(state__in=APPEAL_OPEN)
            case str(state) if state in AppealState.values:
                return rows.filter(state=state)
        return rows


@admin.register(Appeal)
class AppealAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("number", "right", "contests", "state_now", "due")
    list_display_links = ("number",)
    list_filter = (OpenFilter,)
    list_select_related = ("part__request", "part__dataset", "part__agency")
    list_per_page = 50
    ordering = ("due_at", "id")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Appeal]:
        """The clerk's own agency's internal reviews, said here too: row-level security is the second wall."""
        rows: models.QuerySet[Appeal] = super().get_queryset(request)
        agency_id = current().agency_id
        return rows.filter(agency_id=agency_id, level=Level.AGENCY) if agency_id else rows.none()

    @admin.display(description=_("number"), ordering="part__request__number")
    def number(self, appeal: Appeal) -> str:
        return appeal.part.request.number

    @admin.display(description=_("right"), ordering="kind")
    def right(self, appeal: Appeal) -> str:
        return str(Kind(appeal.kind).label)

    @admin.display(description=_("against"))
    def contests(self, appeal: Appeal) -> str:
        return appeal.get_against_display()

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, appeal: Appeal) -> str:
        return appeal.get_state_display()

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, appeal: Appeal) -> str:
        return formats.date_format(timezone.localtime(appeal.due_at), "DATE_FORMAT")

    # ------------------------------------------------------------------ one appeal
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        steps = [
            path("<uuid:identifier>/take/", guarded(self.take), name="rights_appeal_take"),
            path("<uuid:identifier>/decide/", guarded(self.decide), name="rights_appeal_decide"),
        ]
        return [*steps, *cast("list[URLPattern]", super().get_urls())]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What is contested and why, and the decision to be taken by somebody who did not answer."""
        try:
            return self._page(request, self._appeal(request, UUID(object_id)))
        except ValueError as error:
            raise UnknownAppeal from error

    def _appeal(self, request: HttpRequest, identifier: UUID) -> Appeal:
        agency_id = current().agency_id
        if not self.has_view_permission(request) or agency_id is None:
            raise PermissionDenied
        found = redress.to_review(Level.AGENCY, agency_id=agency_id).filter(pk=identifier).first()
        if found is None:
            raise UnknownAppeal
        return found

    def take(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Begin the review."""
        appeal = self._appeal(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return self._settled(request, appeal, partial(appeals.take_appeal, appeal), _("The review is yours."))

    def decide(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Decide; what is wrong is said at its field and changes nothing."""
        appeal = self._appeal(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = DecideAppealForm(request.POST, is_desk=True)
        if not form.is_valid():
            return self._page(request, appeal, form=form, status=422)
        act = partial(appeals.decide_appeal, appeal, **form.answer())
        return self._settled(request, appeal, act, _("Decided. The person was told."), form)

    def _settled(
        self, request: HttpRequest, appeal: Appeal, act: Callable[..., Any], done: Text,
        form: DecideAppealForm | None = None,
    ) -> HttpResponse:  # fmt: skip
        try:
            act(actor=current(), at=timezone.now())
        except Refusal as refusal:
            if form is not None and refusal.field in form.fields:
                form.add_error(refusal.field, str(refusal.message))
            else:
                messages.error(request, str(refusal.message))
            return self._page(request, appeal, form=form, status=refusal.status)
        messages.success(request, str(done))
        return HttpResponseRedirect(reverse("admin:rights_appeal_change", args=[appeal.pk]))

    def _page(
        self, request: HttpRequest, appeal: Appeal, *, form: DecideAppealForm | None = None, status: int = 200
    ) -> HttpResponse:
        part = appeal.part
        jurisdiction = law.jurisdiction(part.request.jurisdiction)
        grounds = jurisdiction.refusal_grounds(appeal.kind)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{jurisdiction.rights[appeal.kind].title} · {part.request.number}",
            "opts": self.opts,
            "appeal": appeal,
            "part": part,
            "ground": next((ground for ground in grounds if ground.code == appeal.ground), None),
            "article": law.article(appeal.due_article),
            "precedents": redress.precedents(appeal.kind, appeal.ground)[:5],
            "form": form or DecideAppealForm(is_desk=True),
            "can_take": appeal.state == AppealState.FILED,
            "can_decide": appeal.state == AppealState.UNDER_REVIEW,
            "answered_it": appeal.answered_by is not None and appeal.answered_by == current().user_id,
            "back": reverse("admin:rights_appeal_changelist"),
        }
        return render(request, "rights/admin/appeal.html", context, status=status)


# ------------------------------------------------------------------ a part's mediation
def mediation_form(mediation: Mediation | None, data: Any = None) -> JoinForm | None:
    """The steps that the agency can take now, or None."""
    steps: dict[str, list[tuple[str, Text]]] = {
        MediationState.ASKED: [(JoinForm.TAKE_PART, _("Take part")), (JoinForm.DECLINE, _("Decline, and say why"))],
        MediationState.UNDER_WAY: [(JoinForm.PROPOSE, _("Propose this settlement")), (JoinForm.END, _("End it"))],
        MediationState.PROPOSED: [
            (JoinForm.AGREE, _("Agree to the person's proposal")),
            (JoinForm.PROPOSE, _("Propose this settlement")),
            (JoinForm.END, _("End it")),
        ],
    }
    offered = steps.get(mediation.state) if mediation else None
    return JoinForm(data, steps=offered, prefix="mediation") if offered else None


def take_mediation_step(part: Part, given: dict[str, Any], **by: Any) -> None:
    """What the clerk chose; raises as the action does."""
    mediation = redress.mediation_about(part)
    if mediation is None:
        raise UnknownAppeal
    acts: dict[str, Callable[..., Mediation]] = {
        JoinForm.TAKE_PART: partial(mediating.join_mediation, text=given["text"]),
        JoinForm.DECLINE: partial(mediating.decline_mediation, text=given["text"]),
        JoinForm.PROPOSE: partial(mediating.propose_settlement, text=given["text"]),
        JoinForm.AGREE: mediating.agree_settlement,
        JoinForm.END: partial(mediating.end_mediation, text=given["text"]),
    }
    acts[given["step"]](mediation, **by)
