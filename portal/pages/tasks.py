from celery import shared_task
from django.utils import timezone

from portal.pages import measuring


@shared_task(name="pages.measure", acks_late=True, ignore_result=True, time_limit=30)
def measure() -> None:
    measuring.measure(at=timezone.now())
