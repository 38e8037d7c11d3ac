from celery import shared_task
from django.utils import timezone

from portal.outbox import actions, webhooks


@shared_task(name="outbox.sweep", **actions.TASK_OPTIONS)
def sweep() -> None:
    actions.sweep(at=timezone.now())


@shared_task(name="outbox.heartbeat", **actions.TASK_OPTIONS)
def heartbeat(worker: str, token: str) -> None:
    actions.beat(worker, token, at=timezone.now())


@shared_task(name="outbox.fan_out", **actions.TASK_OPTIONS)
def fan_out(message_id: str) -> None:
    actions.handle(message_id, webhooks.fan_out)


@shared_task(name="outbox.deliver_webhook", **actions.TASK_OPTIONS)
def deliver_webhook(message_id: str) -> None:
    webhooks.deliver(message_id)
