from celery import shared_task
from django.utils import timezone

from consent import actions, coming_of_age, renewing, rounds, sequence, uncovered
from portal.outbox import actions as outbox
from portal.trail.actor import Actor, acting_as


@shared_task(name="consent.flag_uncovered", **outbox.TASK_OPTIONS)
def flag_uncovered(message_id: str) -> None:
    outbox.handle(message_id, uncovered.flag_uncovered)


@shared_task(name="consent.ask_anew", **outbox.TASK_OPTIONS)
def ask_anew(message_id: str) -> None:
    outbox.handle(message_id, coming_of_age.ask_anew)


@shared_task(name="consent.renew", **outbox.TASK_OPTIONS)
def renew(message_id: str) -> None:
    outbox.handle(message_id, renewing.ask_anew)


@shared_task(name="consent.ask_round", **outbox.TASK_OPTIONS)
def ask_round(message_id: str) -> None:
    outbox.handle(message_id, rounds.work)


@shared_task(name="consent.expire", acks_late=True, ignore_result=True)
def expire() -> None:
    """Run by beat: what has reached its last day ends, what nobody answered lapses."""
    at, ended = timezone.now(), actions.A_BATCH
    while ended == actions.A_BATCH:  # each batch in a transaction of its own
        with acting_as(Actor.portal()) as portal:
            ended = actions.expire_due(actor=portal, at=at)


@shared_task(name="consent.number_changes", acks_late=True, ignore_result=True)
def number_changes() -> None:
    """Run by beat: positions for the agencies' feeds."""
    sequence.number_changes()
