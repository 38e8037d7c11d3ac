from celery import shared_task
from django.utils import timezone

from portal.pages import measuring


@shared_task(name="pages.measure", acks_late=True, ignore_result=True)
def measure() -> None:
    measuring.measure(at=timezone.now())
