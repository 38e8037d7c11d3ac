"""How much is tried: a short seed by default, much more with HYPOTHESIS_PROFILE=deep (make test-deep)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def tries(seed: int, deep: int, **more: Any) -> settings:
    """Hypothesis' settings: the same examples each time in a short run, others each time in a deep one."""
    return settings(
        max_examples=deep if IS_DEEP else seed,
        derandomize=not IS_DEEP,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if IS_DEEP else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.fixture
def one_connection() -> Iterator[Callable[[], None]]:
    """Requests that do not pass through Django's test client leave the test's transaction open; call it after one."""

    def keep() -> None:
        request_started.disconnect(close_old_connections)
        request_finished.disconnect(close_old_connections)

    keep()
    yield keep
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@contextmanager
def undone() -> Iterator[None]:
    """What is done within leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
