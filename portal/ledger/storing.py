"""Writing the ledger's append-only tables, as portal_ingest: it may insert and nothing else (migration 0002)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection, models, transaction
from psycopg.errors import UniqueViolation

from portal.ledger.leaves import HASHED, form_of_values
from portal.ledger.models import HoldingChange, SharingEvent
from portal.trail import tree
from portal.trail.actor import database_role

INGEST: Final = "portal_ingest"
FEW: Final = 20  # up to here one INSERT is quicker than a staging table

Values = dict[str, Any]
Stored = tuple[bytes, bytes, bytes]  # id, subject_key and leaf
_LENGTH: Final = re.compile(r"\(\d+\)")  # of a type's name: psycopg knows the type without it
_INSERT_EVENTS = (
    "INSERT INTO ledger_sharingevent ({columns}) {rows} ON CONFLICT DO NOTHING RETURNING subject_key, id, leaf"
)
_UPSERT_HOLDINGS = """
INSERT INTO ledger_holding AS held (subject_key, dataset_id, agency_id, items, since, until, updated_at)
SELECT subject_key, dataset_id, agency_id, items, since, until, updated_at FROM ledger_staged_holding
ORDER BY subject_key, dataset_id
ON CONFLICT (subject_key, dataset_id) DO UPDATE
SET items = excluded.items, since = excluded.since, until = excluded.until, updated_at = excluded.updated_at
WHERE (held.items, held.since, held.until) IS DISTINCT FROM (excluded.items, excluded.since, excluded.until)
RETURNING subject_key, dataset_id
"""


def with_leaf(model: type[models.Model], values: Values) -> Values:
    """`values` and their leaf."""
    return {**values, "leaf": tree.leaf_hash(form_of_values(model, values))}


def store_events(events: Sequence[Values]) -> list[bytes]:
    """Insert those that are not there yet, no two of one key; their leaves, in the order of (id, subject_key).

    Rows go in by key, so that two calls that report the same events wait for each other and never in a circle; the
    later then finds them there. Most calls bring nothing but news: they are copied straight into the ledger, and only
    where a key turns out to be there is that undone and the slower way taken.
    """
    if not events:
        return []
    columns = (*HASHED[SharingEvent], "leaf")
    ordered = sorted(events, key=lambda values: (values["subject_key"], values["id"]))
    rows = [[values[column] for column in columns] for values in ordered]
    with database_role(INGEST):
        stored = _copied(ordered, columns, rows) if len(rows) > FEW else None
        if stored is None:
            stored = _inserted(columns, rows)
    return [leaf for _, _, leaf in sorted(stored)]


def _copied(events: Sequence[Values], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Stored] | None:
    """COPY the rows into the ledger itself; None, and nothing changed, where one of them is there already."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _copy(cursor, "ledger_sharingevent", columns, _types(SharingEvent), rows)
    except UniqueViolation:  # psycopg's own: Django does not wrap what happens within a COPY
        return None
    return [(values["id"].bytes, values["subject_key"], values["leaf"]) for values in events]


def _inserted(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Stored]:
    """Insert the rows whose key is not there yet; those that went in."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if len(rows) <= FEW:
            places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
            source, given = f"VALUES {places}", [value for row in rows for value in row]
        else:
            _stage(cursor, "ledger_staged_event", SharingEvent, columns, rows)
            # names of our own columns
            source, given = f"SELECT {names} FROM ledger_staged_event ORDER BY subject_key, id", []  # noqa: S608  # nosec B608
        command = _INSERT_EVENTS.format(columns=names, rows=source)
        cursor.execute(command, given)
        return [(identifier.bytes, bytes(key), bytes(leaf)) for key, identifier, leaf in cursor.fetchall()]


def store_holdings(holdings: Sequence[Values]) -> set[tuple[bytes, Any]]:
    """Insert or change those that differ from what is held; their keys (subject_key, dataset_id).

    Under the caller's own role: policies hold it to its own rows.
    """
    if not holdings:
        return set()
    columns = ("subject_key", "dataset_id", "agency_id", "items", "since", "until", "updated_at")
    rows = [[values[column] for column in columns] for values in holdings]
    with connection.cursor() as cursor:
        _stage(cursor, "ledger_staged_holding", HoldingChange, columns, rows)
        cursor.execute(_UPSERT_HOLDINGS)
        return {(bytes(key), dataset) for key, dataset in cursor.fetchall()}


def insert(instances: Sequence[models.Model]) -> None:
    """Append rows of one model: batches, notes, changes of holdings."""
    if not instances:
        return
    with database_role(INGEST):
        type(instances[0])._base_manager.bulk_create(instances, batch_size=1_000)


def _stage(
    cursor: Any, table: str, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY the rows into a table of this transaction alone."""
    types = {**_types(model), "updated_at": "timestamptz"}
    declared = ", ".join(f"{column} {types[column]}" for column in columns)
    making = f"CREATE TEMP TABLE IF NOT EXISTS {table} ({declared}) ON COMMIT DROP"  # our own names and types
    cursor.execute(making)
    emptying = f"TRUNCATE {table}"
    cursor.execute(emptying)
    _copy(cursor, table, columns, types, rows)


def _copy(
    cursor: Any, table: str, columns: Sequence[str], types: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY in the binary format, which spares both sides the text of every value."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT binary)") as copy:
        copy.set_types([_LENGTH.sub("", types[column]) for column in columns])
        for row in rows:
            copy.write_row(row)


def _types(model: type[models.Model]) -> Mapping[str, str]:
    return {field.attname: str(field.db_type(connection)) for field in model._meta.concrete_fields if field.column}
