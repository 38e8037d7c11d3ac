"""The catalogue in the staff's admin: to be read, and to be decided on by buttons that call the actions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.catalogue import actions, policy, queries
from portal.catalogue.changes import Change, changes
from portal.catalogue.forms import PlainForm, ReasonsForm
from portal.catalogue.models import Agency, Agreement, DataItem, Dataset, DatasetVersion, System
from portal.catalogue.states import AgreementState, DatasetState, VersionState
from portal.trail.actor import current
from portal.trail.errors import Refusal

B = TypeVar("B", bound=Callable[..., HttpResponse])
READERS = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR)


def button(description: Promise, path: str) -> Callable[[B], B]:
    """unfold's decorator for a button above a row, with a type."""
    return cast("Callable[[B], B]", action(description=description, url_path=path))


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: what it asks, the form it needs, and the action behind it."""

    question: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]
    form: type[ReasonsForm | PlainForm]


class DecidingAdmin(StaffAdmin):
    """Buttons that lead to a page with what is decided on, and from there to an action."""

    kinds = READERS

    def possible(self, row: Any) -> set[str]:
        """The names of the buttons that this actor can use on this row now."""
        return set()

    def shown(self, row: Any) -> list[Change]:
        """What the decision is about."""
        return []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        row = self.get_object(request, str(object_id))
        names = self.possible(row) if row else set()
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [button for button in buttons if button.path in names]

    def decide(self, request: HttpRequest, object_id: str, deed: Deed, name: str) -> HttpResponse:
        """Ask on GET, act on POST; a refusal is shown where it belongs and changes nothing."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        back = reverse(f"admin:catalogue_{self.opts.model_name}_change", args=[row.pk])
        if name not in self.possible(row):
            messages.error(request, _("This step is not possible now."))
            return HttpResponseRedirect(back)
        form = deed.form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                deed.act(row, **form.cleaned_data, actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, str(deed.done))
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": deed.question,
            "opts": self.opts,
            "row": row,
            "form": form,
            "deed": deed,
            "changes": self.shown(row),
            "back": back,
        }
        return render(request, "catalogue/admin/decide.html", context, status=400 if form.errors else 200)


APPROVE = Deed(_("Approve what is proposed?"), _("Approve"), _("Published."), actions.approve_dataset, PlainForm)
RETURN = Deed(_("Return the proposal?"), _("Return"), _("Returned."), actions.return_dataset, ReasonsForm)
WITHDRAW = Deed(
    _("Withdraw the dataset from the catalogue?"),
    _("Withdraw"),
    _("Withdrawn."),
    actions.withdraw_dataset,
    ReasonsForm,
)
GRANT = Deed(_("Grant the application?"), _("Grant"), _("Granted."), actions.grant_agreement, PlainForm)
REFUSE = Deed(_("Refuse the application?"), _("Refuse"), _("Refused."), actions.refuse_agreement, ReasonsForm)
END = Deed(_("End the agreement?"), _("End"), _("Ended."), actions.end_agreement, ReasonsForm)


class WaitingFilter(admin.SimpleListFilter):
    """Whether a proposal waits for a decision."""

    title = _("waits for approval")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(waits=self.value() == "yes")


class ItemInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """A dataset's items, for whoever may look at the dataset."""

    model = DataItem
    fields = readonly_fields = ("position", "code", "name_zh", "name_en", "special_category", "active")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Dataset)
