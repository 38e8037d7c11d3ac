"""Celery as the settings promise it: every name stands for a task, every task ends before Redis hands it out again."""

from typing import Any

import pytest
from django.conf import settings

from portal.celery import app

app.autodiscover_tasks(force=True)
OURS = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
CONSUMERS = sorted({name for names in settings.PORTAL_OUTBOX_ROUTES.values() for name in names})


@pytest.mark.parametrize("name", CONSUMERS)
def test_what_consumes_news_is_a_task(name: str) -> None:
    assert name in OURS


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=lambda entry: entry["task"])
def test_what_is_scheduled_is_a_task(entry: dict[str, Any]) -> None:
    assert entry["task"] in OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_task_is_stopped_gently_then_hard_then_handed_out_again(name: str) -> None:
    task = OURS[name]
    soft = task.soft_time_limit or app.conf.task_soft_time_limit
    hard = task.time_limit or app.conf.task_time_limit
    assert 0 < soft <= hard < settings.VISIBILITY_TIMEOUT
    assert task.acks_late
    assert app.conf.task_reject_on_worker_lost
