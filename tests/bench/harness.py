"""How a figure is measured: ours and the peer's in turns, at least seven rounds, the medians' ratio against a goal."""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import httpx
import psycopg

from portal.demo.embedded.services import CHECKOUT, Services
from portal.demo.serving import free_port

ROUNDS = 7
PATIENCE = 30.0  # seconds until a server must answer

# One run of what is compared: it gives its figure, seconds unless the unit says otherwise.
Run = Callable[[], float]


@dataclass(frozen=True)
class Goal:
    """What `ours / theirs` must be."""

    ratio: float
    at_most: bool

    def holds(self, ratio: float) -> bool:
        return ratio <= self.ratio if self.at_most else ratio >= self.ratio

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.ratio:g}"


def at_most(ratio: float) -> Goal:
    """For times and sizes: less is better."""
    return Goal(ratio, at_most=True)


def at_least(ratio: float) -> Goal:
    """For rates: more is better."""
    return Goal(ratio, at_most=False)


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians in `unit`, their ratio, and each side's least and most."""

    name: str
    unit: str
    ours: float
    theirs: float
    ratio: float
    goal: str
    passed: bool
    spread: tuple[float, float, float, float]
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it (the design, 6: name, ours, theirs, ratio, goal, pass; and the rest)."""
        row = asdict(self)
        row["pass"] = row.pop("passed")
        return row


@dataclass
class Bench:
    """What a benchmark is given: its database, its size, and where its figures go."""

    services: Services
    database: str
    environment: Mapping[str, str]
    full: bool  # the large sizes; without it a benchmark ends within two minutes on two cores
    report: Callable[[Figure], None]
    _rounds: int = field(default=ROUNDS)

    def compare(self, name: str, ours: Run, theirs: Run, goal: Goal, *, unit: str = "s", note: str = "") -> Figure:
        """Run both in turns, the first of each to warm up, and report the ratio of their medians."""
        sides = (ours, theirs)
        figures: tuple[list[float], list[float]] = ([], [])
        for run in sides:
            run()
        for number in range(self._rounds):
            for side in (0, 1) if number % 2 == 0 else (1, 0):  # neither always has the warmer machine
                gc.collect()
                figures[side].append(sides[side]())
        return self._figure(name, *figures, goal, unit, note)

    def limit(self, name: str, ours: float, limit: float, goal: Goal, *, unit: str, note: str = "") -> Figure:
        """Report one figure beside the limit that it must keep (1 stands for a limit of nought)."""
        return self._figure(name, [ours], [limit], goal, unit, note)

    def _figure(self, name: str, ours: list[float], theirs: list[float], goal: Goal, unit: str, note: str) -> Figure:
        ratio = median(ours) / median(theirs)
        spread = (min(ours), max(ours), min(theirs), max(theirs))
        figure = Figure(name, unit, median(ours), median(theirs), ratio, str(goal), goal.holds(ratio), spread, note)
        self.report(figure)
        return figure

    # ------------------------------------------------------------------ what there is to measure on
    def superuser(self) -> psycopg.Connection[Any]:
        """A connection that no policy binds, to fill tables and to be the plain peer."""
        return self.services.superuser(self.database)

    def url(self, role: str) -> str:
        """The benchmark's database for `role`, to connect to without Django."""
        return self.services.url(role, self.database)

    @contextmanager
    def server(self, application: str = "portal.wsgi:application", *, threads: int = 4, **more: str) -> Iterator[str]:
        """A WSGI application on the site's own server, one process; gives its address."""
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"]
        command += ["--blocking-threads", str(threads), "--log-level", "warning", application]
        given = {**os.environ, **self.environment, "PORTAL_DATABASE_POOL": str(threads), **more}
        with subprocess.Popen(command, cwd=CHECKOUT, env=given) as process:
            try:
                _wait_for(f"http://127.0.0.1:{port}/healthz", process)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def seconds(work: Callable[[], object]) -> Run:
    """A run that is timed as a whole."""

    def timed() -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return timed


def rate(work: Callable[[], object], count: int) -> Run:
    """A run of `count` things, as things a second."""
    timed = seconds(work)
    return lambda: count / timed()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(address, timeout=1, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server does not answer at {address}")
