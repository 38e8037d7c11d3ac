from celery import shared_task
from django.utils import timezone

from portal.accounts import actions, contact, mailing, sessions
from portal.outbox.actions import TASK_OPTIONS


@shared_task(name="accounts.forget_keys", acks_late=True, ignore_result=True)
def forget_keys() -> None:
    actions.forget_keys(at=timezone.now())


@shared_task(name="accounts.forget_visits", **TASK_OPTIONS)
def forget_visits() -> None:
    sessions.forget_sessions(at=timezone.now())
    contact.forget_changes(at=timezone.now())


@shared_task(name="accounts.mail_link", **TASK_OPTIONS)
def mail_link(message_id: str) -> None:
    mailing.deliver_link(message_id)


@shared_task(name="accounts.mail_farewell", **TASK_OPTIONS)
def mail_farewell(message_id: str) -> None:
    mailing.deliver_farewell(message_id)
