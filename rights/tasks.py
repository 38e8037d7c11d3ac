from celery import shared_task
from django.utils import timezone

from portal.outbox.actions import TASK_OPTIONS, handle
from rights import actions, deadlines, package, reopening, routing


@shared_task(name="rights.route", **TASK_OPTIONS)
def route(message_id: str) -> None:
    handle(message_id, routing.route)


@shared_task(name="rights.pass_on", **TASK_OPTIONS)
def pass_on(message_id: str) -> None:
    handle(message_id, routing.pass_on)


@shared_task(name="rights.note_delivery", **TASK_OPTIONS)
def note_delivery(message_id: str) -> None:
    handle(message_id, routing.note_delivery)


@shared_task(name="rights.close", **TASK_OPTIONS)
def close(message_id: str) -> None:
    handle(message_id, routing.close)


@shared_task(name="rights.reopen", **TASK_OPTIONS)
def reopen(message_id: str) -> None:
    handle(message_id, reopening.reopen)


@shared_task(name="rights.build_package", **TASK_OPTIONS)
def build_package(message_id: str) -> None:
    handle(message_id, package.build)


@shared_task(name="rights.tidy", **TASK_OPTIONS)
def tidy() -> None:
    actions.tidy(at=timezone.now())


@shared_task(name="rights.watch_deadlines", **TASK_OPTIONS)
def watch_deadlines() -> None:
    deadlines.watch(at=timezone.now())
