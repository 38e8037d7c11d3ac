"""Agreements in the staff's admin: each step of their course is a button."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.catalogue import actions, policy
from portal.catalogue.admin.deciding import DecidingAdmin, Deed, button
from portal.catalogue.changes import Change
from portal.catalogue.forms import (
    EvidenceForm,
    ExceptionForm,
    MissingForm,
    PlainForm,
    ReasonsForm,
    SupplementForm,
    TestForm,
)
from portal.catalogue.models import Agreement
from portal.catalogue.states import UNDECIDED, AgreementState
from portal.catalogue.words import Form
from portal.trail.actor import current

GRANT = Deed(_("Grant the application?"), _("Grant"), _("Granted."), actions.grant_agreement, PlainForm)
REFUSE = Deed(_("Refuse the application?"), _("Refuse"), _("Refused."), actions.refuse_agreement, ReasonsForm)
END = Deed(_("End the agreement?"), _("End"), _("Ended."), actions.end_agreement, ReasonsForm)
MISSING = Deed(
    _("Tell the applicant what is missing? You can do so once."),
    _("Tell"),
    _("The applicant was told."),
    actions.tell_what_is_missing,
    MissingForm,
)
SUPPLY = Deed(_("Supply what was missing"), _("Supply"), _("Supplied."), actions.supply, SupplementForm)
EXTEND = Deed(_("Give the provider more time?"), _("Extend"), _("Extended."), actions.extend_answer, ReasonsForm)
EXCEPT = Deed(
    _("Let sensitive data be shared as it is? This is published."),
    _("Allow"),
    _("Allowed."),
    actions.allow_as_it_is,
    ExceptionForm,
)
TEST = Deed(_("Record a re-identification test"), _("Record"), _("Recorded."), actions.record_test, TestForm)
DELIVER = Deed(_("Has the data been made available?"), _("Yes"), _("Recorded."), actions.note_delivery, PlainForm)
DISPOSE = Deed(_("Record the disposal"), _("Record"), _("Recorded."), actions.note_disposal, EvidenceForm)


class OverdueFilter(admin.SimpleListFilter):
    """Applications whose answer, or whose data, is late."""

    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("answer", _("answer")), ("delivery", _("delivery")), ("disposal", _("disposal"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        match self.value():
            case "answer":
                return queryset.filter(status=AgreementState.APPLIED, due_at__lt=now)
            case "delivery":
                return queryset.filter(status=AgreementState.GRANTED, delivered_at=None, deliver_due_at__lt=now)
            case "disposal":
                return queryset.filter(status=AgreementState.ENDED, disposed_at=None)
        return queryset


@admin.register(Agreement)
class AgreementAdmin(DecidingAdmin):
    list_display = ("code", "dataset", "provider", "recipient", "status", "due", "valid_until")
    list_filter = (OverdueFilter, "status", "form")
    list_select_related = ("dataset", "provider", "recipient")
    search_fields = ("code", "dataset__name_zh", "dataset__name_en", "recipient__name_zh", "recipient__name_en")
    ordering = ("-proposed_at",)
    actions_detail = (
        "grant", "refuse", "missing", "supply", "extend", "allow", "test", "deliver", "end", "dispose",
    )  # fmt: skip
    readonly_fields = ("chosen_items",)
    fields = (
        "code", "dataset", "chosen_items", "provider", "recipient", "recipient_system", "purpose_zh", "purpose_en",
        "scenario_zh", "scenario_en", "legal_basis", "citation_zh", "citation_en", "force", "method", "form",
        "form_method", "form_parameters", "form_until", "exception_reasons", "exception_until", "valid_from",
        "valid_until", "disposal_zh", "disposal_en", "status", "proposed_at", "due_at", "extended_at",
        "extension_reasons", "overdue_noted_at", "missing", "missing_told_at", "supplement", "supplied_at",
        "decided_at", "reasons", "deliver_due_at", "delivered_at", "ended_at", "disposed_at", "disposal_evidence",
    )  # fmt: skip

    @admin.display(description=_("items"))
    def chosen_items(self, row: Agreement) -> str | Promise:
        return ", ".join(item.name for item in row.items.all()) or _("all items")

    @admin.display(description=_("answer due"), ordering="due_at")
    def due(self, row: Agreement) -> str | Promise:
        if row.status not in UNDECIDED or row.due_at is None:
            return ""
        day = f"{timezone.localtime(row.due_at):%Y-%m-%d}"
        late = row.status == AgreementState.APPLIED and row.due_at < timezone.now()
        return _("%(day)s, overdue") % {"day": day} if late else day

    def possible(self, row: Agreement) -> set[str]:
        actor, status = current(), row.status
        names = set()
        if policy.may(actor, "catalogue.decide_agreement", row):
            if status == AgreementState.APPLIED and policy.signature(actor) != row.proposed_by:
                names |= {"grant", "refuse"}
            if status == AgreementState.APPLIED and not row.missing_told_at:
                names.add("missing")
            if status in (AgreementState.GRANTED, AgreementState.SUSPENDED):
                names.add("end")
            if status == AgreementState.GRANTED and not row.delivered_at:
                names.add("deliver")
        if status in UNDECIDED and not row.extended_at and policy.may(actor, "catalogue.extend_answer", row):
            names.add("extend")
        if status not in (AgreementState.REFUSED, AgreementState.ENDED):
            names |= self._on_its_form(row)
        if status == AgreementState.INCOMPLETE and policy.may(actor, "catalogue.supply", row):
            names.add("supply")
        if status == AgreementState.ENDED and not row.disposed_at and policy.may(actor, "catalogue.dispose", row):
            names.add("dispose")
        return names

    def _on_its_form(self, row: Agreement) -> set[str]:
        if row.form == Form.RAW:
            return {"except"} if policy.may(current(), "catalogue.allow_as_it_is", row) else set()
        return {"test"} if policy.may(current(), "catalogue.record_test", row) else set()

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
            "form": str(row.get_form_display()),
            "force": str(row.get_force_display()),
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

    @button(_("Tell what is missing"), "missing")
    def missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, MISSING, "missing")

    @button(_("Supply"), "supply")
    def supply(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, SUPPLY, "supply")

    @button(_("Extend"), "extend")
    def extend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, EXTEND, "extend")

    @button(_("Allow as it is"), "except")
    def allow(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, EXCEPT, "except")

    @button(_("Record a test"), "test")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, TEST, "test")

    @button(_("Delivered"), "deliver")
    def deliver(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, DELIVER, "deliver")

    @button(_("Disposed of"), "dispose")
    def dispose(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, DISPOSE, "dispose")
