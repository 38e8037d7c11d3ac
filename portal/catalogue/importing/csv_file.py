"""A catalogue as a table: UTF-8 or GB 18030, a header, one row for each data item.

Rows with the same dataset_code belong together; the first one's columns describe the dataset.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from django.utils.translation import gettext_lazy as _

from portal.catalogue.importing.cleaning import words
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.models import DataItem, Dataset
from portal.catalogue.payload import CHOICES, DATES, TEXTS

ORIGIN: Final = "csv"
MAX_BYTES: Final = 64 * 1024 * 1024
OF_DATASET: Final = (*TEXTS, *CHOICES, *DATES, "source_of_truth")
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
RIGHTS: Final = ("owner", "manager")
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
    "item_data_element",
    "item_code_list",
    *(f"{right}{part}" for right in RIGHTS for part in ("", "_provision_zh", "_provision_en")),
    *(name for name in OF_DATASET if name not in NEEDED),
)

HELP: Final = f"""CSV: UTF-8 (or GB 18030), comma-separated, with a header; one row for each data item.
Needed columns: {", ".join(NEEDED)}.
Others: {", ".join(OPTIONAL)}.
An item without item_data_element and item_code_list says that there is no standard for it; an owner or
manager without a provision says that it is undetermined. special_categories are separated by semicolons.
An agency or system that is not registered yet needs its names.
The values are those of PUT /api/v1/catalogue/datasets/{{code}}. Datasets go to approval."""


def read(path: Path) -> Sequence[Found | Unusable]:
    """Every dataset of the table, in the order of its codes' first rows. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(_("There is no such file, or it cannot be opened.")) from error
    return read_bytes(data)


def read_bytes(data: bytes) -> Sequence[Found | Unusable]:
    """The same of a table that was sent."""
    rows = list(_rows(text_of(data)))
    places = {code: place for place, (code, _row) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: places[row[0]])
    return [_read(code, [row for _code, row in group]) for code, group in groupby(rows, key=lambda row: row[0])]


def write(datasets: Iterable[Dataset], file: TextIO) -> None:
    """The same table of what is here: what `read` takes, so that it can be changed and sent back."""
    rows = csv.DictWriter(file, [*NEEDED, *OPTIONAL], restval="", lineterminator="\r\n")
    rows.writeheader()
    for dataset in datasets:
        shared = _columns_of(dataset)
        for item in dataset.items.all():
            if item.active:
                rows.writerow({name: defused(value) for name, value in {**shared, **_columns_of_item(item)}.items()})


def defused(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in FORMULAS else value


def _columns_of(dataset: Dataset) -> dict[str, str]:
    columns = {name: str(getattr(dataset, name) or "") for name in (*TEXTS, *CHOICES, *DATES)}
    columns |= {"agency_code": dataset.agency.code, "dataset_code": dataset.code}
    columns["system_code"] = dataset.system.code if dataset.system else ""
    columns["source_of_truth"] = dataset.source_of_truth.code if dataset.source_of_truth else ""
    columns["special_categories"] = ";".join(dataset.special_categories)
    for line in dataset.ownership:
        if line["right"] in RIGHTS:
            columns[line["right"]] = line["holder"]
            columns |= {f"{line['right']}_{part}": line[part] for part in ("provision_zh", "provision_en")}
    return columns


def _columns_of_item(item: DataItem) -> dict[str, str]:
    names = ("code", "name_zh", "name_en", "special_category", "data_element", "code_list")
    return {f"item_{name}": getattr(item, name) for name in names}


def _rows(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    table = csv.DictReader(text.splitlines(keepends=True), strict=True, restkey="beyond", restval="")
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
            clean = {name: words(_plain(value)) for name, value in row.items()}
            yield clean["dataset_code"] or f"line {table.line_num}", clean
    except csv.Error as error:
        raise UnreadableFile(_("Line %(line)s is not well-formed CSV.") % {"line": table.line_num}) from error


def _plain(value: str) -> str:
    """A cell as it was before it was defused."""
    return value[1:] if value[:1] == "'" and value[1:2] in FORMULAS else value


def text_of(data: bytes) -> str:
    """The text of a table in UTF-8 or GB 18030. Raises UnreadableFile."""
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
    dataset |= {"code": code, "agency": first["agency_code"], "items": items, "ownership": list(_ownership(first))}
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


def _ownership(row: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for right in RIGHTS:
        provision = {f"provision_{code}": row.get(f"{right}_provision_{code}", "") for code in ("zh", "en")}
        yield {"right": right, "holder": row.get(right, ""), **provision, "undetermined": not any(provision.values())}


def _items(rows: Sequence[Mapping[str, str]], merged: list[str]) -> Iterator[dict[str, Any]]:
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
            "data_element": row.get("item_data_element", ""),
            "code_list": row.get("item_code_list", ""),
            "no_standard": not (row.get("item_data_element") or row.get("item_code_list")),
        }
