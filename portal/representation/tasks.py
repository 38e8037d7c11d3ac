from celery import shared_task
from django.utils import timezone

from portal.outbox import actions as outbox
from portal.outbox.actions import TASK_OPTIONS
from portal.representation import actions
from portal.trail.actor import Actor, acting_as


@shared_task(name="representation.expire", acks_late=True, ignore_result=True)
def expire() -> None:
    """Run by beat: what has reached its day ends; children who come of age are asked."""
    at, ended = timezone.now(), actions.A_BATCH
    while ended == actions.A_BATCH:  # each batch in a transaction of its own
        with acting_as(Actor.portal()) as portal:
            ended = actions.expire_due(actor=portal, at=at)


@shared_task(name="representation.leave", **TASK_OPTIONS)
def leave(message_id: str) -> None:
    outbox.handle(message_id, actions.leave)
