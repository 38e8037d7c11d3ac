from celery import shared_task
from django.utils import timezone

from portal.accounts import actions


@shared_task(name="accounts.forget_keys", acks_late=True, ignore_result=True)
def forget_keys() -> None:
    actions.forget_keys(at=timezone.now())


@shared_task(name="accounts.forget_sessions", acks_late=True, ignore_result=True)
def forget_sessions() -> None:
    actions.forget_sessions(at=timezone.now())
