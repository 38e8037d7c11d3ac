"""Collecting a person's rows across tables. Names are quoted, values are parameters, nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from rights.connector.errors import TooManyRows
from rights.connector.mapping import Join, SqlMapping, Table

LARGEST: Final = 10_000  # rows of one person; more is a mapping that finds everybody
PATIENCE: Final = "15s"
Row = dict[str, Any]
Connection = psycopg.Connection[Row]


@dataclass
class Found:
    """A person's rows by table. `owned`: those that are theirs, not only referred to."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)

    def add(self, table: Table, rows: list[Row]) -> bool:
        """Take rows that are not there yet; whether any was new."""
        known = {key_of(table, row) for row in self.rows.get(table.name, ())}
        new = [row for row in rows if key_of(table, row) not in known]
        self.rows.setdefault(table.name, []).extend(new)
        return bool(new)

    @property
    def count(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def connect(conninfo: str, *, read_only: bool) -> Connection:
    """A connection whose statements end after some patience; `read_only` says it to the server too."""
    raw: Connection = psycopg.connect(conninfo, row_factory=dict_row, connect_timeout=5, autocommit=False)
    raw.read_only = read_only
    raw.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(PATIENCE))
    return raw


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in table.keys)


def collect(raw: Connection, mapping: SqlMapping, identities: Mapping[str, str]) -> Found:
    """Every row about whoever has these identities, following the joins; raises TooManyRows."""
    found = Found()
    for table in mapping.tables.values():
        for column in table.fields:
            value = identities.get(column.identity, "") if column.identity else ""
            if value and found.add(table, _rows(raw, table, column.name, [value])):
                found.owned.add(table.name)
    while any(_follow(raw, mapping, join, found) for join in mapping.joins):
        if found.count > LARGEST:
            raise TooManyRows
    return found


def _follow(raw: Connection, mapping: SqlMapping, join: Join, found: Found) -> bool:
    values = {row[join.source_column] for row in found.rows.get(join.source, ())} - {None}
    if not values:
        return False
    is_new = found.add(mapping.tables[join.table], _rows(raw, mapping.tables[join.table], join.column, list(values)))
    if join.owned and join.source in found.owned and found.rows.get(join.table):
        found.owned.add(join.table)
    return is_new


def _rows(raw: Connection, table: Table, column: str, values: list[Any]) -> list[Row]:
    query = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s) ORDER BY {} LIMIT {}").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.Identifier(table.name),
        sql.Identifier(column),
        sql.SQL(", ").join(map(sql.Identifier, table.keys)),
        sql.Literal(LARGEST + 1),
    )
    rows = raw.execute(query, [values]).fetchall()
    if len(rows) > LARGEST:
        raise TooManyRows
    return rows


def still_used(raw: Connection, mapping: SqlMapping, found: Found, table: Table, row: Row) -> bool:
    """Whether somebody else's row refers to this one, which then is not this person's alone."""
    for join in mapping.joins:
        if join.owned or join.table != table.name:
            continue
        query = sql.SQL("SELECT count(*) AS n FROM {} WHERE {} = %s").format(
            sql.Identifier(join.source), sql.Identifier(join.source_column)
        )
        (counted,) = raw.execute(query, [row[join.column]]).fetchall()
        own = [other for other in found.rows.get(join.source, ()) if other[join.source_column] == row[join.column]]
        own = own if join.source in found.owned else []
        if counted["n"] > len(own):
            return True
    return False


def answer(mapping: SqlMapping, found: Found) -> list[Row]:
    """What a person is given: the personal tables' rows, each with its table and the items as table.column."""
    return [
        {f"{name}.{column}": value for column, value in row.items()}
        for name, rows in found.rows.items()
        if mapping.tables[name].is_personal
        for row in rows
    ]
