"""What the reader of a timeline may ask for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from portal.accounts.forms import KeptForm
from portal.law import queries as law
from portal.ledger.models import Depth, Finding, NoteKind
from portal.ledger.queries import Filters


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class FilterForm(forms.Form):
    """The filters above the timeline. A field that is wrong says so and filters nothing."""

    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    since = _day(_("From this day"))
    until = _day(_("Until this day"))
    agency = forms.TypedChoiceField(label=_("Shared by"), required=False, coerce=UUID, empty_value=None)
    recipient = forms.TypedChoiceField(label=_("Shared with"), required=False, coerce=UUID, empty_value=None)
    dataset = forms.TypedChoiceField(label=_("Dataset"), required=False, coerce=UUID, empty_value=None)
    purpose = forms.ChoiceField(label=_("Why"), required=False)
    basis = forms.ChoiceField(label=_("Legal basis"), required=False)
    depth = forms.ChoiceField(label=_("How it was used"), required=False)
    search = forms.CharField(label=_("Search"), required=False, max_length=100)
    flagged = forms.BooleanField(label=_("Only flagged"), required=False)
    like = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        years: Iterable[int],
        agencies: Mapping[UUID, str],
        providers: Iterable[UUID],
        recipients: Iterable[UUID],
        datasets: Mapping[UUID, str],
        purposes: Sequence[str],
        bases: Mapping[str, str],
    ) -> None:
        super().__init__(data)
        self.agencies = agencies
        everything = ("", gettext("All"))
        offered = {
            "year": [(year, str(year)) for year in years],
            "agency": _by_name({one: agencies.get(one, "") for one in providers}),
            "recipient": _by_name({one: agencies.get(one, "") for one in recipients}),
            "dataset": _by_name(datasets),
            "purpose": [(purpose, purpose) for purpose in purposes],
            "basis": list(bases.items()),
            "depth": list(Depth.choices),
        }
        for name, choices in offered.items():
            field = cast("forms.ChoiceField", self.fields[name])
            field.choices = [everything, *cast("list[tuple[Any, str]]", choices)]
            field.widget.attrs["class"] = "usa-select"
        for name in ("search", "since", "until"):
            self.fields[name].widget.attrs["class"] = "usa-input"
        self.fields["flagged"].widget.attrs["class"] = "usa-checkbox__input"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day comes before the first one."))
        return given

    @property
    def filters(self) -> Filters:
        """What to filter by: every field that is right."""
        self.full_clean()
        return Filters(**{name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)})

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered at all."""
        return self.filters != Filters()

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What it is narrowed to, in words: labels and values."""
        filters, told = self.filters, []
        for name, field in self.fields.items():
            value = getattr(filters, name)
            if not value or name == "like":
                continue
            offered = cast("list[tuple[Any, Any]]", field.choices) if isinstance(field, forms.ChoiceField) else []
            words = dict(offered).get(value, value)
            told.append((str(field.label), gettext("yes") if value is True else str(words)))
        return told


class AskForm(forms.Form):
    """What a citizen asks about one event."""

    kind = forms.ChoiceField(
        label=_("What do you want?"),
        choices=[
            (NoteKind.QUESTION.value, _("To know why my data was shared")),
            (NoteKind.CHALLENGE.value, _("To say that this was not right")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    text = forms.CharField(
        label=_("In your words"),
        help_text=_("Both agencies read this. It may stay empty if you only ask why."),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == NoteKind.CHALLENGE and not given.get("text", "").strip():
            self.add_error("text", _("Say in a sentence what is not right."))
        return given


class AlertForm(forms.Form):
    """Of which sharing the reader wants to hear."""

    new_recipient = forms.BooleanField(label=_("Somebody gets data about me for the first time"), required=False)
    sensitive = forms.BooleanField(label=_("Sensitive data is shared"), required=False)
    flagged = forms.BooleanField(label=_("No agreement or consent covers a sharing"), required=False)
    depths = forms.MultipleChoiceField(
        label=_("Whenever my data is"), required=False, choices=Depth.choices, widget=forms.CheckboxSelectMultiple
    )
    agencies = forms.TypedMultipleChoiceField(
        label=_("Whenever one of these shares or gets it"),
        required=False,
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.CharField(
        label=_("Whenever these words stand in the purpose (may be left empty)"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "usa-input"}),
    )

    def __init__(self, *args: Any, agencies: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["agencies"]).choices = _by_name(agencies)


class AnswerForm(KeptForm):
    """What an agency answers."""

    text = forms.CharField(
        label=_("Answer"),
        help_text=_("The citizen and the other agency read this."),
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
    return forms.CharField(label=label, help_text=help_text, max_length=2_000, widget=widget)


def _review_day() -> forms.DateField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    return forms.DateField(label=_("reviewed on"), help_text=_("Within a year."), widget=widget)


class WithholdForm(KeptForm):
    """Why an event is withheld, and until when at most before it is looked at again."""

    event = forms.UUIDField(label=_("id of the event"), widget=UnfoldAdminTextInputWidget())
    ground = forms.ChoiceField(label=_("ground"), widget=UnfoldAdminSelectWidget())
    reason = _words(_("reason"), _("The citizen reads it once the event is shown to them."))
    review_on = _review_day()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = law.jurisdiction().withholdings
        offered = [(code, f"{ground.title} · {ground.article.title}") for code, ground in grounds.items()]
        cast("forms.ChoiceField", self.fields["ground"]).choices = offered


class ProlongForm(KeptForm):
    """The regulator's review."""

    review_on = _review_day()
    reason = _words(_("reason"))


class DoubtForm(KeptForm):
    """What a receiver doubts."""

    event = forms.UUIDField(label=_("id of the event"), widget=UnfoldAdminTextInputWidget())
    text = _words(_("doubt"), _("What is doubted, and why. The provider and the citizen read it."))


class FindingForm(KeptForm):
    """What the provider found."""

    finding = forms.ChoiceField(label=_("finding"), choices=Finding.choices, widget=UnfoldAdminSelectWidget())
    text = _words(_("report"), _("The citizen and every recipient read it."))


def _by_name(named: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    return sorted(named.items(), key=lambda pair: pair[1])
