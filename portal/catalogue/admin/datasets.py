"""Datasets and their items in the staff's admin: read, and decided on beside what stands."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.catalogue import actions, policy, queries
from portal.catalogue.admin.deciding import READERS, Deed, button, side_by_side
from portal.catalogue.admin.registering import RegisteringAdmin
from portal.catalogue.changes import Change, changes
from portal.catalogue.forms import PlainForm, ReasonsForm
from portal.catalogue.models import DataItem, Dataset, DatasetVersion, UpdateDuty
from portal.catalogue.states import DatasetState, VersionState
from portal.trail.actor import current

APPROVE = Deed(_("Approve what is proposed?"), _("Approve"), _("Published."), actions.approve_dataset, PlainForm)
RETURN = Deed(_("Return the proposal?"), _("Return"), _("Returned."), actions.return_dataset, ReasonsForm)
WITHDRAW = Deed(
    _("Withdraw the dataset from the catalogue?"),
    _("Withdraw"),
    _("Withdrawn."),
    actions.withdraw_dataset,
    ReasonsForm,
)


def _note_change(row: Dataset, *, reasons: str, **acted: Any) -> UpdateDuty:
    return actions.note_change(row, reason=reasons, **acted)


CHANGE = Deed(
    _("Have the law or your duties changed? The entry is then due to be updated."),
    _("Note"),
    _("Noted."),
    _note_change,
    ReasonsForm,
)


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
    fields = readonly_fields = (
        "position", "code", "name_zh", "name_en", "special_category", "data_element", "code_list", "no_standard",
        "active",
    )  # fmt: skip
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Dataset)
class DatasetAdmin(RegisteringAdmin):
    list_display = ("code", "name", "agency", "classification", "sharing", "status", "waits_for_approval")
    list_filter = (WaitingFilter, "status", "classification", "sharing")
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)
    inlines: ClassVar = [ItemInline]
    actions_detail = ("approve", "send_back", "withdraw", "revise", "change_of_law")
    readonly_fields = ("proposal", "collected_already", "review_due", "rights_in_it")
    fields = (
        "proposal", "collected_already", "review_due", "code", "name_zh", "name_en", "agency", "system", "summary_zh",
        "summary_en", "kind",
        "classification", "classification_reason_zh", "classification_reason_en", "grade", "special_categories",
        "sharing", "sharing_conditions_zh", "sharing_conditions_en", "sharing_citation_zh", "sharing_citation_en",
        "sharing_method", "collection_basis", "collection_citation_zh", "collection_citation_en", "collection_force",
        "secrecy", "secrecy_handling_zh", "secrecy_handling_en", "rights_in_it", "assessment", "assessed_on", "head",
        "head_approved_on", "retention_zh", "retention_en", "source_of_truth", "update_frequency", "format", "opening",
        "opening_basis_zh", "opening_basis_en", "contact", "status", "version", "published_at", "origin",
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

    @admin.display(description=_("could be had by sharing"))
    def collected_already(self, row: Dataset) -> str | Promise:
        """What the agency means to collect though another shares it."""
        return ", ".join(f"{item} ({code})" for item, code in queries.already_shared(row)) or "–"

    @admin.display(description=_("review due"))
    def review_due(self, row: Dataset) -> str:
        waiting = queries.open_proposal(row)
        due_at = waiting.review_due_at if waiting else None
        return f"{timezone.localtime(due_at):%Y-%m-%d}" if due_at else "–"

    @admin.display(description=_("ownership split"))
    def rights_in_it(self, row: Dataset) -> str:
        return "; ".join(
            f"{line['right']}: {line['holder']} ({line['provision'] or _('undetermined')})"
            for line in row.ownership_lines
        )

    def possible(self, row: Dataset) -> set[str]:
        names = set()
        waiting = queries.open_proposal(row)
        if waiting and policy.may(current(), "catalogue.decide_dataset", row):
            names |= {"approve", "return"} if policy.signature(current()) != waiting.proposed_by else set()
        if row.status == DatasetState.PUBLISHED and policy.may(current(), "catalogue.withdraw_dataset", row):
            names.add("withdraw")
        if policy.may(current(), "catalogue.note_change", row):
            names |= {"law"} if row.status == DatasetState.PUBLISHED else set()
            names |= {"revise"} if current().agency_id == row.agency_id else set()
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

    @button(_("Law or duties changed"), "law")
    def change_of_law(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, CHANGE, "law")

    @button(_("Withdraw"), "withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, WITHDRAW, "withdraw")


class ApartFilter(admin.SimpleListFilter):
    """Items that two agencies define differently."""

    title = _("defined differently by agencies")
    parameter_name = "apart"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataItem]) -> QuerySet[DataItem]:
        return queryset.filter(pk__in=queries.defined_apart().order_by().values("pk")) if self.value() else queryset


@admin.register(DataItem)
class DataItemAdmin(StaffAdmin):
    """Every item with its standard: for the authority, where agencies mean different things by one word."""

    kinds = (UserKind.AUTHORITY, UserKind.REGULATOR)
    list_display = ("name_zh", "name_en", "dataset", "agency", "data_element", "code_list", "no_standard")
    list_filter = (ApartFilter, "no_standard", "special_category")
    list_select_related = ("dataset__agency",)
    search_fields = ("name_zh", "name_en", "data_element", "code_list")
    ordering = ("name_zh", "dataset__code")

    @admin.display(description=_("agency"))
    def agency(self, row: DataItem) -> str:
        return row.dataset.agency.name


@admin.register(UpdateDuty)
class UpdateDutyAdmin(StaffAdmin):
    """Entries that are due to be brought up to date, and which are late."""

    kinds = READERS
    list_display = ("dataset", "agency", "noted_at", "due_at", "extended_at", "done_at", "late")
    list_select_related = ("dataset", "agency")
    ordering = ("due_at",)

    @admin.display(description=_("overdue"), boolean=True)
    def late(self, row: UpdateDuty) -> bool:
        return (row.done_at or timezone.now()) > row.due_at
