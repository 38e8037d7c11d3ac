"""Who owns, manages, uses and benefits from a dataset, as departments send it: never a silent default.

A list of objects: `right` (owner | manager | use | benefit), `holder`, `condition_zh`, `condition_en`, `until` (a date
or empty) and either the provision that determines it (`provision_zh`, `provision_en`) or `undetermined: true`. Owner
and manager are each named at least once, if only as undetermined.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from portal.catalogue.errors import Fault
from portal.catalogue.fields import (
    MISSING,
    NOT_A_LIST,
    NOT_AN_OBJECT,
    UNKNOWN_FIELD,
    read_choice,
    read_date,
    read_flag,
    read_text,
)
from portal.catalogue.words import Right

MOST: Final = 50
TEXTS: Final = {"condition_zh": 500, "condition_en": 500, "provision_zh": 500, "provision_en": 500, "holder": 300}
KEYS: Final = frozenset({"right", "until", "undetermined", *TEXTS})
NAMED_ALWAYS: Final = (Right.OWNER, Right.MANAGER)


def read(value: object, content: list[dict[str, Any]], *, imported: bool) -> Iterator[Fault]:
    """Fill `content` with the canonical lines; yields every mistake."""
    if value is None:
        value = []
    if not isinstance(value, list):
        yield Fault("/ownership", "not-a-list", NOT_A_LIST)
        return
    if len(value) > MOST:
        yield Fault("/ownership", "too-many", _("At most 50 rights can be named."))
        return
    for index, line in enumerate(value):
        yield from _line(line, f"/ownership/{index}", content)
    named = {line["right"] for line in content}
    if not imported and any(right not in named for right in NAMED_ALWAYS):
        yield Fault("/ownership", "required", _("Name the owner and the manager, or say that each is undetermined."))


def _line(line: object, pointer: str, content: list[dict[str, Any]]) -> Iterator[Fault]:
    if not isinstance(line, Mapping):
        yield Fault(pointer, "not-an-object", NOT_AN_OBJECT)
        return
    yield from (Fault(f"{pointer}/{name}", "unknown-field", UNKNOWN_FIELD) for name in line if name not in KEYS)
    read: dict[str, Any] = {}
    faults: list[Fault | None] = []
    for name, limit in TEXTS.items():
        read[name], fault = read_text(line.get(name), f"{pointer}/{name}", limit)
        faults.append(fault)
    read["right"], fault = read_choice(line.get("right"), f"{pointer}/right", Right, "")
    faults.append(fault)
    read["until"], fault = read_date(line.get("until"), f"{pointer}/until")
    faults.append(fault)
    read["undetermined"], fault = read_flag(line.get("undetermined"), f"{pointer}/undetermined")
    found = [one for one in (*faults, fault) if one]
    yield from found
    if not found:
        yield from _demands(read, pointer)
        content.append(read)


def _demands(line: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    provided = line["provision_zh"] or line["provision_en"]
    if not line["right"]:
        yield Fault(f"{pointer}/right", "required", MISSING)
    if line["undetermined"] and provided:
        yield Fault(f"{pointer}/undetermined", "contradiction", _("What a provision determines is not undetermined."))
    if not line["undetermined"] and not line["holder"]:
        yield Fault(f"{pointer}/holder", "required", MISSING)
    if not line["undetermined"] and not provided:
        yield Fault(f"{pointer}/provision_zh", "required", _("Name the provision, or say that it is undetermined."))
