"""Two worlds in a copy of the database, generated from its own catalogue: a citizen and an agency each, and a row of
each in every table behind a wall. Nothing in the copy holds anybody back but privileges and policies.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from tests.databases import template_name
from tests.plugin import DATABASE, RUNNING

Place = tuple[int, str]  # where a row lies: its table or partition, and its place in it
# Columns that say whose a row is, or to which row of the same world it belongs, where no foreign key says so.
SUBJECT, AGENCIES = "subject_key", ("agency_id", "provider_id", "recipient_id", "caller_id", "asked_by", "actor_agency")
LISTS = ("parties", "recipients")
LINKS = {"batch_id": "ledger_batch", "event_id": "ledger_sharingevent", "consent_id": "consent_consent"}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    target: str | None  # the table that a foreign key names


COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull AND attidentity = '' AND NOT atthasdef,
       (SELECT confrelid::regclass::text FROM pg_constraint
        WHERE conrelid = attrelid AND contype = 'f' AND conkey = ARRAY[attnum] AND confrelid <> conrelid LIMIT 1)
FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
WALLED = "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relispartition ORDER BY 1"
ALONE = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype IN ('c', 'f', 'p', 'u') AND connamespace = 'public'::regnamespace AND conparentid = 0
        AND coninhcount = 0
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', found.place, found.conname);
    END LOOP;
    FOR found IN SELECT indexrelid::regclass AS place FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE indisunique AND relnamespace = 'public'::regnamespace AND NOT relispartition LOOP
        EXECUTE format('DROP INDEX %s', found.place);
    END LOOP;
    FOR found IN SELECT oid::regclass AS place FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', found.place);
    END LOOP;
END $$
"""


def id_of(of: str, world: int) -> UUID:
    """The identifier of a table's row in a world; its time lies in a partition of the ledger."""
    return UUID("019a" + md5(f"{of} {world}".encode(), usedforsecurity=False).hexdigest()[4:])


def subject_of(world: int) -> bytes:
    return bytes([world]) * 16


def _value(table: str, column: Column, world: int, seed: str) -> Any:  # noqa: C901, PLR0912  # a table of cases
    match column:
        case Column(name="subject_key" | "representative_key"):
            return subject_of(world)
        case Column(name="id", type="uuid"):
            return id_of(table + seed, world)
        case Column(target=str(target)) if column.type in ("uuid", "bigint", "integer"):
            return id_of(target, world) if column.type == "uuid" else world
        case Column(name=name, type="uuid") if name in AGENCIES:
            return id_of("catalogue_agency", world)
        case Column(name=name, type="uuid") if name in LINKS:
            return id_of(LINKS[name], world)
        case Column(name=name) if name in LISTS:
            return [id_of("catalogue_agency", world)]
    if column.type.endswith("[]"):
        return []
    match column.type.split("(")[0]:
        case "uuid":
            return id_of(f"{table}.{column.name}{seed}", world)
        case "bytea":
            return md5(f"{table}.{column.name}{seed} {world}".encode(), usedforsecurity=False).digest()
        case "boolean":
            return False
        case "jsonb":
            return "{}"
        case "date" | "timestamp with time zone":
            return f"2026-11-0{world}"
        case "integer" | "bigint" | "smallint" | "double precision":
            return world + (10 if seed else 0)
    return f"{world}{seed}"


@dataclass
class Copy:
    """A copy of the migrated database in which nothing but privileges and policies holds anybody back."""

    name: str
    superuser: psycopg.Connection[Any]
    columns: dict[str, list[Column]]
    values: Mapping[str, Mapping[str, str]]
    places: dict[str, dict[Place, int]]  # table -> where a row lies -> its world

    def insert(self, table: str, world: int, seed: str = "", **by: str) -> tuple[sql.Composed, list[Any]]:
        """The command that writes a world's row, by a kind of actor where its column says who wrote it."""
        values = {**by, **self.values.get(table, {})}
        wanted = [
            column
            for column in self.columns[table]
            if column.required or column.target or column.name in (SUBJECT, *AGENCIES, *values)
        ]
        given = [values.get(column.name, _value(table, column, world, seed)) for column in wanted]
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in wanted)
        command = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table), names, sql.SQL(", ").join(sql.Placeholder() * len(wanted))
        )
        return command, given

    def read(self, raw: psycopg.Connection[Any], table: str) -> list[Place]:
        return raw.execute(
            sql.SQL("SELECT tableoid::bigint, ctid::text FROM {}").format(sql.Identifier(table))
        ).fetchall()


@contextmanager
def two_worlds(values: Mapping[str, Mapping[str, str]]) -> Iterator[Copy]:
    """The copy; `values` are those that a table's rows need in a column to be private."""
    name = f"{DATABASE}_rows"
    RUNNING.make_database(name, template=template_name())
    try:
        with RUNNING.superuser(name) as superuser:
            walled = [table for (table,) in superuser.execute(WALLED).fetchall()]
            columns = {
                table: [Column(*row) for row in superuser.execute(COLUMNS, [table]).fetchall()] for table in walled
            }
            superuser.execute(ALONE)
            made = Copy(name, superuser, columns, values, {})
            for table in walled:
                made.places[table] = {}
                for world in (1, 2):
                    command, given = made.insert(table, world)
                    row = superuser.execute(command + sql.SQL(" RETURNING tableoid::bigint, ctid::text"), given)
                    made.places[table][row.fetchall()[0]] = world
            yield made
    finally:
        RUNNING.drop_database(name)
