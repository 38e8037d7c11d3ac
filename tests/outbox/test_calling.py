"""Whatever leaves the portal leaves by one way, which looks where it goes."""

import ast
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from portal.demo.embedded.services import CHECKOUT
from portal.outbox import calling
from portal.outbox.errors import AddressRefused

# What speaks to other machines -> the only files that may import it. The demo plays those machines.
CLIENTS = {
    "httpx": {"portal/outbox/calling.py"},
    "requests": {"portal/outbox/calling.py"},
    "socket": {"portal/outbox/addresses.py", "rights/scanning.py"},  # resolves names; speaks to the scanner of files
    "smtplib": {"portal/outbox/mail.py"},  # its errors alone; the mail server stands in the settings
}
NOWHERE = {"aiohttp", "ftplib", "http.client", "pycurl", "urllib.request", "urllib3", "websockets"}


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_nothing_but_the_one_client_speaks_to_other_machines() -> None:
    wrong = []
    for path in sorted(part for top in ("portal", "consent", "rights") for part in (CHECKOUT / top).rglob("*.py")):
        name = path.relative_to(CHECKOUT).as_posix()
        if name.startswith("portal/demo/"):
            continue
        for imported in _imported(ast.parse(path.read_text())):
            used = next((client for client in {*CLIENTS, *NOWHERE} if f"{imported}.".startswith(f"{client}.")), None)
            if used and name not in CLIENTS.get(used, ()):
                wrong.append((name, imported))
    assert wrong == []


class _Inner(BaseHTTPRequestHandler):
    """Something inside the network, which nobody outside should reach; `/away` sends on."""

    def do_GET(self) -> None:
        self.server.seen.append(self.headers["Host"])  # type: ignore[attr-defined]  # set by the fixture
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/secret")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def inner() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Inner)
    server.seen = []  # type: ignore[attr-defined]  # what it was asked as
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_library_reaches_nothing_inside_unless_the_deployment_says_so(inner: HTTPServer, settings: Any) -> None:
    address = f"http://localhost:{inner.server_port}/"
    settings.PORTAL_OUTBOUND_NETWORKS = []
    with calling.Session() as session, pytest.raises(requests.exceptions.InvalidURL):
        session.get(address)
    with pytest.raises(AddressRefused):
        calling.post(address, b"", {})
    assert inner.seen == []  # type: ignore[attr-defined]
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with calling.Session() as session:
        assert session.get(f"http://127.0.0.1:{inner.server_port}/").status_code == 200
    assert inner.seen == [f"127.0.0.1:{inner.server_port}"]  # type: ignore[attr-defined]


def test_a_library_follows_no_redirect_and_no_proxy(
    inner: HTTPServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with calling.Session() as session, pytest.raises(requests.TooManyRedirects):
        session.get(f"http://127.0.0.1:{inner.server_port}/away")
    assert len(inner.seen) == 1  # type: ignore[attr-defined]
