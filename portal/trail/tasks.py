from celery import shared_task
from django.utils import timezone

from portal.trail import sealing


@shared_task(name="trail.seal", acks_late=True, ignore_result=True)
def seal() -> None:
    sealing.seal(at=timezone.now())
