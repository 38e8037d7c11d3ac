from celery import shared_task
from django.utils import timezone

from portal.inbox import digests, forgetting, mail
from portal.outbox import actions as outbox
from portal.outbox.actions import TASK_OPTIONS


@shared_task(name="inbox.mail", **TASK_OPTIONS)
def send_mail(message_id: str) -> None:
    mail.deliver(message_id)


@shared_task(name="inbox.gather", **TASK_OPTIONS)
def gather() -> None:
    digests.gather(at=timezone.now())


@shared_task(name="inbox.mail_digest", **TASK_OPTIONS)
def send_digest(message_id: str) -> None:
    mail.deliver_digest(message_id)


@shared_task(name="inbox.stop", **TASK_OPTIONS)
def stop(message_id: str) -> None:
    outbox.handle(message_id, digests.stop)


@shared_task(name="inbox.forget_person", **TASK_OPTIONS)
def forget_person(message_id: str) -> None:
    outbox.handle(message_id, forgetting.forget)
