from celery import shared_task
from django.utils import timezone

from portal.catalogue import actions
from portal.trail.actor import Actor, acting_as


@shared_task(name="catalogue.keep_time", acks_late=True, ignore_result=True)
def keep_time() -> None:
    """Run by beat: applications that are overdue are noted, agreements that have run out end or are suspended."""
    at, touched = timezone.now(), actions.A_BATCH
    while touched == actions.A_BATCH:  # each batch in a transaction of its own
        with acting_as(Actor.portal()) as portal:
            touched = actions.keep_time(actor=portal, at=at)
