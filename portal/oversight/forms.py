"""What is asked on the public pages, and on the regulator's."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.catalogue import queries as catalogue
from portal.law import queries as law
from rights import queries as rights

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


class HoldForm(forms.Form):
    """What must be kept beyond its term: an agency's, a dataset's, or whatever concerns the person of a case."""

    agency = forms.CharField(label=_("Code of an agency"), max_length=80, required=False)
    dataset = forms.CharField(label=_("Code of a dataset"), max_length=120, required=False)
    case = forms.CharField(label=_("Number of a request"), max_length=20, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "usa-input"

    def clean(self) -> dict[str, Any]:
        """Each name is looked up; what is not there is said at its field."""
        given = super().clean() or {}
        agency = catalogue.agencies([given["agency"]]).get(given["agency"]) if given.get("agency") else None
        dataset = catalogue.datasets([given["dataset"]]).get(given["dataset"]) if given.get("dataset") else None
        subject = rights.subject_of_case(given["case"]) if given.get("case") else None
        for name, found in (("agency", agency), ("dataset", dataset), ("case", subject)):
            if given.get(name) and found is None:
                self.add_error(name, _("There is none of this name."))
        return {**given, "found": (agency and agency.pk, dataset and dataset.pk, subject)}

    def wanted(self) -> dict[str, Any]:
        """What the action is told."""
        agency, dataset, subject = self.cleaned_data["found"]
        told = {name: self.cleaned_data[name] for name in ("case", "reason")}
        return {"agency_id": agency, "dataset_id": dataset, "subject_key": subject, **told}
