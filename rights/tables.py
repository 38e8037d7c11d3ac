"""What goes into a package as tables, in JSON and CSV alike: what is held, who received it, and departments' own.

Each has a schema (Frictionless Table Schema) that says in both languages what a column is.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Final

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Dataset
from portal.ledger import copies as ledger
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.canonical import plain
from portal.trail.copies import Row, Word
from rights import files
from rights.models import Format, PartFile, RightsRequest

SCHEMA_FILE: Final = "schema.json"
TWIN_LARGEST: Final = 5 * 1024 * 1024  # bytes; a larger table stays in the form in which it came
JSON, CSV = "application/json", "text/csv"
# A column: its name, and what it is, in Chinese and English.
HELD: Final = (
    ("agency", "持有部门", "who holds it"),
    ("dataset", "数据集编码", "code of the dataset"),
    ("dataset_name", "数据集", "the dataset"),
    ("items", "数据项编码；空白表示整个数据集", "codes of its items; empty: the dataset as a whole"),
    ("since", "开始持有的日期", "held since"),
    ("until", "停止持有的日期", "held until"),
    ("reported_at", "报告时间", "when it was reported"),
)
SHARED: Final = (
    ("at", "发生时间", "when it happened"),
    ("provider", "提供部门", "who gave it"),
    ("recipient", "接收方", "who received it"),
    ("dataset", "数据集编码", "code of the dataset"),
    ("dataset_name", "数据集", "the dataset"),
    ("items", "数据项编码；空白表示整个数据集", "codes of its items; empty: the dataset as a whole"),
    ("purpose", "处理目的", "what for"),
    ("legal_basis", "法律依据代码", "code of the legal basis"),
    ("citation", "法律依据", "the provision"),
    ("depth", "访问程度代码", "how deep, as a code"),
    ("outcome", "是否提供", "whether it was sent or denied"),
    ("id", "共享记录编号", "number of the record"),
)
RECORDS: Final[Mapping[str, tuple[Callable[[bytes], Iterator[Row]], Sequence[tuple[str, str, str]]]]] = {
    "held": (ledger.holdings, HELD),
    "shared": (ledger.sharing, SHARED),
}


def records(request: RightsRequest) -> Iterator[tuple[str, Iterable[bytes]]]:
    """What the portal knows: which datasets hold something, and who received it, each with its schema."""
    for name, (_rows, columns) in RECORDS.items():
        if request.format != Format.CSV:
            yield f"records/{name}.json", _as_json(_seen(request, name))
        if request.format != Format.JSON:
            yield f"records/{name}.csv", _as_csv(_seen(request, name), [column for column, _zh, _en in columns])
        yield f"records/{name}.{SCHEMA_FILE}", [_schema(columns)]


def names_of_records(request: RightsRequest) -> list[str]:
    """The tables that `records` gives, for the page that leads to them."""
    forms = {Format.BOTH: ("json", "csv"), Format.JSON: ("json",), Format.CSV: ("csv",)}[Format(request.format)]
    return [f"records/{name}.{form}" for name in RECORDS for form in forms]


def _seen(request: RightsRequest, name: str) -> Iterator[dict[str, Any]]:
    """Rows as the person sees them: an embargoed sharing is behind the wall here too."""
    key = bytes(request.subject_key)
    rows, columns = RECORDS[name]
    with acting_as(Actor(ActorKind.CITIZEN, subject_key=key)):
        for row in rows(key):
            yield _flat(row, [column for column, _zh, _en in columns])


def _flat(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    """One row with plain values: codes where there are codes, and the dataset's name beside its code."""
    dataset = row["dataset"]
    values = {**row, "dataset_name": str(dataset.text)}
    return {
        column: plain(value.code if isinstance(value, Word) else value)
        for column in columns
        for value in [values[column]]
    }


# ------------------------------------------------------------------ both forms
def _as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    mark = b"[\n"
    for row in rows:
        yield mark + json.dumps(row, ensure_ascii=False).encode()
        mark = b",\n"
    yield b"[]\n" if mark == b"[\n" else b"\n]\n"


def _as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[bytes]:
    """With a mark at the beginning, by which spreadsheets know that it is UTF-8."""
    yield "\ufeff".encode() + _line(columns)
    for row in rows:
        yield _line([_cell(row.get(column)) for column in columns])


def _line(cells: Sequence[str]) -> bytes:
    target = StringIO()
    csv.writer(target).writerow(cells)
    return target.getvalue().encode()


def _cell(value: Any) -> str:
    """A value as a spreadsheet shows it; what it would take for a formula is marked as text."""
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _schema(columns: Iterable[tuple[str, str, str]]) -> bytes:
    fields = [{"name": name, "title": {"zh": zh, "en": en}} for name, zh, en in columns]
    return json.dumps({"fields": fields}, ensure_ascii=False, indent=1).encode()


# ------------------------------------------------------------------ departments' tables
def schema_of(dataset: Dataset) -> bytes:
    """What a dataset's items are called, in both languages."""
    return _schema((item.code, item.name_zh, item.name_en) for item in catalogue.items_in([dataset.pk]))


def twin(file: PartFile) -> tuple[str, bytes] | None:
    """A table of a department in the other form: CSV as JSON, JSON as CSV; none of what is no table or is large."""
    stem, _dot, ending = file.name.rpartition(".")
    if file.size > TWIN_LARGEST or (file.media_type, ending) not in ((CSV, "csv"), (JSON, "json")):
        return None
    content = b"".join(files.opened(file.stored_as))
    rows = _from_csv(content) if file.media_type == CSV else _from_json(content)
    if not rows:
        return None
    if file.media_type == CSV:
        return f"{stem}.json", b"".join(_as_json(rows))
    return f"{stem}.csv", b"".join(_as_csv(rows, list(dict.fromkeys(name for row in rows for name in row))))


def _from_csv(content: bytes) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")  # it was taken in as one of both
    try:
        head, *lines = list(csv.reader(StringIO(text), strict=True)) or [[]]
    except csv.Error:
        return []
    is_table = len(set(head)) == len(head) and all(len(line) in (0, len(head)) for line in lines)
    return [dict(zip(head, line, strict=True)) for line in lines if line] if is_table else []


def _from_json(content: bytes) -> list[dict[str, Any]]:
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError):
        return []
    is_table = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    return rows if is_table and all(_is_cell(value) for row in rows for value in row.values()) else []


def _is_cell(value: Any) -> bool:
    return not isinstance(value, dict | list)
