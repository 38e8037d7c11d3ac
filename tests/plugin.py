"""Before pytest-django reads the settings: services, a migrated template, and this process's own copy of it.

Loaded by `-p tests.plugin` (pyproject.toml) in every process of a run. The servers are started once and shared; the
template is kept under a name made of the migrations, so a run that finds it starts at once.
"""

import fcntl
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import pytest

from portal.demo.embedded import services

CHECKOUT = services.CHECKOUT
RUNNING = services.join(services.DATA / "tests", careless=True)
DATABASE = f"test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
TEST_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_test') THEN
        CREATE ROLE portal_test LOGIN NOINHERIT;
    END IF;
END $$;
GRANT portal_web, portal_worker, portal_owner TO portal_test;
"""


def _template_name() -> str:
    digest = sha256()
    for path in sorted([*CHECKOUT.glob("**/migrations/*.py"), services.ROLES, CHECKOUT / "requirements.lock"]):
        if ".venv" not in path.parts:
            digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


def _template() -> str:
    """The migrated template's name; made by the first process that finds it missing."""
    name = _template_name()
    with (RUNNING.home / "template.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _databases_named(name):
            _remove_old()
            RUNNING.make_database(f"{name}_new")
            _migrate(f"{name}_new")
            with RUNNING.superuser() as connection:
                connection.execute(TEST_ROLE)
                connection.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def _databases_named(pattern: str) -> list[str]:
    with RUNNING.superuser() as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        return [name for (name,) in rows]


def _remove_old() -> None:
    for name in _databases_named("template\\_%"):
        RUNNING.drop_database(name)
    for name in _databases_named("test\\_%"):
        if not Path(f"/proc/{name.split('_')[1]}").exists():
            RUNNING.drop_database(name)


def _migrate(database: str) -> None:
    given = services.environment(RUNNING, "portal_worker", database)
    owner = {"PORTAL_OWNER_DATABASE_URL": RUNNING.url("portal_owner", database), "PORTAL_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
    done = subprocess.run(  # our own command
        command, cwd=CHECKOUT, env={**os.environ, **given, **owner}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        RUNNING.drop_database(database)
        pytest.exit(f"The migrations failed:\n{done.stdout}{done.stderr}", returncode=3)


def _take_own_copy() -> None:
    RUNNING.make_database(DATABASE, template=_template())
    # Tests are the web role, and may step into the worker's and the owner's to arrange and to look behind.
    url = RUNNING.url("portal_test", DATABASE, options="-c role=portal_web")
    given = services.environment(RUNNING, "portal_web", DATABASE, redis_number=1 + crc32(DATABASE.encode()) % 500)
    os.environ.update({**given, "PORTAL_DATABASE_URL": url, "PORTAL_LOG_LEVEL": "INFO"})
    os.environ.setdefault("PORTAL_OUTBOUND_NETWORKS", "")


_take_own_copy()


def pytest_unconfigure() -> None:
    RUNNING.drop_database(DATABASE)
    RUNNING.leave()
