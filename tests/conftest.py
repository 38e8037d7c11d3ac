"""What every test may use: the real services (see tests/plugin.py), people, and a look behind row-level security."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.utils import translation
from hypothesis import settings
from structlog.stdlib import ProcessorFormatter

from portal.trail.actor import database_role
from tests import people
from tests.logs import Watch
from tests.plugin import DATABASE, RUNNING

# A deep run (make test-deep) tries many more examples of each property.
settings.register_profile("deep", max_examples=1_000, deadline=None)
if os.environ.get("HYPOTHESIS_PROFILE"):
    settings.load_profile(os.environ["HYPOTHESIS_PROFILE"])

KEPT = ("django_migrations", "django_content_type", "auth_permission")
EMPTY_ALL = """
DO $$
DECLARE tables text;
BEGIN
    SELECT string_agg(format('%%I', relname), ', ') INTO tables FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
      AND relname <> ALL (ARRAY[{kept}]);
    EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY CASCADE';
END $$
"""


def _empty_database(_case: TransactionTestCase) -> None:
    """After a test that commits: append-only triggers are told to look away for once, by the superuser."""
    kept = ", ".join(f"'{name}'" for name in KEPT)
    with RUNNING.superuser(DATABASE) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(EMPTY_ALL.format(kept=kept).replace("%%", "%"))


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[None]:
    """The database is there already; what is left is how to empty it, since the web role may not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_database)  # TRUNCATE is not the web role's
        yield
    connection.close()


@pytest.fixture(scope="session")
def watched_logs() -> Iterator[Watch]:
    """Every line that is logged in this run, at the level of production, in place of printing it."""
    root = logging.getLogger()
    (printing,) = [handler for handler in root.handlers if isinstance(handler.formatter, ProcessorFormatter)]
    assert printing.formatter
    watch = Watch(printing.formatter)
    root.removeHandler(printing)
    root.addHandler(watch)
    yield watch
    root.removeHandler(watch)
    assert watch.taken() == []


@pytest.fixture(autouse=True)
def _nothing_personal_is_logged(watched_logs: Watch) -> Iterator[None]:
    """Each test fails that has a number, a name or a mail address of a person logged, or that stops the watch."""
    yield
    assert watched_logs.taken() == []
    assert watched_logs.is_listening()


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Passwords of tests guard nothing; a slow hash would be most of what many a test does."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Texts outside a request are compared in English; a page answers in the language its reader asks for."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """`force_login` stamps the session as our own doors do; `people.come_in` says how surely."""
    monkeypatch.setattr(Client, "force_login", people.come_in)


@pytest.fixture
def as_owner() -> Callable[[], AbstractContextManager[None]]:
    """`with as_owner():` sees and writes every row, inside the test's own transaction."""

    @contextmanager
    def look_behind() -> Iterator[None]:
        with database_role("portal_owner"):
            yield

    return look_behind


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own that commits at once and that nothing binds; for tests that commit (transaction=True)."""
    with RUNNING.superuser(DATABASE) as raw:
        yield raw
