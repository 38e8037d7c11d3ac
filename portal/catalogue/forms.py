"""What people type to search the catalogue."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from portal.catalogue.models import Agency
from portal.catalogue.words import Basis, Classification, DatasetKind, Opening, Sharing, SpecialCategory

DAY = "border border-base-200 rounded-default px-3 py-2 dark:border-base-700"
ANY = ("", _("All"))


class SearchForm(forms.Form):
    """Words, and what they are narrowed to; everything may be left empty. The names are those of `search.Asked`."""

    FOLDED = ("special", "basis", "opening", "kind")  # less asked for: shown when opened, or when they narrow

    words = forms.CharField(label=_("Words"), max_length=100, required=False, strip=True)
    agency = forms.ChoiceField(label=_("Agency"), required=False)
    classification = forms.ChoiceField(
        label=_("Classification"), required=False, choices=[ANY, *Classification.choices]
    )
    sharing = forms.ChoiceField(
        label=pgettext_lazy("how a dataset is shared", "Sharing"), required=False, choices=[ANY, *Sharing.choices]
    )
    special = forms.ChoiceField(
        label=_("Sensitive information in it"), required=False, choices=[ANY, *SpecialCategory.choices]
    )
    basis = forms.ChoiceField(label=_("Why it may be collected"), required=False, choices=[ANY, *Basis.choices])
    opening = forms.ChoiceField(label=_("Open to the public"), required=False, choices=[ANY, *Opening.choices])
    kind = forms.ChoiceField(label=_("Kind of data"), required=False, choices=[ANY, *DatasetKind.choices])

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"] = forms.ChoiceField(
            label=_("Agency"), required=False, choices=[ANY, *((agency.code, agency.name) for agency in agencies)]
        )
        for name, field in self.fields.items():
            kind = "usa-input" if name == "words" else "usa-select"
            field.widget.attrs |= {"class": kind, "id": f"id_{name}"}

    @property
    def plain(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.FOLDED]

    @property
    def folded(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.FOLDED]

    @property
    def unfolds(self) -> bool:
        """Whether one of the folded fields is filled, so that the reader must see it."""
        return any(self.data.get(name) for name in self.FOLDED)


class ReasonsForm(forms.Form):
    """Why something is returned, refused, ended or withdrawn."""

    reasons = forms.CharField(
        label=_("Reasons"), max_length=2000, strip=True, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )


class PlainForm(forms.Form):
    """Nothing but a button: the act needs no words."""


class MissingForm(forms.Form):
    """What an application lacks, one thing a line."""

    missing = forms.CharField(
        label=_("What is missing, one thing a line"), max_length=9000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )  # fmt: skip

    def clean_missing(self) -> list[str]:
        return str(self.cleaned_data["missing"]).splitlines()


class SupplementForm(forms.Form):
    """What the applicant supplies."""

    supplement = forms.CharField(
        label=_("What you supply"), max_length=4000, strip=True, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6})
    )


class ExceptionForm(ReasonsForm):
    """Why sensitive data may be shared as it is, and until when."""

    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date", "class": DAY}))


class TestForm(forms.Form):
    """A re-identification test and what it showed."""

    tested_on = forms.DateField(label=_("Tested on"), widget=forms.DateInput(attrs={"type": "date", "class": DAY}))
    method = forms.CharField(label=_("Method"), max_length=500, widget=UnfoldAdminTextInputWidget())
    report = forms.CharField(label=_("Reference of the report"), max_length=500, required=False,
                             widget=UnfoldAdminTextInputWidget())  # fmt: skip
    passed = forms.TypedChoiceField(
        label=_("Outcome"), coerce=lambda value: value == "passed", widget=UnfoldAdminSelectWidget(),
        choices=[("passed", _("nobody could be told")), ("failed", _("people could be told"))],
    )  # fmt: skip


class EvidenceForm(forms.Form):
    """How the data was disposed of."""

    evidence = forms.CharField(
        label=_("How it was disposed of"), max_length=2000, strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )  # fmt: skip
