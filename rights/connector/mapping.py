"""Where in a department's database a person's data stands: tables, keys, items and the joins between them.

The document is the dataset annotation of Fides (fides_key, collections, fields, fides_meta): `identity` marks a column
by which a person is found, `references` a join, with the direction in which one follows it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from rights.connector.errors import MappingRefused

PERSONAL: Final = "user"  # the category, or its beginning, of what says something of a person


@dataclass(frozen=True, slots=True)
class Field:
    """A column."""

    name: str
    is_key: bool
    is_personal: bool
    identity: str  # "email", "number"; empty: nobody is found by it


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name a row; all of them where the mapping names none."""
        return tuple(field.name for field in self.fields if field.is_key) or self.columns

    @property
    def is_personal(self) -> bool:
        return any(field.is_personal for field in self.fields)


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of `table` whose `column` stands in rows of `source` under `source_column`.

    `owned`: the row belongs to the one it refers to (a login to a customer). Otherwise it is referred to, and others
    may refer to it too (an address).
    """

    source: str
    source_column: str
    table: str
    column: str
    owned: bool


@dataclass(frozen=True, slots=True)
class SqlMapping:
    """A whole mapping. `document` is what it was made of."""

    tables: Mapping[str, Table]
    joins: tuple[Join, ...]

    def item(self, code: str) -> tuple[Table, Field]:
        """The column of an item "table.column"; raises MappingRefused."""
        table, _, column = code.partition(".")
        found = self.tables.get(table)
        for field in found.fields if found else ():
            if found and field.name == column:
                return found, field
        raise MappingRefused(f"there is no {code}")

    def children_first(self) -> list[Table]:
        """The tables in an order in which rows can be removed: whoever refers before what is referred to."""
        refers = {name: {other for child, other in self.references() if child == name} - {name} for name in self.tables}
        ordered: list[Table] = []
        left = dict(refers)
        while left:
            free = [name for name in left if not any(name in others for others in left.values())]
            for name in free or list(left):  # a circle: as they stand
                ordered.append(self.tables[name])
                del left[name]
        return ordered

    def references(self) -> Iterator[tuple[str, str]]:
        """Which table has a column that refers to which other."""
        for join in self.joins:
            yield (join.table, join.source) if join.owned else (join.source, join.table)


def read(path: Path) -> dict[str, Any]:
    """The document in a file; raises MappingRefused."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingRefused(f"it cannot be read: {type(error).__name__}") from error
    of(document)
    return dict(document)


def of(document: Any) -> SqlMapping:
    """The mapping that a document describes; raises MappingRefused, which says what is wrong."""
    datasets = document.get("dataset") if isinstance(document, dict) else None
    if not isinstance(datasets, list) or len(datasets) != 1 or not isinstance(datasets[0], dict):
        raise MappingRefused("it holds no dataset, or several")
    try:
        tables = {table["name"]: _table(table) for table in datasets[0]["collections"]}
        joins = tuple(join for table in datasets[0]["collections"] for join in _joins(table, tables))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MappingRefused(f"a collection or field lacks {error}") from error
    if not any(field.identity for table in tables.values() for field in table.fields):
        raise MappingRefused("nobody can be found by it: no field has an identity")
    return SqlMapping(tables, joins)


def _table(given: dict[str, Any]) -> Table:
    fields = tuple(_field(field) for field in given["fields"])
    if not fields:
        raise ValueError("fields")
    return Table(str(given["name"]), fields)


def _field(given: dict[str, Any]) -> Field:
    meta = given.get("fides_meta") or {}
    categories: Sequence[str] = given.get("data_categories") or ()
    is_personal = any(name == PERSONAL or name.startswith(f"{PERSONAL}.") for name in categories)
    return Field(str(given["name"]), bool(meta.get("primary_key")), is_personal, str(meta.get("identity") or ""))


def _joins(given: dict[str, Any], tables: Mapping[str, Table]) -> Iterator[Join]:
    for field in given["fields"]:
        for reference in (field.get("fides_meta") or {}).get("references") or ():
            other, _, column = str(reference["field"]).partition(".")
            if other not in tables or column not in tables[other].columns:
                raise ValueError(f"{reference['field']}, to which {given['name']}.{field['name']} refers")
            if reference.get("direction", "from") == "from":
                yield Join(other, column, str(given["name"]), str(field["name"]), owned=True)
            else:
                yield Join(str(given["name"]), str(field["name"]), other, column, owned=False)
