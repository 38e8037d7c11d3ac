"""A dataset as a clerk types it: the form behind it makes the same payload that a departmental system sends."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from portal.catalogue.errors import Fault
from portal.catalogue.forms import DAY
from portal.catalogue.models import DataItem, Dataset, System
from portal.catalogue.payload import CHOICES, DATES, REGISTERED, REQUIRED, TEXTS
from portal.catalogue.words import Right, SpecialCategory

COLUMNS: Final = ("code", "name_zh", "name_en", "special_category", "data_element", "code_list")
RIGHTS: Final = (Right.OWNER, Right.MANAGER)
PARTS: Final = ("holder", "provision_zh", "provision_en")
HIDDEN: Final = frozenset({"original_language"})
GROUPS: Final = (
    (_("What it is"), ("code", "name_zh", "name_en", "summary_zh", "summary_en", "system", "kind", "format",
                       "update_frequency", "source_of_truth", "contact")),
    (_("What is in it"), ("items", "special_categories", "secrecy", "secrecy_handling_zh", "secrecy_handling_en")),
    (_("Why it may be collected"), ("collection_basis", "collection_force", "collection_citation_zh",
                                    "collection_citation_en", "retention_zh", "retention_en")),
    (_("How it is shared"), ("sharing", "sharing_conditions_zh", "sharing_conditions_en", "sharing_citation_zh",
                             "sharing_citation_en", "sharing_method")),
    (_("How it is classed"), ("classification", "classification_reason_zh", "classification_reason_en", "grade")),
    (_("Open to the public"), ("opening", "opening_basis_zh", "opening_basis_en")),
    (_("Whose it is"), tuple(f"{right}_{part}" for right in RIGHTS for part in PARTS)),
    (_("Assessment and the head's approval"), ("assessment", "assessed_on", "head", "head_approved_on")),
)  # fmt: skip
RIGHT_LABELS: Final = {
    "owner_holder": _("Owner"),
    "owner_provision_zh": _("Provision about the owner, in Chinese; empty: undetermined"),
    "owner_provision_en": _("Provision about the owner, in English"),
    "manager_holder": _("Manager"),
    "manager_provision_zh": _("Provision about the manager, in Chinese; empty: undetermined"),
    "manager_provision_en": _("Provision about the manager, in English"),
}


class RegistrationForm(forms.Form):
    """Every field of a dataset; what is wrong in it is said by the same rules as for a system's call."""

    special_categories = forms.MultipleChoiceField(
        label=_("special categories"), choices=SpecialCategory.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    items = forms.CharField(
        label=_("items"),
        max_length=200_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_(
            "One a line, parted by “|”: code | name in Chinese | name in English | special category | data element | "
            "code list. What is left out at the end is empty; without a standard the line says that there is none."
        ),
    )

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _line(_("code"), 120, needed=True)
        self.fields["source_of_truth"] = _line(_("source of truth"), 80)
        self.fields["system"] = _choice(_("system"), [("", "–"), *((row.code, row.name) for row in systems)])
        for name, limit in TEXTS.items():
            if name not in HIDDEN:
                self.fields[name] = _line(_label(name), limit, needed=name in REQUIRED | REGISTERED)
        for name, (vocabulary, default) in CHOICES.items():
            self.fields[name] = _choice(_label(name), vocabulary.choices, initial=str(default))
        for name in DATES:
            widget = forms.DateInput(attrs={"type": "date", "class": DAY})
            self.fields[name] = forms.DateField(label=_label(name), widget=widget)
        for name, label in RIGHT_LABELS.items():
            self.fields[name] = _line(label, 500)

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """The fields as they stand on the page, under their headings."""
        for title, names in GROUPS:
            yield title, [self[name] for name in names]

    def payload(self) -> dict[str, Any]:
        """What a system would have sent."""
        given = self.cleaned_data
        sent = {name: given[name] for name in (*TEXTS, *CHOICES, "code", "system", "source_of_truth") if name in given}
        sent |= {name: given[name].isoformat() for name in DATES}
        sent["special_categories"] = given["special_categories"]
        sent["ownership"] = [_right(given, right) for right in RIGHTS]
        sent["items"] = [_item(line) for line in str(given["items"]).splitlines() if line.strip()]
        return sent

    def tell(self, faults: Iterable[Fault]) -> None:
        """Say each mistake at its field; in the items, with the number of the line."""
        for fault in faults:
            _empty, name, *rest = fault.pointer.split("/")
            text = str(fault.detail)
            if name == "items" and rest:
                text = _("Line %(number)s, %(part)s: %(text)s") % {
                    "number": int(rest[0]) + 1, "part": rest[1] if len(rest) > 1 else "", "text": text,
                }  # fmt: skip
            if name == "ownership" and len(rest) > 1:
                name = f"{RIGHTS[int(rest[0])]}_{rest[1]}"
            self.add_error(name if name in self.fields else None, text)


def initial(dataset: Dataset, items: Iterable[DataItem]) -> dict[str, Any]:
    """What the form shows of a dataset that is to be revised."""
    shown: dict[str, Any] = {name: getattr(dataset, name) for name in (*TEXTS, *CHOICES, *DATES)}
    shown |= {"code": dataset.code, "system": dataset.system.code if dataset.system else ""}
    shown["source_of_truth"] = dataset.source_of_truth.code if dataset.source_of_truth else ""
    shown["special_categories"] = dataset.special_categories
    shown["items"] = "\n".join(" | ".join(getattr(item, name) for name in COLUMNS).rstrip(" |") for item in items)
    for line in dataset.ownership:
        if line["right"] in RIGHTS:
            shown |= {f"{line['right']}_{part}": line[part] for part in PARTS}
    return shown


def _label(name: str) -> str:
    return str(getattr(Dataset._meta.get_field(name), "verbose_name", name))


def _line(label: Any, limit: int, *, needed: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget() if limit <= 300 else UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=limit, required=needed, strip=True, widget=widget)


def _choice(label: Any, choices: Iterable[tuple[str, Any]], initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=list(choices), required=False, initial=initial, widget=UnfoldAdminSelectWidget()
    )


def _right(given: Mapping[str, Any], right: Right) -> dict[str, Any]:
    parts = {part: given[f"{right}_{part}"] for part in PARTS}
    return {"right": right.value, **parts, "undetermined": not (parts["provision_zh"] or parts["provision_en"])}


def _item(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split("|")]
    item: dict[str, Any] = dict(zip(COLUMNS, parts, strict=False))
    item["no_standard"] = not (item.get("data_element") or item.get("code_list"))
    return item
