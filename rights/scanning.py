"""Files pass a ClamAV daemon before they are kept: settings.PORTAL_CLAMAV names its socket, or none is asked.

The daemon's own protocol (clamd, INSTREAM): pieces with their length before them, an empty one at the end, one line
back. Where a daemon is named and cannot say that a file is clean, the file is not taken.
"""

import socket
import struct
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from rights.errors import ScannerAway, VirusFound

log = structlog.get_logger(__name__)
PATIENCE: Final = 60  # seconds
LONGEST_ANSWER: Final = 4096  # bytes


def is_on() -> bool:
    """Whether files are scanned here at all; pages say so where they are not."""
    return bool(settings.PORTAL_CLAMAV)


def require_clean(chunks: Iterable[bytes]) -> None:
    """Raise VirusFound, or ScannerAway where the daemon does not say that this content is clean."""
    if not is_on():
        return
    try:
        with _connected() as daemon:
            answer = _asked(daemon, chunks)
    except OSError as error:
        log.warning("scanning.away", error=type(error).__name__)
        raise ScannerAway from error
    if answer == b"stream: OK":
        return
    if answer.endswith(b" FOUND"):
        log.warning(
            "scanning.found", name=answer.removeprefix(b"stream: ").removesuffix(b" FOUND").decode("ascii", "replace")
        )
        raise VirusFound
    log.error("scanning.failed", answer=answer[:200].decode("ascii", "replace"))
    raise ScannerAway


def _connected() -> socket.socket:
    where = urlsplit(settings.PORTAL_CLAMAV)
    if where.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        daemon.settimeout(PATIENCE)
        daemon.connect(where.path)
        return daemon
    return socket.create_connection((where.hostname or "localhost", where.port or 3310), timeout=PATIENCE)


def _asked(daemon: socket.socket, chunks: Iterable[bytes]) -> bytes:
    daemon.sendall(b"zINSTREAM\0")
    try:
        for chunk in chunks:
            if chunk:
                daemon.sendall(struct.pack("!I", len(chunk)) + chunk)
        daemon.sendall(struct.pack("!I", 0))
    except BrokenPipeError:
        pass  # it has made up its mind, or the file is larger than it takes: its answer says which
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        piece = daemon.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n")
