"""What is asked on the public pages, and on the regulator's."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.law import queries as law

MOST = 10**15


def _size(label: object) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "usa-input"})
    return forms.IntegerField(label=label, min_value=1, max_value=MOST, widget=widget)  # type: ignore[arg-type]  # lazy


class ConsistencyForm(forms.Form):
    """Two sizes of the record, under the names that readers of RFC 9162 expect."""

    first = _size(_("Earlier size"))
    second = _size(_("Later size"))


def _kinds() -> list[tuple[str, object]]:
    return [("", _("all of them")), *((code, right.title) for code, right in law.jurisdiction().rights.items())]


class TimelinessForm(forms.Form):
    """Which requests the table counts."""

    kind = forms.ChoiceField(label=_("Which right"), required=False, choices=_kinds)
