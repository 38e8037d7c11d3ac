"""`manage.py verify` on the running sample city: silent about what nobody touched, and it names what somebody did."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from portal.demo.embedded.services import CHECKOUT
from portal.demo.serving import Demo
from tests.faults.killing import PATIENCE, Rows, eventually

pytestmark = pytest.mark.faults

# A row in the middle of what is sealed: an event of the ledger is sealed with the batch that brought it.
SEALED = {
    "trail_entry": "SELECT t.id FROM trail_entry t JOIN trail_leaf l ON l.kind = 'trail.entry' AND l.row_id = t.id",
    "ledger_sharingevent": "SELECT t.id FROM ledger_sharingevent t JOIN trail_leaf l ON l.row_id = t.batch_id",
}
FORGED = [("trail_entry", "event", "trail.row.forged"), ("ledger_sharingevent", "purpose_zh", "另有用途")]


def verify(demo: Demo) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "verify"]
    environment = demo.environment("portal_worker")
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def untouched(demo: Demo) -> None:
    """The city as its people left it: sealed, and whole."""
    with demo.services.superuser(demo.database) as rows:
        assert eventually(lambda: rows.execute("SELECT FROM trail_head").rowcount, PATIENCE), "nothing is sealed"
    said = verify(demo)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("Whole: ")


def sealed_row(rows: Rows, table: str) -> UUID:
    found: list[tuple[UUID]] = rows.execute(f"{SEALED[table]} ORDER BY t.id").fetchall()
    return found[len(found) // 2][0]


@contextmanager
def altered(rows: Rows, table: str, column: str, row: UUID, forged: str) -> Iterator[None]:
    """A superuser puts another value there, with the append-only triggers told to look away, and later the old one."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    kept = rows.execute(sql.SQL("SELECT {column} FROM {table} WHERE id = %s").format(**names), [row]).fetchone()
    change = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s").format(**names)
    rows.execute("SET session_replication_role = replica")

    def put(value: Any) -> None:
        assert rows.execute(change, [value, row]).rowcount == 1

    put(forged)
    try:
        yield
    finally:
        put(kept[0] if kept else None)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("table", "column", "forged"), FORGED, ids=[table for table, *_ in FORGED])
def test_verify_fails_and_names_the_one_row_that_a_superuser_altered_until_it_is_put_back(
    demo: Demo, rows: Rows, table: str, column: str, forged: str
) -> None:
    row = sealed_row(rows, table)

    with altered(rows, table, column, row, forged):
        said = verify(demo)

    assert said.returncode == 1
    assert f"{table} {row}" in said.stderr.splitlines()[-1], "the last line says what is not whole"
    assert set(re.findall(rf"{table} ([-0-9a-f]{{36}})", said.stderr)) == {str(row)}, "that one, and no other"

    assert verify(demo).returncode == 0
