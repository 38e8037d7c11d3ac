"""The clerk's desk: the queue of their agency's parts, and a part with every step that is possible now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.accounts import queries as accounts
from portal.accounts.actions import Disclosed
from portal.accounts.errors import UnknownSubject
from portal.accounts.models import UserKind
from portal.accounts.numbers import masked_name
from portal.accounts.staff_admin import StaffAdmin
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import actions, possible, queries, redress
from rights.actions import blacking, erasing
from rights.connector_desk import ExecutionAdmin, connector_context
from rights.downloads import download
from rights.errors import ApprovalNeeded, UnknownPart
from rights.forms import AskForm, DecideForm, ReasonForm, ReplyForm, ShowForm, StepForm, TransferForm, WhyForm
from rights.models import Kind, Part
from rights.offers_desk import HandoverAdmin
from rights.package import ground_of
from rights.redress_forms import BlackoutForm, DeskReplyForm, EraseForm
from rights.review_desk import AppealAdmin, mediation_form, take_mediation_step
from rights.states import OPEN, RUNNING, PartState

__all__ = ["AppealAdmin", "ExecutionAdmin", "HandoverAdmin", "PartAdmin"]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """One button: its words, the form it needs, what it says afterwards, and the action behind it."""

    button: Text
    done: Text
    form: type[StepForm]
    act: Callable[..., Any]


STEPS: Final[Mapping[str, Step]] = {
    "acknowledge": Step(_("Acknowledge"), _("The person was told that you work on it."), StepForm, actions.acknowledge),
    "ask": Step(_("Ask the person"), _("Asked. The clock stands until the answer is here."), AskForm, actions.ask),
    "extend": Step(_("Extend"), _("Extended. The person was told why."), ReasonForm, actions.extend),
    "transfer": Step(
        _("Transfer"), _("Offered. It stays here until the other agency takes it."), TransferForm, actions.transfer
    ),
    "erase": Step(
        _("State what was erased"), _("A second person can confirm it now."), EraseForm, erasing.state_erasure
    ),
    "confirm": Step(
        _("Confirm what was erased"), _("Confirmed. The part can be answered."), StepForm, erasing.confirm_erasure
    ),
    "blackout": Step(_("Black out"), _("Blacked out. What was there is gone."), BlackoutForm, blacking.black_out_words),
    "reply": Step(_("Reply"), _("Answered."), DeskReplyForm, actions.reply),
}


OF_ERASURES: Final = ("erase", "confirm")


class StateFilter(admin.SimpleListFilter):
    """What is open, unless somebody asks for more."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        own = [("late", _("late")), ("up", _("told to the head")), ("approval", _("waits for approval"))]
        return [*own, *PartState.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        rows = list(super().choices(changelist))
        return [{**rows[0], "display": _("open")}, *rows[1:]]

    def queryset(self, _request: HttpRequest, rows: models.QuerySet[Part]) -> models.QuerySet[Part]:
        match self.value():
            case None:
                return rows.filter(state__in=OPEN)
            case "late":
                return rows.filter(state__in=RUNNING, due_at__lt=timezone.now())
            case "up":
                return rows.filter(state__in=RUNNING, escalations__due_at=models.F("due_at")).distinct()
            case "approval":
                return rows.filter(approvals__granted=None, approvals__isnull=False).distinct()
            case str(state) if state in PartState.values:
                return rows.filter(state=state)
        return rows


@admin.register(Part)
class PartAdmin(StaffAdmin):
    kinds = (UserKind.CLERK,)
    list_display = ("number", "right", "about", "state_now", "due", "days_left")
    list_display_links = ("number",)
    list_filter = (StateFilter, "kind")
    list_select_related = ("request", "dataset", "agency")
    list_per_page = 50
    search_fields = ("request__number", "dataset__name_zh", "dataset__name_en", "dataset__code")
    ordering = ("due_at", "id")

    # ------------------------------------------------------------------ the queue
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Part]:
        """The clerk's own agency's, said here too: row-level security is the second wall."""
        rows: models.QuerySet[Part] = super().get_queryset(request)
        agency_id = current().agency_id
        return rows.filter(agency_id=agency_id) if agency_id else rows.none()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """What is shown here has been delivered."""
        answer: HttpResponseBase = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown:
            for part in shown["cl"].result_list:
                if part.state == PartState.QUEUED:
                    actions.mark_delivered(part, actor=current(), at=timezone.now())
                    part.move_to(PartState.DELIVERED)
        return answer

    @admin.display(description=_("number"), ordering="request__number")
    def number(self, part: Part) -> str:
        return part.request.number

    @admin.display(description=_("right"), ordering="kind")
    def right(self, part: Part) -> str:
        return part.get_kind_display()

    @admin.display(description=_("dataset"))
    def about(self, part: Part) -> str:
        return part.dataset.name if part.dataset else ""

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, part: Part) -> str:
        return part.get_state_display()

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, part: Part) -> str:
        return formats.date_format(timezone.localtime(part.due_at), "DATE_FORMAT")

    @admin.display(description=_("days left"))
    def days_left(self, part: Part) -> str:
        return _left(part) if part.is_open else ""

    # ------------------------------------------------------------------ one part
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        steps = [
            path("<uuid:identifier>/show-person/", guarded(self.show_person), name="rights_show_person"),
            path("<uuid:identifier>/ask-approval/", guarded(self.ask_approval), name="rights_ask_approval"),
            path("<uuid:identifier>/decide/", guarded(self.decide), name="rights_decide_approval"),
            path("<uuid:identifier>/mediation/", guarded(self.mediate), name="rights_mediate"),
            path("<uuid:identifier>/take/<slug:name>/", guarded(self.take), name="rights_take"),
            path("<uuid:identifier>/evidence/<uuid:evidence>/", guarded(self.evidence), name="rights_evidence"),
        ]
        return [*steps, *cast("list[URLPattern]", super().get_urls())]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Left what is asked and by whom; right what can be done with it now, and why the rest can't."""
        try:
            part = self._part(request, UUID(object_id))
        except ValueError as error:
            raise UnknownPart from error
        if part.state == PartState.QUEUED:
            actions.mark_delivered(part, actor=current(), at=timezone.now())
            part = self._part(request, part.pk)
        return self._page(request, part)

    def _part(self, request: HttpRequest, identifier: UUID) -> Part:
        agency_id = current().agency_id
        if not self.has_view_permission(request) or agency_id is None:
            raise PermissionDenied
        return queries.part_of(agency_id, identifier)

    def take(self, request: HttpRequest, identifier: UUID, name: str) -> HttpResponse:
        """Take a step; what is wrong is said at its field and changes nothing."""
        part = self._part(request, identifier)
        if name not in STEPS:
            raise UnknownPart
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        step = STEPS[name]
        form = step.form(request.POST, request.FILES, part=part, prefix=name)
        if not form.is_valid():
            return self._page(request, part, form=form, open_step=name, status=422)
        given = form.answer() if isinstance(form, ReplyForm) else form.cleaned_data
        try:
            step.act(part, **given, actor=current(), at=timezone.now())
        except Refusal as refusal:
            field = {"files": "attachments"}.get(refusal.field or "", refusal.field)
            if field in form.fields:
                form.add_error(field, str(refusal.message))
            else:
                messages.error(request, str(refusal.message))
            return self._page(request, part, form=form, open_step=name, status=refusal.status)
        messages.success(request, str(step.done))
        return HttpResponseRedirect(reverse("admin:rights_part_change", args=[part.pk]))

    def show_person(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Show whom the part is about, this once; the look is recorded and the person sees it."""
        part = self._part(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = ShowForm(request.POST, part=part, prefix="show")
        if not form.is_valid():
            return self._page(request, part, form=form, open_step="show", status=422)
        try:
            person = actions.show_person(
                part, reason=form.cleaned_data["reason"], actor=current(), at=timezone.now()
            )  # fmt: skip
        except ApprovalNeeded as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, part, status=refusal.status)
        return self._page(request, part, person=person)

    def ask_approval(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Ask a colleague to approve that this clerk sees which minor the part is about."""
        part = self._part(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = WhyForm(request.POST, part=part, prefix="approval")
        if not form.is_valid():
            return self._page(request, part, form=form, open_step="approval", status=422)
        act = partial(actions.ask_approval, part, **form.cleaned_data)
        return self._settled(request, part, act, _("A colleague can approve it now."))

    def decide(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Approve or decline what a colleague, or the agency's system, asked."""
        part = self._part(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = DecideForm(request.POST, part=part, prefix="decide")
        if not form.is_valid():
            return self._page(request, part, form=form, open_step="decide", status=422)
        given = form.cleaned_data
        approval = queries.approval(part.agency_id, part, given["approval"])
        act = partial(
            actions.decide_approval, approval, granted=given["granted"] == DecideForm.YES, reason=given["reason"]
        )
        return self._settled(request, part, act, _("Your decision is recorded."))

    def mediate(self, request: HttpRequest, identifier: UUID) -> HttpResponse:
        """Take part in a mediation, propose, agree, or end it."""
        part = self._part(request, identifier)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = mediation_form(redress.mediation_about(part), request.POST)
        if form is None or not form.is_valid():
            return self._page(request, part, status=422)
        act = partial(take_mediation_step, part, form.cleaned_data)
        return self._settled(request, part, act, _("Done. The person was told."))

    def evidence(self, request: HttpRequest, identifier: UUID, evidence: UUID) -> HttpResponseBase:
        """A file that the person put to their request; the look is recorded."""
        part = self._part(request, identifier)
        try:
            found, content = actions.read_evidence(part, evidence, actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, part, status=refusal.status)
        return download(content, found.name, found.media_type, found.size)

    def _settled(self, request: HttpRequest, part: Part, act: Callable[..., Any], done: Text) -> HttpResponse:
        try:
            act(actor=current(), at=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            return self._page(request, part, status=refusal.status)
        messages.success(request, str(done))
        return HttpResponseRedirect(reverse("admin:rights_part_change", args=[part.pk]))

    def _page(
        self, request: HttpRequest, part: Part, *, form: StepForm | None = None, open_step: str = "",
        person: Disclosed | None = None, status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        at = timezone.now()
        why_not = possible.reasons(part, at=at)
        steps = [
            {
                "name": name,
                "button": step.button,
                "why_not": why_not[name],
                "form": form if name == open_step else step.form(part=part, prefix=name),
                "is_open": name == open_step,
                "address": reverse("admin:rights_take", args=[part.pk, name]),
            }
            for name, step in STEPS.items()
            if name not in OF_ERASURES or part.kind == Kind.ERASURE
        ]
        rights = law.jurisdiction(part.request.jurisdiction).rights[part.kind]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{rights.title} · {part.dataset.name if part.dataset else part.agency.name}",
            "opts": self.opts,
            "part": part,
            "right": rights,
            "article": law.article(part.due_article),
            "left": _left(part) if part.is_open else "",
            "steps": steps,
            "person": person,
            "masked": _masked(part),
            "show_form": form if open_step == "show" else ShowForm(part=part, prefix="show"),
            **_about_minor(part, form, open_step),
            **connector_context(part),
            "names": queries.names_of(part.request),
            "items": queries.wanted_items(part),
            **_wished(part, person),
            "said": list(part.messages.order_by("at", "id")),
            "files": list(part.files.order_by("name")),
            "ground": ground_of(part),
            "precedents": _precedents(part) if part.is_open else [],
            "erasure": part.erasures.order_by("-prepared_at").first() if part.kind == Kind.ERASURE else None,
            "offers": list(part.offers.order_by("-offered_at")),
            "appeals": list(part.appeals.order_by("-filed_at", "-id")),
            "mediation": (mediation := redress.mediation_about(part)),
            "mediation_form": mediation_form(mediation),
            "back": reverse("admin:rights_part_changelist"),
        }
        return render(request, "rights/admin/part.html", context, status=status)


def _precedents(part: Part) -> list[tuple[Any, Any]]:
    """What appeals decided about each ground that could be named here, the newest of each, with the ground."""
    found = redress.precedents_of(part.kind)
    grounds = law.jurisdiction(part.request.jurisdiction).refusal_grounds(part.kind)
    return [(ground, found[ground.code][0]) for ground in grounds if ground.code in found]


def _wished(part: Part, person: Disclosed | None) -> dict[str, Any]:
    """What a correction asks and what the person sent along: of a minor only while they are shown."""
    if part.of_minor and person is None:
        return {}
    return {"changes": queries.wanted_changes(part), "evidence": queries.evidence_of(part.request, part)}


def _about_minor(part: Part, form: StepForm | None, open_step: str) -> dict[str, Any]:
    """What the page needs where a part is about a minor: this clerk's own question, and colleagues' that wait."""
    if not part.of_minor:
        return {}
    actor = current()
    approvals = queries.approvals_of(part)
    waiting = [row for row in approvals if row.granted is None and row.asked_by != actor.user_id]
    return {
        "minors_article": law.article("minors-36"),
        "approval": queries.approval_of(part, actor),
        "approvals": approvals,
        "approval_form": form if open_step == "approval" else WhyForm(part=part, prefix="approval"),
        "decide_form": (form if open_step == "decide" else DecideForm(part=part, prefix="decide")) if waiting else None,
    }


def _left(part: Part) -> str:
    if part.state == PartState.INFORMATION_NEEDED:
        return gettext("the clock stands")
    days = law.working_days_left(part.due_at, at=timezone.now(), code=part.request.jurisdiction)
    if part.due_at < timezone.now():
        return gettext("late")
    return ngettext("%(days)d working day", "%(days)d working days", days) % {"days": days}


def _masked(part: Part) -> str:
    """The name with all but its first character covered; nothing of minors, nor before the agency saw the person."""
    if part.of_minor:
        return "＊＊"
    try:
        return masked_name(accounts.name_of(bytes(part.subject_key)))
    except UnknownSubject:
        return "＊＊"
