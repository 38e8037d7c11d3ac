"""A catalogue as a table: UTF-8 or GB 18030, a header, one row for each data item.

Rows with the same dataset_code belong together; the first one's columns describe the dataset.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from portal.catalogue.importing.cleaning import words
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.payload import CHOICES, TEXTS

ORIGIN: Final = "csv"
MAX_BYTES: Final = 64 * 1024 * 1024
OF_DATASET: Final = (*TEXTS, *CHOICES, "source_of_truth")
NEEDED: Final = ("agency_code", "dataset_code", "name_zh", "name_en", "collection_basis", "item_code", "item_name_zh")
OPTIONAL: Final = (
    "agency_name_zh",
    "agency_name_en",
    "system_code",
    "system_name_zh",
    "system_name_en",
    "special_categories",
    "item_name_en",
    "item_special_category",
    *(name for name in OF_DATASET if name not in NEEDED),
)

HELP: Final = f"""CSV: UTF-8 (or GB 18030), comma-separated, with a header; one row for each data item.
Needed columns: {", ".join(NEEDED)}.
Others: {", ".join(OPTIONAL)}.
special_categories are separated by semicolons. An agency or system that is not registered yet needs its names.
The values are those of PUT /api/v1/catalogue/datasets/{{code}}. Datasets go to approval."""


def read(path: Path) -> Sequence[Found | Unusable]:
    """Every dataset of the table, in the order of its codes' first rows. Raises UnreadableFile."""
    rows = list(_rows(path))
    places = {code: place for place, (code, _row) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: places[row[0]])
    return [_read(code, [row for _code, row in group]) for code, group in groupby(rows, key=lambda row: row[0])]


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    table = csv.DictReader(_text(path).splitlines(keepends=True), strict=True, restkey="beyond", restval="")
    try:
        header = [name.strip() for name in table.fieldnames or []]
        table.fieldnames = header
        if missing := [name for name in NEEDED if name not in header]:
            raise UnreadableFile(_("The table lacks the columns: %(names)s.") % {"names": ", ".join(missing)})
        if unknown := [name for name in header if name not in NEEDED + OPTIONAL]:
            raise UnreadableFile(_("The table has unknown columns: %(names)s.") % {"names": ", ".join(unknown)})
        for row in table:
            if "beyond" in row:
                raise UnreadableFile(_("Line %(line)s has too many columns.") % {"line": table.line_num})
            clean = {name: words(value) for name, value in row.items()}
            yield clean["dataset_code"] or f"line {table.line_num}", clean
    except csv.Error as error:
        raise UnreadableFile(_("Line %(line)s is not well-formed CSV.") % {"line": table.line_num}) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(_("There is no such file, or it cannot be opened.")) from error
    if len(data) > MAX_BYTES:
        raise UnreadableFile(_("This file is too large."))
    if b"\x00" in data or data[:2] == b"\x1f\x8b":
        raise UnreadableFile(_("This is not a text file."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(_("This is neither UTF-8 nor GB 18030."))


def _read(code: str, rows: Sequence[Mapping[str, str]]) -> Found | Unusable:
    first = rows[0]
    if not first["dataset_code"]:
        return Unusable(code, "", "it has no dataset_code")
    if not first["agency_code"]:
        return Unusable(code, code, "it has no agency_code")
    if len({row["agency_code"] for row in rows}) > 1:
        return Unusable(code, code, "its rows name more than one agency: one source has one owner")
    merged: list[str] = []
    items = list(_items(rows, merged))
    agency = {"code": first["agency_code"], **_names(first, "agency_"), "origin": ORIGIN}
    system = (
        {"code": first["system_code"], **_names(first, "system_"), "origin": ORIGIN} if _has_system(first) else None
    )
    dataset: dict[str, Any] = {name: first[name] for name in OF_DATASET if first.get(name)}
    dataset |= {"code": code, "agency": first["agency_code"], "items": items}
    if system:
        dataset["system"] = first["system_code"]
    if first.get("special_categories"):
        dataset["special_categories"] = [
            part.strip() for part in first["special_categories"].split(";") if part.strip()
        ]
    return Found(code, code, agency, system, dataset, merged=tuple(merged))


def _has_system(row: Mapping[str, str]) -> bool:
    return bool(row.get("system_code"))


def _names(row: Mapping[str, str], prefix: str) -> dict[str, str]:
    zh, en = row.get(f"{prefix}name_zh", ""), row.get(f"{prefix}name_en", "")
    return {"name_zh": zh or en, "name_en": en or zh}


def _items(rows: Sequence[Mapping[str, str]], merged: list[str]) -> Iterator[dict[str, str]]:
    seen: set[str] = set()
    for row in rows:
        if row["item_code"] in seen:
            merged.append(f"the item {row['item_code']} stood twice")
            continue
        seen.add(row["item_code"])
        yield {
            "code": row["item_code"],
            "name_zh": row["item_name_zh"],
            "name_en": row.get("item_name_en") or row["item_name_zh"],
            "special_category": row.get("item_special_category", ""),
        }
