"""A migrated template of the portal's database, kept under a name made of the migrations; and copies of it."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from portal.demo.embedded import services
from portal.demo.embedded.services import CHECKOUT, Services

TEST_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_test') THEN
        CREATE ROLE portal_test LOGIN NOINHERIT;
    END IF;
END $$;
GRANT portal_web, portal_worker, portal_owner TO portal_test;
"""


class MigrationsFailed(RuntimeError):
    """The template was not made; the message is what the command said."""


def named(running: Services, pattern: str) -> list[str]:
    """Databases whose name is LIKE `pattern`."""
    with running.superuser() as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        return [name for (name,) in rows]


def template(running: Services) -> str:
    """The migrated template's name; made by the first process that finds it missing. Raises MigrationsFailed."""
    name = template_name()
    with (running.home / "template.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not named(running, name):
            _remove_old(running)
            running.make_database(f"{name}_new")
            _migrate(running, f"{name}_new")
            with running.superuser() as connection:
                connection.execute(TEST_ROLE)
                connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def environment(running: Services, database: str, redis_number: int) -> Mapping[str, str]:
    """For a process that is the web role, and may step into the worker's and the owner's to arrange and look behind."""
    url = running.url("portal_test", database, options="-c role=portal_web")
    given = services.environment(running, "portal_web", database, redis_number)
    return {**given, "PORTAL_DATABASE_URL": url}


def template_name() -> str:
    digest = sha256()
    for path in sorted([*CHECKOUT.glob("**/migrations/*.py"), services.ROLES, CHECKOUT / "requirements.lock"]):
        if ".venv" not in path.parts:
            digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


def _remove_old(running: Services) -> None:
    """Former templates, and copies (named for a purpose and a process) whose process is no more."""
    for name in named(running, "template\\_%"):
        running.drop_database(name)
    for name in [*named(running, "test\\_%"), *named(running, "bench\\_%")]:
        if not Path(f"/proc/{name.split('_')[1]}").exists():
            running.drop_database(name)


def _migrate(running: Services, database: str) -> None:
    given = services.environment(running, "portal_worker", database)
    owner = {"PORTAL_OWNER_DATABASE_URL": running.url("portal_owner", database), "PORTAL_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
    done = subprocess.run(  # our own command
        command, cwd=CHECKOUT, env={**os.environ, **given, **owner}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        running.drop_database(database)
        raise MigrationsFailed(f"{done.stdout}{done.stderr}")
