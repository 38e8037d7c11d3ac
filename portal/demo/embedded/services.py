"""What a command that needs services calls: `join` them, prepare a database, and take the environment from them."""

import fcntl
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
import redis
from psycopg import sql

from portal.demo.embedded import places
from portal.trail import secrets as portal_secrets

CHECKOUT = Path(__file__).resolve().parents[3]
ROLES = CHECKOUT / "deploy" / "roles.sql"
DATA = CHECKOUT / ".data"
PATIENCE = 60.0  # seconds


class NotStarted(RuntimeError):
    """The services did not come up; the message says where to read why."""


@dataclass
class Services:
    """Running services. They run at least until `leave`, or until this process ends."""

    home: Path
    lock: IO[bytes]
    keeper: "subprocess.Popen[bytes]"  # ours, or one that found another at work and left

    @property
    def sockets(self) -> Path:
        return places.socket_folder(self.home)

    def url(self, role: str, database: str = "portal", **options: str) -> str:
        """A postgres:// address for `role`."""
        query = "".join(f"&{key}={quote(value)}" for key, value in options.items())
        return f"postgres://{role}@{quote(str(self.sockets), safe='')}/{database}" + query.replace("&", "?", 1)

    def redis_url(self, number: int = 0) -> str:
        return f"unix://{self.sockets}/redis.sock?db={number}"

    def broker_url(self, number: int = 0) -> str:
        return f"redis+socket://{self.sockets}/redis.sock?virtual_host={number}"

    def superuser(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that no policy binds, for making databases and for tests that tamper."""
        return psycopg.connect(host=str(self.sockets), user="postgres", dbname=database, autocommit=True)

    def leave(self) -> None:
        """Give up our hold; the last to leave ends the services."""
        self.lock.close()
        _held.remove(self)

    def make_database(self, name: str, template: str = "template1") -> bool:
        """Make the database with the portal's roles in it, where there is none; whether it was made."""
        with self.superuser() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            named = command.format(sql.Identifier(name), sql.Identifier(template))
            connection.execute(named)
        if template == "template1":
            with self.superuser(name) as connection:
                connection.execute(ROLES.read_bytes())
        return True

    def drop_database(self, name: str) -> None:
        with self.superuser() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


_held: list[Services] = []  # what this process has joined is held until it leaves or ends


def join(folder: Path = DATA, *, careless: bool = False) -> Services:
    """Use the services of `folder`, started if nobody runs them; raises NotStarted with the reason."""
    home = places.home_for(folder)
    lock = (home / "users.lock").open("ab")
    fcntl.flock(lock, fcntl.LOCK_SH)  # waits while a keeper that saw no user ends
    command = [sys.executable, "-m", "portal.demo.embedded.keeper", str(home), *(["--careless"] if careless else [])]
    log = home / "keeper.log"
    with log.open("wb") as out:
        keeper = subprocess.Popen(  # noqa: S603  # our own module
            command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    services = Services(home, lock, keeper)
    _held.append(services)
    deadline = time.monotonic() + PATIENCE
    while not _answer(services):
        failed = keeper.poll() not in (None, 0)
        if failed or time.monotonic() > deadline:
            reason = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise NotStarted(f"{reason[0]} (see {log} and {home / 'servers.log'})")
        time.sleep(0.1)
    return services


def _answer(services: Services) -> bool:
    try:
        services.superuser().close()
        redis.Redis.from_url(services.redis_url()).ping()
    except (psycopg.OperationalError, redis.RedisError):
        return False
    return True


def environment(services: Services, role: str, database: str = "portal", redis_number: int = 0) -> Mapping[str, str]:
    """The PORTAL_… variables that name these services for a process of `role`."""
    folder = services.home / "portal" / database
    folder.mkdir(parents=True, exist_ok=True)
    portal_secrets.write(folder / "secrets.json")
    return {
        "PORTAL_DATABASE_URL": services.url(role, database),
        "PORTAL_REDIS_URL": services.redis_url(redis_number),
        "PORTAL_BROKER_URL": services.broker_url(redis_number),
        "PORTAL_DATA_FOLDER": str(folder),
        "PORTAL_SECRETS_FILE": str(folder / "secrets.json"),
        "PORTAL_SECRET_KEY": _secret_key(folder / "secret-key"),
    }


def _secret_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
