"""Changing a department's rows: planned first, each statement on one row as it stood, under a key written first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import sql

from rights.connector import reading
from rights.connector.errors import NothingToChange, RowsMoved
from rights.connector.mapping import SqlMapping, Table
from rights.connector.reading import Connection, Found, Row

# In the department's database; the writing credential may insert and read there.
KEYS = "my_data_rights_execution"


@dataclass(frozen=True, slots=True)
class Change:
    """One row: what it holds, what it shall hold (None: be gone), and how it is named."""

    table: str
    key: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None

    def statement(self) -> sql.Composed:
        """The command with its values in place, as a person reads it and as it is run."""
        same = sql.SQL(" AND ").join(
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(name), sql.Literal(_literal(value)))
            for name, value in {**self.key, **self.before}.items()
        )
        table = sql.Identifier(self.table)
        if self.after is None:
            return sql.SQL("DELETE FROM {} WHERE {}").format(table, same)
        values = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(_literal(value)))
            for name, value in self.after.items()
        )
        return sql.SQL("UPDATE {} SET {} WHERE {}").format(table, values, same)

    def plain(self) -> dict[str, Any]:
        after = None if self.after is None else dict(self.after)
        return {"table": self.table, "key": dict(self.key), "before": dict(self.before), "after": after}


def corrections(mapping: SqlMapping, found: Found, wanted: Mapping[str, str]) -> list[Change]:
    """The rows that a correction changes, item by item ("table.column"); raises NothingToChange where none does."""
    changes = []
    for code, value in wanted.items():
        table, field = mapping.item(code)
        for row in found.rows.get(table.name, ()):
            if str(row[field.name]) != value:
                changes.append(Change(table.name, _key(table, row), {field.name: row[field.name]}, {field.name: value}))
    if not changes:
        raise NothingToChange
    return changes


def erasures(raw: Connection, mapping: SqlMapping, found: Found) -> list[Change]:
    """The rows that an erasure removes: the person's own, and what nobody else refers to; whoever refers goes first."""
    changes = []
    for table in mapping.children_first():
        for row in found.rows.get(table.name, ()):
            if not table.is_personal or (
                table.name not in found.owned and reading.still_used(raw, mapping, found, table, row)
            ):
                continue
            changes.append(Change(table.name, _key(table, row), {}, None))
    if not changes:
        raise NothingToChange
    return changes


def of(plan: str) -> list[Change]:
    """The changes of a plan that `plan_of` wrote."""
    return [Change(**change) for change in json.loads(plan)]


def plan_of(changes: list[Change]) -> str:
    """The plan as it is sealed and hashed."""
    return json.dumps([change.plain() for change in changes], ensure_ascii=False, sort_keys=True, default=_literal)


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def run(raw: Connection, key: UUID, changes: list[Change]) -> bool:
    """Write the key, then each change on exactly one row, in one transaction; False where the key stands already.

    Raises RowsMoved, and changes nothing, where a row is not as it was planned.
    """
    table = sql.Identifier(KEYS)
    fresh = raw.execute(sql.SQL("INSERT INTO {} (id) VALUES (%s) ON CONFLICT DO NOTHING").format(table), [key])
    if fresh.rowcount == 0:
        raw.rollback()
        return False
    for change in changes:
        if raw.execute(change.statement()).rowcount != 1:
            raw.rollback()
            raise RowsMoved
    raw.commit()
    return True


def read_back(raw: Connection, changes: list[Change]) -> bool:
    """Whether every row holds now what was wanted."""
    for change in changes:
        same = sql.SQL(" AND ").join(
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(name), sql.Literal(_literal(value)))
            for name, value in {**change.key, **(change.after or {})}.items()
        )
        query = sql.SQL("SELECT count(*) AS n FROM {} WHERE {}").format(sql.Identifier(change.table), same)
        (counted,) = raw.execute(query).fetchall()
        if counted["n"] != (0 if change.after is None else 1):
            return False
    return True


def _key(table: Table, row: Row) -> dict[str, Any]:
    return {name: _literal(row[name]) for name in table.keys}


def _literal(value: Any) -> Any:
    """A value as JSON and as a literal of SQL hold it."""
    return str(value) if isinstance(value, date | datetime | Decimal | UUID) else value