class DatasetAdmin(DecidingAdmin):
    list_display = ("code", "name", "agency", "classification", "sharing", "status", "waits_for_approval")
    list_filter = (WaitingFilter, "status", "classification", "sharing")
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)
    inlines: ClassVar = [ItemInline]
    actions_detail = ("approve", "send_back", "withdraw")
    readonly_fields = ("proposal",)
    fields = (
        "proposal", "code", "name_zh", "name_en", "agency", "system", "summary_zh", "summary_en", "kind",
        "classification", "classification_reason_zh", "classification_reason_en", "grade", "special_categories",
        "sharing", "sharing_conditions_zh", "sharing_conditions_en", "sharing_citation_zh", "sharing_citation_en",
        "sharing_method", "collection_basis", "collection_citation_zh", "collection_citation_en", "retention_zh",
        "retention_en", "source_of_truth", "update_frequency", "format", "opening", "opening_basis_zh",
        "opening_basis_en", "contact", "status", "version", "published_at", "origin",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        waiting = DatasetVersion.objects.filter(dataset=OuterRef("pk"), status=VersionState.PROPOSED)
        rows: QuerySet[Dataset] = super().get_queryset(request)
        return rows.annotate(waits=Exists(waiting))

    @admin.display(description=_("name"))
    def name(self, row: Dataset) -> str:
        return row.name

    @admin.display(description=_("waits for approval"), boolean=True)
    def waits_for_approval(self, row: Any) -> bool:
        return bool(row.waits)

    @admin.display(description=_("what is proposed"))
    def proposal(self, row: Dataset) -> str | Promise | SafeString:
        return side_by_side(self.shown(row)) or _("Nothing here waits for a decision.")

    def possible(self, row: Dataset) -> set[str]:
        names = set()
        waiting = queries.open_proposal(row)
        if waiting and policy.may(current(), "catalogue.decide_dataset", row):
            names |= {"approve", "return"} if policy.signature(current()) != waiting.proposed_by else set()
        if row.status == DatasetState.PUBLISHED and policy.may(current(), "catalogue.withdraw_dataset", row):
            names.add("withdraw")
        return names

    def shown(self, row: Dataset) -> list[Change]:
        waiting = queries.open_proposal(row)
        return changes(queries.approved_content(row), waiting.content) if waiting else []

    @button(_("Approve"), "approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, APPROVE, "approve")

    @button(_("Return"), "return")
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, RETURN, "return")

    @button(_("Withdraw"), "withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, WITHDRAW, "withdraw")


@admin.register(Agreement)
class AgreementAdmin(DecidingAdmin):
    list_display = ("code", "dataset", "provider", "recipient", "valid_from", "valid_until", "status")
    list_filter = ("status",)
    list_select_related = ("dataset", "provider", "recipient")
    search_fields = ("code", "dataset__name_zh", "dataset__name_en", "recipient__name_zh", "recipient__name_en")
    ordering = ("-proposed_at",)
    actions_detail = ("grant", "refuse", "end")
    readonly_fields = ("chosen_items",)
    fields = (
        "code", "dataset", "chosen_items", "provider", "recipient", "recipient_system", "purpose_zh", "purpose_en",
        "scenario_zh", "scenario_en", "legal_basis", "citation_zh", "citation_en", "method", "valid_from",
        "valid_until", "status", "proposed_at", "decided_at", "reasons", "ended_at",
    )  # fmt: skip

    @admin.display(description=_("items"))
    def chosen_items(self, row: Agreement) -> str | Promise:
        return ", ".join(item.name for item in row.items.all()) or _("all items")

    def possible(self, row: Agreement) -> set[str]:
        if not policy.may(current(), "catalogue.decide_agreement", row):
            return set()
        if row.status == AgreementState.APPLIED and policy.signature(current()) != row.proposed_by:
            return {"grant", "refuse"}
        return {"end"} if row.status == AgreementState.GRANTED else set()

    def shown(self, row: Agreement) -> list[Change]:
        term = f"{row.valid_from:%Y-%m-%d} – {row.valid_until or '…'}"
        said = {
            "recipient": row.recipient.name,
            "dataset": row.dataset.name,
            "items": str(self.chosen_items(row)),
            "purpose_zh": row.purpose_zh,
            "purpose_en": row.purpose_en,
            "citation_zh": row.citation_zh,
            "citation_en": row.citation_en,
            "valid_from": term,
        }
        label = {name: str(getattr(Agreement._meta.get_field(name), "verbose_name", name)) for name in said}
        return [Change(label[name], [], [value]) for name, value in said.items() if value]

    @button(_("Grant"), "grant")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, GRANT, "grant")

    @button(_("Refuse"), "refuse")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, REFUSE, "refuse")

    @button(_("End"), "end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, END, "end")


@admin.register(Agency)
class AgencyAdmin(StaffAdmin):
    kinds = READERS
    list_display = ("code", "name_zh", "name_en", "kind", "level", "channel", "reports_sharing", "active")
    list_filter = ("kind", "level", "channel", "reports_sharing", "active")
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("code",)


@admin.register(System)
class SystemAdmin(StaffAdmin):
    kinds = READERS
    list_display = ("code", "name_zh", "name_en", "agency", "status", "contractor")
    list_filter = ("status",)
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)


def side_by_side(rows: list[Change]) -> SafeString:
    """A table of what stands and what is proposed; "" where nothing is proposed."""
    if not rows:
        return SafeString("")
    body = format_html_join(
        "",
        '<tr class="border-t border-base-200"><th class="p-3 align-top text-left" scope="row">{}</th>'
        '<td class="p-3 align-top">{}</td><td class="p-3 align-top">{}</td></tr>',
        ((row.label, _stacked(row.before), _stacked(row.after)) for row in rows),
    )
    return format_html(
        '<table class="w-full"><thead class="text-left"><tr><th class="p-3" scope="col">{}</th>'
        '<th class="p-3" scope="col">{}</th><th class="p-3" scope="col">{}</th></tr></thead>'
        "<tbody>{}</tbody></table>",
        _("field"), _("what stands"), _("what is proposed"), body,
    )  # fmt: skip


def _stacked(lines: Any) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
