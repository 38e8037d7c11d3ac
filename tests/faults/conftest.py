"""A running sample city of its own for tests that kill servers: other tests' Redis is left alone."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from portal.demo.embedded.services import DATA
from portal.demo.serving import Demo
from tests.faults.killing import PATIENCE, Rows, eventually
from tests.faults.once import idle


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The whole portal, made anew in a folder of its own; its logs say what each process did."""
    folder = DATA / f"faults{os.environ.get('PYTEST_XDIST_WORKER', '')}"  # each process of a run kills its own
    with pytest.MonkeyPatch.context() as patch, Demo(folder=folder, careless=True) as running:
        patch.setenv("PORTAL_LOG_LEVEL", "INFO")
        running.services.drop_database(running.database)
        running.services.make_database(running.database)
        shutil.rmtree(running.data)
        running.start()
        running.wait_for("site", f"{running.site}/readyz")
        with running.services.superuser(running.database) as rows:
            assert eventually(lambda: idle(rows), PATIENCE), "what the seed put is still there"
        yield running


@pytest.fixture
def supervisor(demo: Demo) -> "subprocess.Popen[bytes]":
    """`manage.py run_worker`, with a worker and beat; like everything else of the demo's, it has not ended."""
    assert demo.ended() == []
    return demo.processes["worker"]


@pytest.fixture
def connect(demo: Demo) -> Callable[[], Rows]:
    """Opens a superuser's connection to the portal's database."""
    return lambda: demo.services.superuser(demo.database)


@pytest.fixture
def rows(connect: Callable[[], Rows]) -> Iterator[Rows]:
    """A superuser's connection, to look behind the pages."""
    with connect() as connection:
        yield connection
