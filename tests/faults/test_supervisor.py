"""Whatever is killed, the outbox's messages are handled, by a worker that really works again."""

import os
import signal
import subprocess
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis

from portal.demo.embedded import services
from portal.trail.ids import new_id
from tests.faults.conftest import eventually

pytestmark = pytest.mark.faults

# An event for an agency that has no endpoint: numbered, sent to nobody, done.
PUT = """
INSERT INTO outbox_message (id, topic, task, payload, state, attempts, next_attempt_at, last_error)
VALUES (%s, 'outbox.webhook.due', 'outbox.fan_out', %s, 'waiting', 0, now(), '')
"""


def put(rows: psycopg.Connection[Any]) -> UUID:
    message = new_id()
    payload = f'{{"agency": "{new_id()}", "object": "{message}", "event": "rights.part.assigned", "data": {{}}}}'
    rows.execute(PUT, [message, payload])
    return message


def done(rows: psycopg.Connection[Any], message: UUID) -> bool:
    row = rows.execute("SELECT state FROM outbox_message WHERE id = %s", [message]).fetchone()
    return row is not None and row[0] == "done"


def beats(rows: psycopg.Connection[Any]) -> set[str]:
    return {name for (name,) in rows.execute("SELECT worker FROM outbox_heartbeat").fetchall()}


def workers_of(supervisor: "subprocess.Popen[bytes]") -> list[int]:
    """The supervisor's own children that run a Celery worker."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(supervisor.pid)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if " worker " in line]


def test_messages_are_handled_after_redis_was_killed_and_came_back(
    worker: "subprocess.Popen[bytes]", rows: psycopg.Connection[Any], own_services: services.Services
) -> None:
    assert eventually(lambda: beats(rows) == {"worker", "beat"}, 30)
    before = put(rows)
    assert eventually(lambda: done(rows, before), 15)

    for _ in range(2):
        server = redis.Redis.from_url(own_services.redis_url()).info("server")
        os.kill(int(server["process_id"]), signal.SIGKILL)
        assert eventually(partial(done, rows, put(rows)), 45)


def test_messages_are_handled_after_the_worker_was_killed(
    worker: "subprocess.Popen[bytes]", rows: psycopg.Connection[Any]
) -> None:
    first = put(rows)
    assert eventually(lambda: done(rows, first), 30)
    (pid,) = workers_of(worker)

    os.kill(pid, signal.SIGKILL)

    after = put(rows)
    assert eventually(lambda: done(rows, after), 30)
    assert workers_of(worker) != [pid]
