"""The embedded services: one pair for all who use them, gone with the last, back when one dies."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest
import redis

from portal.demo.embedded import services


def _eventually(condition: object, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]  # a callable
            return True
        time.sleep(0.05)
    return False


def _answers(running: services.Services) -> bool:
    return services._answer(running)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.owner() == Path.home().owner() and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
        if parent == Path("/tmp"):
            break
    return tmp_path / "data"


def test_services_run_for_their_users_and_end_with_the_last(folder: Path) -> None:
    first = services.join(folder, careless=True)
    second = services.join(folder, careless=True)
    assert first.make_database("portal") is True
    assert second.make_database("portal") is False

    first.leave()
    time.sleep(0.5)
    assert _answers(second)

    second.leave()
    assert _eventually(lambda: not _answers(first))


def test_a_server_that_dies_comes_back_and_the_data_with_it(folder: Path) -> None:
    running = services.join(folder, careless=True)
    try:
        running.make_database("portal")
        number = int(redis.Redis.from_url(running.redis_url()).info("server")["process_id"])
        os.kill(number, signal.SIGKILL)
        assert _eventually(lambda: _answers(running))
        again = int(redis.Redis.from_url(running.redis_url()).info("server")["process_id"])
        assert again != number
        assert running.make_database("portal") is False
    finally:
        running.leave()


def test_the_web_role_can_not_become_the_worker(folder: Path) -> None:
    running = services.join(folder, careless=True)
    try:
        running.make_database("portal")
        with (
            psycopg.connect(running.url("portal_web")) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SET ROLE portal_worker")
        with psycopg.connect(running.url("portal_worker")) as connection:
            connection.execute("SET ROLE portal_sealer")
    finally:
        running.leave()


def test_no_statement_is_compiled_since_policies_make_short_ones_look_dear(folder: Path) -> None:
    running = services.join(folder, careless=True)
    try:
        running.make_database("portal")
        with running.superuser("portal") as superuser:
            logins = superuser.execute(
                "SELECT rolname, rolconfig FROM pg_roles WHERE rolname ~ '^portal_' AND rolcanlogin"
            ).fetchall()
        assert {name for name, _ in logins} >= {"portal_web", "portal_worker", "portal_owner"}
        assert [name for name, settings in logins if "jit=off" not in (settings or [])] == []
    finally:
        running.leave()
