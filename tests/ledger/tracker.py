"""A department's own log on the loopback: it speaks the Data Tracker protocol, hangs, drips, fails or lies."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Log:
    """Its behaviour by name, and what it was asked."""

    url: str = ""
    usages: list[dict[str, Any]] = field(default_factory=list)
    behaviour: str = "answers"
    asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    def use(self, at: str, action: str = "Looked up the address") -> None:
        self.usages.append(
            {
                "logtime": at,
                "action": action,
                "receiverCode": "70000001",
                "receiverName": "Traffic police",
                "receiverSystem": "Fines",
            }
        )


class Handler(BaseHTTPRequestHandler):
    """Each server has a subclass with its own log."""

    log: Log

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.log.asked.append((parts.path, parse_qs(parts.query), headers))
        match self.log.behaviour:
            case "hangs":
                self.log.let_go.wait(20)
                return
            case "fails":
                self._say(500, b"{}")
            case "lies":
                self._say(200, b'{"usages": [{"logtime": "yesterday"}]}')
            case "talks":
                self._say(200, b'{"usages": [' + b" " * 2_000_000 + b"]}")
            case "sends away":
                self._say(302, b"", location="http://127.0.0.1:1/")
            case "drips":
                self._drip()
            case _:
                self._say(200, json.dumps(self._answer(parts.path)).encode())

    def _answer(self, path: str) -> dict[str, Any]:
        return {
            "/log/v2/findUsage": {"totalUsages": len(self.log.usages), "usages": self.log.usages},
            "/log/v2/usagePeriod": {"periodStart": "2024-01-01T00:00:00Z"},
            "/log/v2/heartbeat": {"status": "OK"},
        }.get(path, {})

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        while not self.log.let_go.is_set():
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_request: Any) -> None:
        """Whoever asked has gone away: so it was meant."""


@contextmanager
def logging_department(behaviour: str = "answers") -> Iterator[Log]:
    """A log that answers until the block ends."""
    log = Log(behaviour=behaviour)
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"log": log}))
    log.url = f"http://127.0.0.1:{server.server_port}/log"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield log
    finally:
        log.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
