from django import forms
from django.utils.translation import gettext_lazy as _

from portal.law import queries as law


def _kinds() -> list[tuple[str, object]]:
    return [("", _("all of them")), *((code, right.title) for code, right in law.jurisdiction().rights.items())]


class TimelinessForm(forms.Form):
    """Which requests the table counts."""

    kind = forms.ChoiceField(label=_("Which right"), required=False, choices=_kinds)
