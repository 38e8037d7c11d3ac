"""A department's webhook receiver on the loopback, and the outbox worked off by hand."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal.outbox import tasks
from portal.outbox.models import Message, MessageState
from portal.trail.actor import Actor, acting_as

TASKS: Mapping[str, Callable[[str], Any]] = {
    "outbox.fan_out": tasks.fan_out,
    "outbox.deliver_webhook": tasks.deliver_webhook,
}


@dataclass
class Receiver:
    """Answers what `answers` holds, then 204; keeps what it was sent."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def answer_next(self, status: int, **headers: str) -> None:
        """Say `status` to the next request; underscores in header names become hyphens."""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks?from=portal"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def messages(**given: Any) -> list[Message]:
    """The outbox's messages, oldest first."""
    with acting_as(Actor.portal()):
        return list(Message.objects.filter(**given).order_by("id"))


def work_off() -> None:
    """Hand every message that waits to its task, once, and what that put into the outbox too."""
    seen: set[object] = set()
    while fresh := [message for message in messages(state=MessageState.WAITING) if message.pk not in seen]:
        for message in fresh:
            seen.add(message.pk)
            TASKS[message.task](str(message.pk))
