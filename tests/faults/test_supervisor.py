"""Whatever is killed, the outbox's messages are handled, by a worker that really works again."""

import os
import signal
import subprocess
from functools import partial
from uuid import UUID

import pytest

from portal.demo.serving import Demo
from portal.trail.ids import new_id
from tests.faults.killing import PATIENCE, Rows, eventually, kill_redis, now, workers_of, works_again

pytestmark = pytest.mark.faults

# An event for an agency that has no endpoint: numbered, sent to nobody, done.
PUT = """
INSERT INTO outbox_message (id, topic, task, payload, state, attempts, next_attempt_at, last_error)
VALUES (%s, 'outbox.webhook.due', 'outbox.fan_out', %s, 'waiting', 0, now(), '')
"""


def put(rows: Rows) -> UUID:
    message = new_id()
    payload = f'{{"agency": "{new_id()}", "object": "{message}", "event": "rights.part.assigned", "data": {{}}}}'
    rows.execute(PUT, [message, payload])
    return message


def handled(rows: Rows, message: UUID) -> bool:
    """Whether the message is done, by the time that one who has just been started may take."""
    done = "SELECT FROM outbox_message WHERE id = %s AND state = 'done'"
    return eventually(lambda: rows.execute(done, [message]).rowcount == 1, PATIENCE)


def test_messages_are_handled_after_redis_was_killed_and_came_back(
    demo: Demo, supervisor: "subprocess.Popen[bytes]", rows: Rows
) -> None:
    before = now(rows)
    assert eventually(lambda: works_again(rows, before), PATIENCE)
    assert eventually(lambda: works_again(rows, before, "beat"), PATIENCE)
    assert handled(rows, put(rows))

    for _ in range(2):
        kill_redis(demo.services)
        assert handled(rows, put(rows))
        assert eventually(partial(works_again, rows, now(rows)), PATIENCE)


def test_messages_are_handled_after_the_worker_was_killed(supervisor: "subprocess.Popen[bytes]", rows: Rows) -> None:
    assert handled(rows, put(rows))
    (pid,) = workers_of(supervisor)

    os.kill(pid, signal.SIGKILL)  # its pool is left to the supervisor
    killed_at = now(rows)

    assert handled(rows, put(rows))
    assert eventually(lambda: works_again(rows, killed_at), PATIENCE)
    (started,) = workers_of(supervisor)
    assert started != pid
