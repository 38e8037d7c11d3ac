"""What clerks and the authority fill in about a purpose: its terms and items, its notices, reviews and approval."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from consent.actions import ItemTerms, PurposeTerms
from consent.actions.purposes import Row
from consent.forms import end_of
from consent.models import EthicsReview, Kind, Purpose, Risk
from portal.catalogue import queries as catalogue
from portal.law import queries as law

LARGEST: Final = 1_000_000  # bytes of a list
ROWS: Final = 6  # of items, in a form that works without scripts
Label = str | Promise


def line(label: Label, *, required: bool = True, longest: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=longest, widget=UnfoldAdminTextInputWidget())


def text(label: Label, *, required: bool = True, rows: int = 3) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=20_000, widget=widget)


def choice(label: Label, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget())


def tick(label: Label) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget())


class PlainForm(forms.Form):
    """A button alone."""


class PurposeForm(forms.Form):
    """Everything that a purpose says but its items."""

    code = forms.SlugField(label=_("code"), max_length=80, widget=UnfoldAdminTextInputWidget())
    name_zh, name_en = line(_("name in Chinese")), line(_("name in English"))
    description_zh = text(_("description in Chinese"), required=False)
    description_en = text(_("description in English"), required=False)
    manner_zh, manner_en = text(_("how it is processed, in Chinese")), text(_("how it is processed, in English"))
    recipients = forms.ModelMultipleChoiceField(
        label=_("recipients"), queryset=None, required=False, widget=UnfoldAdminSelectMultipleWidget()
    )
    legal_basis = choice(_("legal basis"), [])
    duty = line(_("duty that it rests on instead"), required=False, longest=300)
    kind = choice(_("kind of consent"), Kind.choices)
    risk = choice(_("risk"), Risk.choices)
    scenarios = forms.MultipleChoiceField(
        label=_("high-risk uses of the law"), required=False, widget=UnfoldAdminSelectMultipleWidget()
    )
    risks_zh, risks_en = text(_("risks in Chinese"), required=False), text(_("risks in English"), required=False)
    impact_assessment = line(_("impact assessment"), required=False, longest=80)
    is_automated = tick(_("decides automatically"))
    automated_zh = text(_("how it decides, in Chinese"), required=False)
    automated_en = text(_("how it decides, in English"), required=False)
    longest_days = forms.IntegerField(
        label=_("longest validity in days"), min_value=1, max_value=3650, widget=UnfoldAdminIntegerFieldWidget()
    )
    extendable = tick(_("may be extended"))
    retention_days = forms.IntegerField(
        label=_("kept for, in days"), min_value=0, max_value=36_500, widget=UnfoldAdminIntegerFieldWidget()
    )
    if_refused_zh, if_refused_en = text(_("if one says no, in Chinese")), text(_("if one says no, in English"))
    replaces = forms.ModelChoiceField(
        label=_("replaces"), queryset=Purpose.objects.none(), required=False, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, *args: Any, agency: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency, found = agency, law.jurisdiction()
        bases = [(code, basis.title) for code, basis in found.legal_bases.items()]
        uses = [(code, f"{one.title} ({one.article.title})") for code, one in found.high_risk.items()]
        for name, choices in (("legal_basis", bases), ("scenarios", uses)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  # tells mypy what the class says above
            field.choices = choices
        own = Purpose.objects.filter(agency=agency.pk).exclude(state="ended")
        for name, rows in (("recipients", catalogue.agencies_at_work()), ("replaces", own)):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101
            chosen.queryset = rows

    def terms(self, items: Iterable[ItemTerms]) -> PurposeTerms:
        return PurposeTerms(agency=self.agency, items=list(items), **self.cleaned_data)


class ItemForm(forms.Form):
    """One item that is asked for. A row without an item is left out."""

    item = forms.ModelChoiceField(label=_("Item"), queryset=None, required=False, widget=UnfoldAdminSelectWidget())
    needed = tick(_("needed"))
    why_zh = line(_("why, in Chinese"), required=False, longest=300)
    why_en = line(_("why, in English"), required=False, longest=300)
    narrower_zh = line(_("why not a narrower item, in Chinese"), required=False, longest=300)
    narrower_en = line(_("why not a narrower item, in English"), required=False, longest=300)

    def __init__(self, *args: Any, items: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = items

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("item"):
            for name in ("why_zh", "why_en", "narrower_zh", "narrower_en"):
                if not cleaned.get(name):
                    self.add_error(name, _("Say this in both languages."))
        return cleaned

    def wish(self) -> ItemTerms | None:
        told = self.cleaned_data
        return ItemTerms(**told) if told.get("item") else None


class NoticeForm(forms.Form):
    """The next version of what citizens are told."""

    short_zh, short_en = text(_("in short, in Chinese")), text(_("in short, in English"))
    full_zh = text(_("whole notice in Chinese"), rows=12)
    full_en = text(_("whole notice in English"), rows=12)
    child_zh = text(_("in words for children, in Chinese"), required=False)
    child_en = text(_("in words for children, in English"), required=False)
    asks_anew = tick(_("Purpose, manner, items or recipients change: everybody is asked anew"))


class OpenForm(forms.Form):
    """Until when everybody may comment."""

    until = forms.DateField(label=_("open for comment until"), widget=UnfoldAdminSingleDateWidget())

    def clean_until(self) -> Any:
        return end_of(self.cleaned_data["until"])


class ApproveForm(forms.Form):
    """The answer to what people said, where they said something."""

    answer_zh = text(_("answer to the comments, in Chinese"), required=False)
    answer_en = text(_("answer to the comments, in English"), required=False)


class ListForm(forms.Form):
    """Whom to ask: a number or a key of the agency's a line."""

    file = forms.FileField(
        label=_("CSV file, one number or key a line"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("This file is too large."))
        content: bytes = file.read()
        return content


class ReviewForm(forms.Form):
    """An ethics review of what decides automatically."""

    reviewers = line(_("reviewers"), longest=500)
    findings_zh, findings_en = text(_("findings in Chinese")), text(_("findings in English"))
    conditions_zh = text(_("conditions in Chinese"), required=False)
    conditions_en = text(_("conditions in English"), required=False)
    reviewed_on = forms.DateField(label=_("reviewed on"), widget=UnfoldAdminSingleDateWidget())
    renew_by = forms.DateField(label=_("to be renewed by"), widget=UnfoldAdminSingleDateWidget())

    @staticmethod
    def review_of(told: dict[str, Any]) -> EthicsReview:
        return EthicsReview(**told)
