from celery import shared_task

from portal.inbox import mail
from portal.outbox.actions import TASK_OPTIONS


@shared_task(name="inbox.mail", **TASK_OPTIONS)
def send_mail(message_id: str) -> None:
    mail.deliver(message_id)
