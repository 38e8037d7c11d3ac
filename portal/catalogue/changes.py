"""What a proposal would change, side by side, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from portal.catalogue.models import Dataset
from portal.catalogue.payload import CHOICES
from portal.catalogue.words import Right, SpecialCategory

UNSAID: Final = frozenset({"code", "agency"})  # these never change


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what stands, and what is proposed; lines of text, empty where there is nothing."""

    label: str
    before: Sequence[str]
    after: Sequence[str]


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """The fields in which the two contents differ; against nothing, every field that is filled."""
    standing = before or {}
    found = []
    for name, value in after.items():
        old = standing.get(name)
        if name not in UNSAID and (old or value) and old != value:
            found.append(Change(_label(name), _lines(name, old), _lines(name, value)))
    return found


def _label(name: str) -> str:
    if name == "items":
        return _("items")
    try:
        field = Dataset._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    return str(getattr(field, "verbose_name", name))


def _lines(name: str, value: Any) -> list[str]:
    if not value:
        return []
    if name == "items":
        return [_item(item) for item in value]
    if name == "ownership":
        return [_right(line) for line in value]
    if name == "special_categories":
        return [str(SpecialCategory(category).label) for category in value]
    if name in CHOICES:
        return [str(CHOICES[name][0](value).label)]
    return str(value).splitlines()


def _item(item: Mapping[str, Any]) -> str:
    text = f"{item['code']}: {item['name_zh']} / {item['name_en']}"
    category = item.get("special_category")
    said = [str(SpecialCategory(category).label)] if category else []
    said += [item[name] for name in ("data_element", "code_list") if item.get(name)]
    said += [_("no standard")] if item.get("no_standard") else []
    return f"{text} ({'; '.join(said)})" if said else text


def _right(line: Mapping[str, Any]) -> str:
    provision = line["provision_zh"] or line["provision_en"] or _("undetermined")
    said = (line["condition_zh"] or line["condition_en"], line["until"], provision)
    return f"{Right(line['right']).label}: {line['holder']} ({'; '.join(part for part in said if part)})"
