"""Purposes in the staff's admin: clerks propose their agency's, the authority decides. Consents are never here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import formset_factory
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from consent import actions, comparing, link_admin, plainness, policy, queries, round_admin, rounds
from consent.models import AskingRound, Notice, Purpose, PurposeItem
from consent.staff_forms import (
    ROWS,
    ApproveForm,
    ItemForm,
    ListForm,
    NoticeForm,
    OpenForm,
    PlainForm,
    PurposeForm,
    ReviewForm,
)
from consent.states import PurposeState
from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.catalogue import queries as catalogue
from portal.trail.actor import Actor, ActorKind, current
from portal.trail.errors import Refusal

__all__ = ["PurposeAdmin", "link_admin", "round_admin"]  # the admin finds what this module names
B = TypeVar("B", bound=Callable[..., HttpResponse])


def button(description: Promise, path: str) -> Callable[[B], B]:
    """unfold's decorator for a button above a row, with a type."""
    return cast("Callable[[B], B]", action(description=description, url_path=path))


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: what it asks first, what it says afterwards, the action behind it and the form that the act needs."""

    question: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]
    form: type[forms.Form] = PlainForm


def _approve_newest_notice(purpose: Purpose, *, actor: Actor, at: Any) -> None:
    actions.approve_notice(purpose.notices.latest("version"), actor=actor, at=at)


def _record_review(purpose: Purpose, *, actor: Actor, at: Any, **told: Any) -> None:
    actions.record_review(purpose, ReviewForm.review_of(told), actor=actor, at=at)


def _upload_list(purpose: Purpose, *, file: bytes, actor: Actor, at: Any) -> AskingRound:
    return rounds.upload(purpose, rounds.identifiers_of(file), actor=actor, at=at)


DEEDS: Final = {
    "approve": Deed(
        _("Approve this purpose and its notice?"),
        _("Approve"),
        _("Approved. Citizens may be asked from now on."),
        actions.approve_purpose,
        ApproveForm,
    ),
    "approve-notice": Deed(
        _("Approve the newest notice?"),
        _("Approve the notice"),
        _("Approved. It is shown from now on."),
        _approve_newest_notice,
    ),
    "open-for-comment": Deed(
        _("Let everybody read and comment on it?"),
        _("Open for comment"),
        _("It is open for comment now."),
        actions.open_for_comment,
        OpenForm,
    ),
    "propose-notice": Deed(
        _("Propose the next notice"),
        _("Propose"),
        _("Proposed. A second person approves it."),
        actions.publish_notice,
        NoticeForm,
    ),
    "record-review": Deed(
        _("Record an ethics review"), _("Record"), _("Recorded. The next notice shows it."), _record_review, ReviewForm
    ),
    "ask-many": Deed(
        _("Ask many at once"), _("Read the list"), _("Read. Look at it, then ask."), _upload_list, ListForm
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
    fields = readonly_fields = ("item", "need", "why_zh", "why_en", "narrower_zh", "narrower_en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurposeItem]:
        rows: QuerySet[PurposeItem] = super().get_queryset(request)
        return rows.select_related("item")


class NoticeInline(_Shown):
    model = Notice
    fields = readonly_fields = ("version", "short_zh", "short_en", "full_zh", "full_en", "asks_anew", "approved_at")


@admin.register(Purpose)
class PurposeAdmin(StaffAdmin):
    kinds = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR)
    list_display = ("code", "name", "agency", "kind", "risk", "state")
    list_filter = ("state", "risk", "kind")
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)
    inlines: ClassVar = [ItemInline, NoticeInline]
    actions_list = ("register",)
    actions_detail = (
        "approve", "approve_notice", "open_for_comment", "propose_notice", "record_review", "ask_many", "compare", "end"
    )  # fmt: skip
    fields = (
        "code", "name_zh", "name_en", "agency", "recipients", "description_zh", "description_en", "manner_zh",
        "manner_en", "legal_basis", "duty", "kind", "risk", "scenarios", "risks_zh", "risks_en", "impact_assessment",
        "is_automated", "automated_zh", "automated_en", "longest_days", "extendable", "retention_days",
        "if_refused_zh", "if_refused_en", "replaces", "state", "registered_at", "comments_from", "comments_until",
        "comments_answer_zh", "comments_answer_en", "approved_at", "ended_at",
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
        newest = queries.newest_notice(row.pk)
        planned = row.state in (PurposeState.DRAFT, PurposeState.OPEN)
        if newest and policy.may(actor, "consent.approve", row):
            if planned and policy.signature(actor) != row.registered_by:
                names.add("approve")
            elif not planned and newest.approved_at is None and policy.signature(actor) != newest.proposed_by:
                names.add("approve-notice")
        if newest and row.state == PurposeState.DRAFT and policy.may(actor, "consent.open_for_comment", row):
            names.add("open-for-comment")
        if row.state != PurposeState.ENDED and policy.may(actor, "consent.publish_notice", row):
            names |= {"propose-notice", "record-review"} if row.is_automated else {"propose-notice"}
        if row.state == PurposeState.APPROVED and policy.may(actor, "consent.end", row):
            names.add("end")
        if newest and newest.version > 1:
            names.add("compare")
        if row.state == PurposeState.APPROVED and row.rests_on_consent and policy.may(actor, "consent.ask", row):
            names.add("ask-many")
        return names

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        row = self.get_object(request, str(object_id))
        names = self.possible(row) if row else set()
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [button for button in buttons if button.path in names]

    def get_actions_list(self, request: HttpRequest) -> list[UnfoldAction]:
        buttons: list[UnfoldAction] = super().get_actions_list(request)
        return buttons if current().kind is ActorKind.CLERK else []

    # -------------------------------------------------------------- what is done to one purpose
    @button(_("Approve"), "approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "approve")

    @button(_("Approve the notice"), "approve-notice")
    def approve_notice(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "approve-notice")

    @button(_("Open for comment"), "open-for-comment")
    def open_for_comment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "open-for-comment")

    @button(_("Propose a notice"), "propose-notice")
    def propose_notice(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "propose-notice")

    @button(_("Record an ethics review"), "record-review")
    def record_review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "record-review")

    @button(_("Ask many at once"), "ask-many")
    def ask_many(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "ask-many")

    @button(_("End"), "end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "end")

    def _decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask on GET, act on POST; what is wrong is shown again at its field."""
        row, deed = self.get_object(request, object_id), DEEDS[name]
        if row is None:
            raise Http404
        back = reverse("admin:consent_purpose_change", args=[row.pk])
        if name not in self.possible(row):
            messages.error(request, _("This step is not possible now."))
            return HttpResponseRedirect(back)
        newest = queries.newest_notice(row.pk)
        is_sent = request.method == "POST"
        form = deed.form(
            request.POST if is_sent else None, request.FILES if is_sent else None, initial=_initial(newest)
        )
        if form.is_valid():
            try:
                made = deed.act(row, **form.cleaned_data, actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, str(deed.done))
                _warn(request, queries.newest_notice(row.pk) if name == "propose-notice" else None)
                if isinstance(made, AskingRound):
                    back = reverse("admin:consent_askinground_change", args=[made.pk])
                return HttpResponseRedirect(back)
        context = {**self._about(request, row, newest), "title": deed.question, "deed": deed, "form": form}
        return render(
            request, "consent/admin/decide.html", {**context, "back": back}, status=422 if form.errors else 200
        )

    def _about(self, request: HttpRequest, row: Purpose, newest: Notice | None) -> dict[str, Any]:
        """What who decides must know: the notice, what changed in it, how it reads, what people said."""
        older = queries.newest_notice(row.pk, below=newest.version) if newest else None
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "notice": newest,
            "items": row.items.select_related("item"),
            "changes": comparing.side_by_side(older, newest) if older and newest else [],
            "older": older,
            "plainness": plainness.warnings_of(newest) if newest else {},
            "comments": row.comments.all()[:200],
        }

    @button(_("Compare notices"), "compare")
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two versions side by side: the newest two, or those that are named."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        versions = {one.version: one for one in row.notices.all()}
        newest = max(versions, default=0)
        old, new = (_version(request.GET.get(name), versions) for name in ("old", "new"))
        old, new = old or versions.get(newest - 1), new or versions.get(newest)
        context = {**self._about(request, row, new), "title": _("Notices side by side"), "older": old, "newer": new}
        rows = comparing.side_by_side(old, new) if old and new else []
        back = reverse("admin:consent_purpose_change", args=[row.pk])
        context |= {"changes": rows, "versions": sorted(versions), "back": back}
        return render(request, "consent/admin/compare.html", context)

    # -------------------------------------------------------------- a new purpose
    @button(_("Register a purpose"), "register")
    def register(self, request: HttpRequest) -> HttpResponse:
        """A clerk writes down what their agency wants to ask for; nobody is asked before others approved it."""
        actor = current()
        if not self.has_view_permission(request) or actor.agency_id is None or actor.kind is not ActorKind.CLERK:
            raise Http404
        agency = catalogue.agencies_at_work().filter(pk=actor.agency_id).get()
        rows = formset_factory(ItemForm, extra=ROWS, max_num=ROWS, validate_max=True)
        given = request.POST or None
        form = PurposeForm(given, agency=agency)
        items = rows(given, prefix="items", form_kwargs={"items": catalogue.items_in_use()})
        if request.method == "POST" and all([form.is_valid(), items.is_valid()]):
            wishes = [wish for one in items.forms if (wish := one.wish()) is not None]
            try:
                purpose = actions.register_purpose(form.terms(wishes), actor=actor, at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("Registered. Write its notice next; then others decide."))
                return HttpResponseRedirect(reverse("admin:consent_purpose_change", args=[purpose.pk]))
        context = {**self.admin_site.each_context(request), "title": _("Register a purpose"), "opts": self.opts}
        back = reverse("admin:consent_purpose_changelist")
        wrong = form.errors or (items.is_bound and not items.is_valid())
        return render(
            request,
            "consent/admin/register.html",
            {**context, "form": form, "items": items, "back": back},
            status=422 if wrong else 200,
        )


def _initial(newest: Notice | None) -> dict[str, Any]:
    """A new notice begins as the last one."""
    names = ("short_zh", "short_en", "full_zh", "full_en", "child_zh", "child_en")
    return {name: getattr(newest, name) for name in names} if newest else {}


def _version(named: str | None, versions: Mapping[int, Notice]) -> Notice | None:
    return versions.get(int(named)) if named and named.isascii() and named.isdigit() and len(named) < 6 else None


def _warn(request: HttpRequest, notice: Notice | None) -> None:
    """How a notice reads, to who wrote it: a warning, never a refusal."""
    for said in [one for found in (plainness.warnings_of(notice) if notice else {}).values() for one in found]:
        messages.warning(request, said)
