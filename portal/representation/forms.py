"""What people write into: asking to act for somebody, letting somebody act, handing in a document; and the clerk's."""

from collections.abc import Iterable
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from portal.catalogue.models import Agency
from portal.representation.actions import DIGITS, LONGEST_INTEREST
from portal.representation.errors import InterestMissing
from portal.representation.states import Act, Kind

NAMES: Final = {"subject": "number"}  # how refusals of other apps call our fields


def _line(label: Any, *, longest: int, required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "usa-input", **attrs})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


class AskForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("For whom do you want to act?"),
        widget=forms.RadioSelect,
        choices=[
            (Kind.CHILD.value, _("My child, or a child whose guardian I am")),
            (Kind.ADULT.value, _("An adult whose guardian I am")),
            (Kind.RELATIVE.value, _("A close relative who has died")),
        ],
    )
    name = _line(_("Their name"), longest=80, autocomplete="off")
    number = _line(_("Their identity number"), longest=30, autocomplete="off")
    interest = forms.CharField(
        label=_("Only for a relative who has died: for which lawful interest of your own?"),
        required=False,
        max_length=LONGEST_INTEREST,
        widget=forms.Textarea(attrs={"rows": 3, "class": "usa-textarea"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("kind") == Kind.RELATIVE and not given.get("interest") and "interest" not in self.errors:
            self.add_error("interest", str(InterestMissing.message))
        return given


class GrantForm(forms.Form):
    name = _line(_("Their name"), longest=80, autocomplete="off")
    number = _line(_("Their identity number"), longest=30, autocomplete="off")
    organisation = _line(
        _("Their organisation, if they do this as a profession (may be left empty)"), longest=120, required=False
    )
    acts = forms.TypedMultipleChoiceField(
        label=_("What may they do for you?"), coerce=Act, choices=Act.choices, widget=forms.CheckboxSelectMultiple
    )
    agencies = forms.TypedMultipleChoiceField(
        label=_("Only with these agencies (none ticked: with all)"),
        required=False,
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
    )
    until = forms.DateField(
        label=_("Until which day (may be left empty: until one of you ends it)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "usa-input"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["agencies"]).choices = [
            (str(agency.pk), agency.name) for agency in agencies
        ]


class ArrangementForm(forms.Form):
    relatives_may = forms.TypedChoiceField(
        label=_("After my death"),
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        choices=[
            ("yes", _("close relatives may see, copy, correct and erase, for lawful interests of their own (the law)")),
            ("no", _("no relative may")),
        ],
    )


class DocumentForm(forms.Form):
    document = forms.FileField(
        label=_("A document that shows it"),
        help_text=_("For example the household register, a birth certificate or a court's decision; 10 MB at most."),
        widget=forms.FileInput(attrs={"class": "usa-file"}),
    )


class AssistForm(forms.Form):
    number = _line(_("The person's identity number"), longest=30, autocomplete="off")


class CodeForm(forms.Form):
    code = _line(_("The code that the person reads out"), longest=2 * DIGITS, inputmode="numeric", autocomplete="off")


class ReasonForm(forms.Form):
    """The clerk's words, in the admin's look."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
