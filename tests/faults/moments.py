"""Stopping the worker at an exact moment of its work, so that a kill hits it there and nowhere else."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Final, Self

from psycopg import sql

from tests.faults.killing import PATIENCE, Rows, eventually

ALIVE: Final = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"


@dataclass(frozen=True)
class Gate:
    """What closes a way of the worker's in the database, and who of its connections stands before it."""

    close: sql.Composed
    waiting: sql.Composed


def before_a_row_of(table: str) -> Gate:
    """SHARE lets everybody read and lock rows, and nobody write."""
    return Gate(
        sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(table)),
        sql.SQL(
            "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND relation = {}::regclass AND usename = 'portal_worker'"
        ).format(table),
    )


def at_the_commit_about(dataset: str) -> Gate:
    """References are checked last of all: everything is written, and PostgreSQL has been told to keep it."""
    return Gate(
        sql.SQL("SELECT FROM catalogue_dataset WHERE code = {} FOR UPDATE").format(dataset),
        sql.SQL(
            "SELECT pid FROM pg_stat_activity"
            " WHERE query = 'COMMIT' AND wait_event_type = 'Lock' AND usename = 'portal_worker'"
        ).format(),
    )


@dataclass
class Halt:
    """While it holds, the worker stands before the last of `gates`, in an open transaction.

    It is led there from gate to gate: it stops at the first; the second is closed and the first opened; and so on.
    """

    rows: Rows
    connect: Callable[[], Rows]
    gates: tuple[Gate, ...]
    backend: int = 0  # PostgreSQL's process that serves the worker
    closed: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self._close(self.gates[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let it go on."""
        self.closed.close()

    def wait(self) -> None:
        """Until the worker stands where it is wanted."""
        self.backend = self._at(self.gates[0])
        for _, following in pairwise(self.gates):
            behind = self.closed.pop_all()
            self._close(following)
            behind.close()
            assert self._at(following) == self.backend, "another process of the worker's came to the next gate"

    def gone(self) -> bool:
        """Whether PostgreSQL has noticed that the killed worker left, and ended what it had begun."""
        return self.rows.execute(ALIVE, [self.backend]).fetchone() == (0,)

    def _close(self, gate: Gate) -> None:
        holder = self.connect()
        self.closed.callback(holder.close)
        holder.execute("SET lock_timeout = '20s'")
        holder.execute("BEGIN")
        holder.execute(gate.close)

    def _at(self, gate: Gate) -> int:
        found = eventually(lambda: self.rows.execute(gate.waiting).fetchone(), PATIENCE)
        assert found, f"the worker did not come to: {gate.close.as_string()}"
        return int(found[0])
