"""A portal of its own for tests that kill servers: other tests' Redis is left alone."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import pytest

from portal.demo.embedded import services


def eventually(condition: Callable[[], Any], seconds: float) -> bool:
    """Whether `condition` holds before `seconds` are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="session")
def own_services() -> Iterator[services.Services]:
    running = services.join(services.DATA / "faults", careless=True)
    running.drop_database("faults")
    running.make_database("faults")
    yield running
    running.leave()


@pytest.fixture(scope="session")
def own_environment(own_services: services.Services) -> Mapping[str, str]:
    """What a process of the worker's role needs; the database is migrated."""
    given = {**os.environ, **services.environment(own_services, "portal_worker", "faults")}
    owner = {"PORTAL_OWNER_DATABASE_URL": own_services.url("portal_owner", "faults"), "PORTAL_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
    subprocess.run(command, cwd=services.CHECKOUT, env={**given, **owner}, check=True)
    return {**given, "PORTAL_LOG_LEVEL": "WARNING"}


@pytest.fixture
def worker(own_environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A supervised worker with beat."""
    command = [sys.executable, "manage.py", "run_worker", "--beat", "--concurrency", "2"]
    process = subprocess.Popen(command, cwd=services.CHECKOUT, env=own_environment)
    yield process
    process.terminate()
    process.wait(20)


@pytest.fixture
def rows(own_services: services.Services) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the portal's database."""
    with own_services.superuser("faults") as connection:
        yield connection
