"""Before pytest-django reads the settings: services, a migrated template, and this process's own copy of it.

Loaded by `-p tests.plugin` (pyproject.toml) in every process of a run. The servers are started once and shared; the
template is kept, so a run that finds it starts at once.
"""

import os
from zlib import crc32

import pytest

from portal.demo.embedded import services
from tests import databases

RUNNING = services.join(services.DATA / "tests", careless=True)
DATABASE = f"test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def _take_own_copy() -> None:
    try:
        RUNNING.make_database(DATABASE, template=databases.template(RUNNING))
    except databases.MigrationsFailed as error:
        pytest.exit(f"The migrations failed:\n{error}", returncode=3)
    os.environ.update(databases.environment(RUNNING, DATABASE, redis_number=1 + crc32(DATABASE.encode()) % 500))
    os.environ["PORTAL_LOG_LEVEL"] = "INFO"
    os.environ.setdefault("PORTAL_OUTBOUND_NETWORKS", "")


_take_own_copy()


def pytest_unconfigure() -> None:
    RUNNING.drop_database(DATABASE)
    RUNNING.leave()
