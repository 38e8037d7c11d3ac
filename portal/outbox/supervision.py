"""Keeps a Celery worker, and beat beside it, really at work.

A worker of these versions can stay alive and consume nothing after Redis was away for a second. So the supervisor
sends each child a heartbeat through the broker and reads in the database whether it was run. It restarts a child
that ended, one whose heartbeat is too old, and, sooner, one that does not answer after Redis itself was restarted.
Killing a worker is harmless: the outbox hands out again what it did not finish.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import redis
import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.outbox import queries
from portal.outbox.actions import BEAT
from portal.trail.actor import Actor, acting_as

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.5  # seconds
HEARTBEAT_EVERY = timedelta(seconds=4)
SILENCE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)  # a worker may be busy for as long as a task may run
SILENCE_AFTER_RESTART = timedelta(seconds=12)  # of Redis
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process to keep, and when it was last known to work."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: datetime = field(default_factory=timezone.now)

    def start(self, *, at: datetime) -> None:
        """Start it in a group of its own, so that its pool ends with it, and with us."""
        self.process = subprocess.Popen(  # noqa: S603  # our own command line
            self.command,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # one thread
        )
        self.started_at = at

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End the process and whatever it left running."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """One worker named `name`, and beat if `beat`."""

    def __init__(self, name: str, *, concurrency: int, beat: bool) -> None:
        celery = [sys.executable, "-m", "celery", "--app", "portal.celery"]
        level = ["--loglevel", os.environ.get("PORTAL_LOG_LEVEL", "INFO")]
        worker = ["worker", "--hostname", f"{name}@%h", "--queues", f"celery,{_queue(name)}"]
        worker += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
        schedule = Path(settings.PORTAL_DATA_FOLDER) / "beat-schedule"
        self.children = [Child(name, [*celery, *worker, *level])]
        if beat:
            self.children.append(Child(BEAT, [*celery, "beat", "--schedule", str(schedule), "--pidfile", "", *level]))
        self.redis = redis.Redis.from_url(settings.PORTAL_REDIS_URL, socket_timeout=2)
        self.run_id = ""
        self.redis_restarted_at: datetime | None = None
        self.next_heartbeat_at = timezone.now()
        self.stopping = False

    def run(self) -> None:
        """Until a signal says stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self.stopping:
                self.look(at=timezone.now())
                time.sleep(LOOK_EVERY)
        finally:
            self._end_children()

    def look(self, *, at: datetime) -> None:
        """One look around: start what is not running, restart what does not work."""
        if self._broker_answers(at) and at >= self.next_heartbeat_at:
            self.next_heartbeat_at = at + HEARTBEAT_EVERY
            self._send_heartbeat()
        for child in self.children:
            if child.ended():
                log.warning("supervisor.starts", child=child.name)
                child.kill()  # what its pool may have left behind
                child.start(at=at)
            elif self._silent(child, at):
                log.error("supervisor.restarts_silent", child=child.name)
                child.kill()
                child.start(at=at)

    def _silent(self, child: Child, at: datetime) -> bool:
        """Whether `child` had its time to answer and did not, while the broker and the database both do."""
        try:
            beat = self._last_beat(child.name)
        except DatabaseError as error:
            log.warning("supervisor.database_away", error=type(error).__name__)
            connection.close()
            return False
        known_at = max(child.started_at, beat) if beat else child.started_at
        if self.redis_restarted_at and known_at < self.redis_restarted_at:
            return bool(self.run_id) and at - self.redis_restarted_at > SILENCE_AFTER_RESTART
        return bool(self.run_id) and at - known_at > SILENCE

    def _last_beat(self, name: str) -> datetime | None:
        with acting_as(Actor.portal()):
            return queries.last_beat(name)

    def _broker_answers(self, at: datetime) -> bool:
        """Whether Redis answers; notes when it is another process than before."""
        try:
            run_id = str(self.redis.info("server")["run_id"])
        except redis.RedisError:
            self.run_id = ""
            self.redis_restarted_at = at
            return False
        if self.run_id and run_id != self.run_id:
            self.redis_restarted_at = at
        self.run_id = run_id
        return True

    def _send_heartbeat(self) -> None:
        name = self.children[0].name
        try:
            current_app.send_task("outbox.heartbeat", [name, uuid4().hex], queue=_queue(name), expires=60)
        except (OperationalError, OSError, redis.RedisError) as error:
            log.warning("supervisor.broker_away", error=type(error).__name__)

    def _stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _end_children(self) -> None:
        """Let the worker finish what it does (warm shutdown), by force after ten seconds."""
        running = [child for child in self.children if not child.ended()]
        for child in running:
            child.process.terminate()  # type: ignore[union-attr]  # it has not ended
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not all(child.ended() for child in running):
            time.sleep(0.1)
        for child in running:
            child.kill()


def _queue(name: str) -> str:
    """The queue that only this worker reads."""
    return f"watch.{name}"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
