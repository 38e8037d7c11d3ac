"""The form by which the catalogue authority sets a day."""

from datetime import date
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.law import files, queries
from portal.law.errors import DayOutOfRange
from portal.law.models import DayOverride
from portal.law.provisions import FIRST_YEAR, LAST_YEAR


def _jurisdictions() -> list[tuple[str, str]]:
    return [(code, queries.jurisdiction(code).name) for code in files.codes()]


class DayForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Refuses at the field what the action would refuse."""

    jurisdiction = forms.ChoiceField(label=_("Jurisdiction"), choices=_jurisdictions)

    class Meta:
        model = DayOverride
        fields: ClassVar = ["jurisdiction", "day", "working", "source", "note"]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(DayOutOfRange.message, code=DayOutOfRange.code)
        return day
