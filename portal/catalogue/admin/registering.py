"""Registering datasets in the staff's admin: by a form, or by a table that is shown line by line before it is taken."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import UnfoldAction

from portal.catalogue import actions, policy, queries
from portal.catalogue.admin.deciding import DecidingAdmin, button
from portal.catalogue.errors import InvalidDataset
from portal.catalogue.importing import csv_file
from portal.catalogue.models import Agency, Dataset
from portal.catalogue.registering import RegistrationForm, initial
from portal.trail.actor import current
from portal.trail.errors import Refusal

LARGEST = 1024 * 1024  # of a table that is sent by a page


class TableForm(forms.Form):
    """A table: chosen as a file, and carried along while its lines are looked at."""

    file = forms.FileField(label=_("Table (CSV)"), required=False)
    content = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LARGEST)

    def text(self) -> str:
        """What was sent; raises UnreadableFile."""
        sent = self.files.get("file")
        if isinstance(sent, UploadedFile):
            return csv_file.text_of(sent.read(LARGEST + 1))
        return str(self.data.get("content", ""))


class RegisteringAdmin(DecidingAdmin):
    """Buttons above the list, for who proposes in an agency's name."""

    actions_list = ("register", "take_in", "hand_out")

    def get_actions_list(self, request: HttpRequest) -> list[UnfoldAction]:
        buttons: list[UnfoldAction] = super().get_actions_list(request)
        return buttons if _own_agency() else [one for one in buttons if one.path == "table.csv"]

    @button(_("Register a dataset"), "register")
    def register(self, request: HttpRequest) -> HttpResponse:
        return self._form(request, _("Register a dataset"), None)

    @button(_("Revise"), "revise")
    def revise(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return self._form(request, _("Revise a dataset"), row)

    def _form(self, request: HttpRequest, title: Any, row: Dataset | None) -> HttpResponse:
        agency = _own_agency()
        if agency is None or (row is not None and row.agency_id != agency.pk):
            raise Http404
        shown = initial(row, queries.items_of(row)) if row else {}
        form = RegistrationForm(request.POST or None, initial=shown, systems=queries.systems_of(agency))
        if form.is_valid():
            try:
                dataset, _new = actions.put_dataset(form.payload(), actor=current(), at=timezone.now())
            except InvalidDataset as refusal:
                form.tell(refusal.faults)
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, str(_("Sent to the catalogue authority for approval.")))
                return HttpResponseRedirect(reverse("admin:catalogue_dataset_change", args=[dataset.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "back": reverse("admin:catalogue_dataset_changelist"),
        }
        return render(request, "catalogue/admin/register.html", context, status=400 if form.errors else 200)

    @button(_("Import a table"), "import")
    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Show what would become of each line; take it when that is confirmed."""
        if _own_agency() is None:
            raise Http404
        form = TableForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Import a table"),
            "opts": self.opts,
            "form": form,
            "columns": [*csv_file.NEEDED, *csv_file.OPTIONAL],
            "back": reverse("admin:catalogue_dataset_changelist"),
        }
        status = 200
        if request.method == "POST":
            take = actions.put_records if "confirm" in request.POST else actions.preview_records
            try:
                context["content"] = form.text()
                records = csv_file.read_bytes(context["content"].encode())
                context["report"] = take(records, actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = 400
            context["taken"] = "confirm" in request.POST and not form.errors
        return render(request, "catalogue/admin/import.html", context, status=status)

    @button(_("Export as a table"), "table.csv")
    def hand_out(self, request: HttpRequest) -> HttpResponse:
        """The list as it is filtered now, with its items, in the columns that are imported."""
        if not self.has_view_permission(request):
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        file = io.StringIO()
        csv_file.write(
            rows.select_related("agency", "system", "source_of_truth").prefetch_related("items")[:2000], file
        )
        headers = {"Content-Disposition": 'attachment; filename="datasets.csv"'}
        return HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _own_agency() -> Agency | None:
    """The agency in whose name the reader may propose; none for those above agencies."""
    actor = current()
    agency = Agency.objects.filter(pk=actor.agency_id).first() if actor.agency_id else None
    return agency if agency and policy.may(actor, "catalogue.propose_dataset", agency) else None
