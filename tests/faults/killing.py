"""kill -9 of what the portal runs on, and how to tell that it came back."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
import redis

from portal.demo.embedded.services import Services

Rows = psycopg.Connection[Any]  # a superuser's, whom no policy binds
Found = TypeVar("Found")

PATIENCE: Final = 60.0  # seconds for a worker to be started again, and to do what was left
BEAT_SINCE: Final = "SELECT FROM outbox_heartbeat WHERE worker = %s AND at > %s"
LEASES_RUN_OUT: Final = """
UPDATE outbox_message SET next_attempt_at = now(), claimed_until = NULL WHERE state = 'waiting'
"""


def eventually(look: Callable[[], Found], seconds: float) -> Found:
    """What `look` finds as soon as it finds anything, or what it last found when `seconds` are over."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


# ------------------------------------------------------------------ the worker


def workers_of(supervisor: "subprocess.Popen[bytes]") -> list[int]:
    """The supervisor's own children that run a Celery worker; each leads the group of its pool."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(supervisor.pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if " worker " in line]


def kill_worker(supervisor: "subprocess.Popen[bytes]") -> None:
    """End the worker and its pool where they stand; returns when the supervisor has started another."""
    (killed,) = workers_of(supervisor)
    os.killpg(killed, signal.SIGKILL)
    assert eventually(lambda: workers_of(supervisor) not in ([], [killed]), PATIENCE), "nobody started another"


@contextmanager
def stopped_worker(supervisor: "subprocess.Popen[bytes]") -> Iterator[None]:
    """The worker takes nothing from the queue while the block runs."""
    (group,) = workers_of(supervisor)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def now(rows: Rows) -> datetime:
    """By the database's clock."""
    found: datetime = rows.execute("SELECT clock_timestamp()").fetchall()[0][0]
    return found


def works_again(rows: Rows, since: datetime, who: str = "worker") -> bool:
    """Whether the worker took a heartbeat from the broker after `since`; or, of `beat`, whether it swept."""
    return rows.execute(BEAT_SINCE, [who, since]).rowcount == 1


def let_leases_run_out(rows: Rows) -> None:
    """As after two and a half minutes: what a killed worker had taken may be handed out again."""
    rows.execute(LEASES_RUN_OUT)


# ------------------------------------------------------------------ Redis


def server(services: Services) -> dict[str, Any]:
    """What Redis says of itself; nothing while it is away."""
    try:
        found: dict[str, Any] = redis.Redis.from_url(services.redis_url()).info("server")
    except redis.RedisError:
        return {}
    return found


def kill_redis(services: Services) -> None:
    """End Redis and wait for another process in its place, which has nothing of what the first one held."""
    with redis_away(services):
        pass


@contextmanager
def redis_away(services: Services) -> Iterator[None]:
    """Redis is killed, and stays away while the block runs: whoever restarts it is stopped for that long."""
    killed = server(services)
    keeper = int(Path(f"/proc/{killed['process_id']}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(keeper, signal.SIGSTOP)
    try:
        os.kill(killed["process_id"], signal.SIGKILL)
        assert eventually(lambda: not server(services), PATIENCE), "Redis outlived kill -9"
        yield
    finally:
        os.kill(keeper, signal.SIGCONT)
    assert eventually(lambda: server(services).get("run_id", killed["run_id"]) != killed["run_id"], PATIENCE)


@contextmanager
def redis_remembers(services: Services) -> Iterator[None]:
    """What Redis holds now is what it comes back with when it is killed within the block: old news by then."""
    broker = redis.Redis.from_url(services.redis_url())
    where = {key: str(value) for name in ("dir", "dbfilename") for key, value in broker.config_get(name).items()}
    copy = Path(where["dir"]) / where["dbfilename"]
    broker.save()
    try:
        yield
    finally:
        copy.unlink()
