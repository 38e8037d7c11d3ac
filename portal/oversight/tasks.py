from celery import shared_task
from django.utils import timezone

from portal.oversight import actions
from portal.trail.actor import Actor, acting_as


@shared_task(name="oversight.count", acks_late=True, ignore_result=True)
def count() -> None:
    """Run hourly by beat."""
    with acting_as(Actor.portal()):
        actions.count(at=timezone.now())
