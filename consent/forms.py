"""What a person ticks when they allow a use. Nothing is chosen beforehand."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.errors import NeededItemMissing, NothingChosen
from consent.models import PurposeItem
from consent.models.reviews import LONGEST_COMMENT

UNTIL: Final = "until"
TERMS: Final[tuple[tuple[int, Promise], ...]] = (
    (30, _("1 month")),
    (91, _("3 months")),
    (182, _("6 months")),
    (365, _("1 year")),
    (730, _("2 years")),
)
MOST_TERMS: Final = 3


def terms_up_to(longest_days: int) -> list[tuple[str, Promise]]:
    """The round terms a person may choose from, the longest ones that are allowed, and a day of their own."""
    allowed = [(str(days), name) for days, name in TERMS if days <= longest_days]
    return [*allowed[-MOST_TERMS:], (UNTIL, _("until a day that I choose"))]


def end_of(day: date) -> datetime:
    """The moment at which a local day is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class AllowForm(forms.Form):
    """Items one by one, and for how long; the law's rules are the action's to check."""

    items = forms.MultipleChoiceField(label=_("What it would see"), required=False, widget=forms.CheckboxSelectMultiple)
    how_long = forms.ChoiceField(
        label=_("For how long"), widget=forms.RadioSelect, error_messages={"required": _("Choose for how long.")}
    )
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    notice = forms.UUIDField(widget=forms.HiddenInput)
    language = forms.ChoiceField(
        choices=[("zh-hans", "zh-hans"), ("en", "en")], required=False, widget=forms.HiddenInput
    )

    def __init__(
        self, data: Any = None, *, wishes: Sequence[PurposeItem], longest_days: int, at: datetime, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.longest_days, self.at = longest_days, at
        self.needed = {str(wish.item_id) for wish in wishes if wish.is_needed}
        self._choices("items", [(str(wish.item_id), wish.item.name) for wish in wishes])
        self._choices("how_long", terms_up_to(longest_days))
        self.last_day = timezone.localdate(at + timedelta(days=longest_days))
        self.fields["until"].widget.attrs.update(
            {"min": timezone.localdate(at).isoformat(), "max": self.last_day.isoformat()}
        )

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # tells mypy what the class says above
        field.choices = choices

    def clean_items(self) -> list[str]:
        """What the action says too, said here together with every other fault of the form."""
        items: list[str] = self.cleaned_data["items"]
        if not items:
            raise forms.ValidationError(NothingChosen.message, NothingChosen.code)
        if self.needed - set(items):
            raise forms.ValidationError(NeededItemMissing.message, NeededItemMissing.code)
        return items

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("how_long") == UNTIL and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the day."))
        return cleaned

    def chosen(self) -> list[UUID]:
        """The items that were ticked."""
        return [UUID(item) for item in self.cleaned_data["items"]]

    def valid_until(self) -> datetime:
        """The end of the chosen term: so many days from now, or the end of the chosen day."""
        how_long = self.cleaned_data["how_long"]
        if how_long != UNTIL:
            return self.at + timedelta(days=int(how_long))
        day: date = self.cleaned_data["until"]
        ends = end_of(day)
        return min(ends, self.at + timedelta(days=self.longest_days)) if day <= self.last_day else ends


class ShortenForm(forms.Form):
    """A nearer last day."""

    until = forms.DateField(
        label=_("The new last day"),
        error_messages={"required": _("Choose the day.")},
        widget=forms.DateInput(attrs={"type": "date", "class": "usa-input"}),
    )

    def __init__(self, data: Any = None, *, valid_until: datetime | None, at: datetime, **options: Any) -> None:
        super().__init__(data, **options)
        last = timezone.localdate(valid_until or at)
        self.fields["until"].widget.attrs.update({"min": timezone.localdate(at).isoformat(), "max": last.isoformat()})

    def valid_until(self) -> datetime:
        """The end of the chosen day."""
        return end_of(self.cleaned_data["until"])


class TogetherForm(forms.Form):
    """Which uses are stopped together: of one recipient, one purpose or one dataset; none named: all."""

    recipient = forms.UUIDField(required=False)
    purpose = forms.SlugField(required=False)
    dataset = forms.UUIDField(required=False)


class CommentForm(forms.Form):
    """What somebody says of a planned use."""

    text = forms.CharField(
        label=_("Your comment"),
        help_text=_("2000 characters at most. Write nothing about yourself or others that the use does not need."),
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 6}),
    )
