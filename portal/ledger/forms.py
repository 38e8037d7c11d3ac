"""What the reader of a timeline may ask for."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.ledger.queries import Filters


class FilterForm(forms.Form):
    """The filters above the timeline. A field that is wrong says so and filters nothing."""

    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    agency = forms.TypedChoiceField(label=_("Shared by"), required=False, coerce=UUID, empty_value=None)
    recipient = forms.TypedChoiceField(label=_("Shared with"), required=False, coerce=UUID, empty_value=None)
    basis = forms.ChoiceField(label=_("Legal basis"), required=False)
    flagged = forms.BooleanField(label=_("Only flagged"), required=False)
    search = forms.CharField(label=_("Search"), required=False, max_length=100)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        years: Iterable[int],
        providers: Mapping[UUID, str],
        recipients: Mapping[UUID, str],
        bases: Mapping[str, str],
    ) -> None:
        super().__init__(data)
        everything = ("", gettext("All"))
        offered = {
            "year": [(year, str(year)) for year in years],
            "agency": _by_name(providers),
            "recipient": _by_name(recipients),
            "basis": list(bases.items()),
        }
        for name, choices in offered.items():
            field = cast("forms.ChoiceField", self.fields[name])
            field.choices = [everything, *cast("list[tuple[Any, str]]", choices)]
            field.widget.attrs["class"] = "usa-select"
        self.fields["search"].widget.attrs["class"] = "usa-input"
        self.fields["flagged"].widget.attrs["class"] = "usa-checkbox__input"

    @property
    def filters(self) -> Filters:
        """What to filter by: every field that is right."""
        self.full_clean()
        return Filters(**{name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)})

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered at all."""
        return self.filters != Filters()


def _by_name(agencies: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    return sorted(agencies.items(), key=lambda pair: pair[1])
