"""A dataset as departments send it: checked field by field, and brought to the one shape that versions keep."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.catalogue import ownership
from portal.catalogue.errors import Fault, InvalidDataset
from portal.catalogue.fields import (
    MISSING,
    NOT_A_CHOICE,
    NOT_A_LIST,
    NOT_AN_OBJECT,
    UNKNOWN_FIELD,
    read_choice,
    read_code,
    read_date,
    read_flag,
    read_text,
)
from portal.catalogue.words import (
    Basis,
    Classification,
    DatasetKind,
    Force,
    Grade,
    Method,
    Opening,
    Secrecy,
    Sharing,
    SpecialCategory,
    UpdateFrequency,
)

Content = dict[str, Any]

MAX_ITEMS: Final = 500
TEXTS: Final[dict[str, int]] = {
    "name_zh": 300,
    "name_en": 300,
    "summary_zh": 4000,
    "summary_en": 4000,
    "format": 80,
    "sharing_conditions_zh": 2000,
    "sharing_conditions_en": 2000,
    "sharing_citation_zh": 500,
    "sharing_citation_en": 500,
    "classification_reason_zh": 2000,
    "classification_reason_en": 2000,
    "collection_citation_zh": 2000,
    "collection_citation_en": 2000,
    "retention_zh": 300,
    "retention_en": 300,
    "contact": 300,
    "opening_basis_zh": 500,
    "opening_basis_en": 500,
    "secrecy_handling_zh": 500,
    "secrecy_handling_en": 500,
    "assessment": 300,
    "head": 120,
    "original_language": 8,
}
CHOICES: Final[dict[str, tuple[type[Any], str]]] = {
    "kind": (DatasetKind, DatasetKind.GOVERNMENT),
    "update_frequency": (UpdateFrequency, UpdateFrequency.IRREGULAR),
    "sharing": (Sharing, Sharing.UNCONDITIONAL),
    "sharing_method": (Method, Method.INTERFACE),
    "classification": (Classification, Classification.BASIC),
    "grade": (Grade, Grade.GENERAL_2),
    "collection_basis": (Basis, ""),
    "opening": (Opening, Opening.CLOSED),
    "collection_force": (Force, Force.NOT_STATED),
    "secrecy": (Secrecy, Secrecy.NONE),
}
DATES: Final = ("assessed_on", "head_approved_on")
CODES: Final[dict[str, int]] = {"code": 120, "agency": 80, "system": 120, "source_of_truth": 80}
REQUIRED: Final = frozenset({"code", "name_zh", "name_en", "collection_basis", "items"})
REGISTERED: Final = frozenset({"assessment", "assessed_on", "head", "head_approved_on"})  # Decree 809, Article 13
KNOWN: Final = frozenset({*TEXTS, *CHOICES, *CODES, *DATES, "special_categories", "ownership", "items"})
ITEM_KEYS: Final = frozenset(
    {"code", "name_zh", "name_en", "special_category", "data_element", "code_list", "no_standard"}
)

OUTSIDE: Final = frozenset({"state-secret", "work-secret"})


def parse(payload: object, *, imported: bool = False) -> Content:
    """The canonical content of a dataset, every field present; raises InvalidDataset naming every mistake.

    `imported`: taken over from a register that may not state the legal basis, or the items.
    """
    if not isinstance(payload, Mapping):
        raise InvalidDataset([Fault("", "not-an-object", NOT_AN_OBJECT)])
    content: Content = {}
    faults = [
        *(Fault(f"/{name}", "unknown-field", UNKNOWN_FIELD) for name in payload if name not in KNOWN),
        *_codes(payload, content),
        *_texts(payload, content),
        *_choices(payload, content),
        *_dates(payload, content),
        *_special_categories(payload, content),
        *ownership.read(payload.get("ownership"), content.setdefault("ownership", []), imported=imported),
        *_items(payload, content, imported),
        *_missing(payload, imported),
    ]
    faults += [fault for fault in _demands(content, imported) if not faults or _names_other(fault, faults)]
    if faults:
        raise InvalidDataset(faults)
    return content


def _names_other(fault: Fault, faults: list[Fault]) -> bool:
    return all(fault.pointer != other.pointer for other in faults)


def _missing(payload: Mapping[str, Any], imported: bool) -> Iterator[Fault]:
    for name in sorted(REQUIRED if imported else REQUIRED | REGISTERED):
        value = payload.get(name)
        if value is None or (isinstance(value, str) and not value.strip()) or (value == [] and not imported):
            yield Fault(f"/{name}", "required", MISSING)


def _codes(payload: Mapping[str, Any], content: Content) -> Iterator[Fault]:
    for name, limit in CODES.items():
        content[name], fault = read_code(payload.get(name), f"/{name}", limit)
        if fault:
            yield fault


def _texts(payload: Mapping[str, Any], content: Content) -> Iterator[Fault]:
    for name, limit in TEXTS.items():
        content[name], fault = read_text(payload.get(name), f"/{name}", limit)
        if fault:
            yield fault


def _choices(payload: Mapping[str, Any], content: Content) -> Iterator[Fault]:
    for name, (vocabulary, default) in CHOICES.items():
        if name == "secrecy" and payload.get(name) in OUTSIDE:
            content[name] = str(default)
            yield Fault(
                "/secrecy",
                "outside-the-catalogue",
                _("State and work secrets are not registered (Decree 809, Article 3)."),
            )
            continue
        content[name], fault = read_choice(payload.get(name), f"/{name}", vocabulary, default)
        if fault:
            yield fault


def _dates(payload: Mapping[str, Any], content: Content) -> Iterator[Fault]:
    for name in DATES:
        content[name], fault = read_date(payload.get(name), f"/{name}")
        if fault:
            yield fault


def _special_categories(payload: Mapping[str, Any], content: Content) -> Iterator[Fault]:
    values = payload.get("special_categories") or []
    content["special_categories"] = []
    if not isinstance(values, list):
        yield Fault("/special_categories", "not-a-list", NOT_A_LIST)
        return
    for index, value in enumerate(values):
        chosen, fault = read_choice(value, f"/special_categories/{index}", SpecialCategory, "")
        if fault:
            yield fault
        elif chosen and chosen not in content["special_categories"]:
            content["special_categories"].append(chosen)
    content["special_categories"].sort()


def _items(payload: Mapping[str, Any], content: Content, imported: bool) -> Iterator[Fault]:
    content["items"] = []
    items = payload.get("items")
    if items is None:
        return
    if not isinstance(items, list):
        yield Fault("/items", "not-a-list", NOT_A_LIST)
        return
    if len(items) > MAX_ITEMS:
        yield Fault("/items", "too-many", _("A dataset has at most 500 items."))
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        yield from _item(item, f"/items/{index}", seen, content, imported)


def _item(item: object, pointer: str, seen: set[str], content: Content, imported: bool) -> Iterator[Fault]:
    if not isinstance(item, Mapping):
        yield Fault(pointer, "not-an-object", NOT_AN_OBJECT)
        return
    yield from (Fault(f"{pointer}/{name}", "unknown-field", UNKNOWN_FIELD) for name in item if name not in ITEM_KEYS)
    code, code_fault = read_code(item.get("code"), f"{pointer}/code", 80)
    name_zh, zh_fault = read_text(item.get("name_zh"), f"{pointer}/name_zh", 1000)
    name_en, en_fault = read_text(item.get("name_en"), f"{pointer}/name_en", 1000)
    category, category_fault = read_choice(
        item.get("special_category"), f"{pointer}/special_category", SpecialCategory, ""
    )
    standard: Content = {}
    faults = [fault for fault in (code_fault, zh_fault, en_fault, category_fault) if fault]
    faults += _standard(item, pointer, standard, imported)
    yield from faults
    if not faults:
        fields = {"code": code, "name_zh": name_zh, "name_en": name_en}
        yield from (Fault(f"{pointer}/{name}", "required", MISSING) for name, value in fields.items() if not value)
        if code in seen:
            yield Fault(f"{pointer}/code", "doubled", _("Another item has this code."))
        content["items"].append({**fields, "special_category": category, **standard})
    seen.add(code)


def _standard(item: Mapping[str, Any], pointer: str, content: Content, imported: bool) -> list[Fault]:
    """The national or industry data element and code list of an item, or that there is none."""
    content["data_element"], element_fault = read_text(item.get("data_element"), f"{pointer}/data_element", 200)
    content["code_list"], list_fault = read_text(item.get("code_list"), f"{pointer}/code_list", 200)
    content["no_standard"], flag_fault = read_flag(item.get("no_standard"), f"{pointer}/no_standard")
    faults = [fault for fault in (element_fault, list_fault, flag_fault) if fault]
    cited = content["data_element"] or content["code_list"]
    if not faults and cited and content["no_standard"]:
        faults.append(Fault(f"{pointer}/no_standard", "contradiction", _("It cites a standard, so there is one.")))
    if not faults and not cited and not content["no_standard"] and not imported:
        faults.append(Fault(f"{pointer}/data_element", "required", _("Cite its standard, or say that there is none.")))
    return faults


def _demands(content: Content, imported: bool) -> Iterator[Fault]:
    """What one field demands of another; the database has each as a constraint too (Decree 809, Articles 13–15)."""

    def lacks(name: str) -> bool:
        return not content[f"{name}_zh"] and not content[f"{name}_en"]

    if content["sharing"] == Sharing.NOT_SHARED and lacks("sharing_citation"):
        yield _demand("sharing_citation_zh", _("What is not shared names the provision that forbids it."))
    if content["sharing"] == Sharing.CONDITIONAL and lacks("sharing_conditions"):
        yield _demand("sharing_conditions_zh", _("Name the conditions under which it is shared."))
    plain = content["classification"] == Classification.BASIC and content["sharing"] == Sharing.UNCONDITIONAL
    if not plain and lacks("classification_reason"):
        yield _demand("classification_reason_zh", _("Anything stricter than basic and unconditional needs a reason."))
    if content["opening"] != Opening.CLOSED and lacks("opening_basis"):
        yield _demand("opening_basis_zh", _("Opening to the public needs a basis of its own."))
    if content["secrecy"] == Secrecy.TRADE and lacks("secrecy_handling"):
        yield _demand("secrecy_handling_zh", _("Say how the trade secrets are handled."))
    if imported:
        return
    if content["collection_basis"] == Basis.NOT_STATED:
        yield Fault("/collection_basis", "not-a-choice", NOT_A_CHOICE)
    if lacks("collection_citation"):
        yield _demand("collection_citation_zh", _("Name the provision that allows you to collect this."))


def _demand(name: str, message: Promise) -> Fault:
    return Fault(f"/{name}", "required", message)
