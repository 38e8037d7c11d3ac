from datetime import timedelta

from celery import shared_task
from django.db import connection
from django.utils import timezone

from portal.ledger import alerts, coverage, embargoes, flags, retention, verifications
from portal.outbox import actions as outbox
from portal.trail.actor import Actor, acting_as

AHEAD = timedelta(days=2 * 365)


@shared_task(name="ledger.check_coverage", **outbox.TASK_OPTIONS)
def check_coverage(message_id: str) -> None:
    outbox.handle(message_id, coverage.check_coverage)


@shared_task(name="ledger.count_flows", **outbox.TASK_OPTIONS)
def count_flows(message_id: str) -> None:
    outbox.handle(message_id, coverage.count_flows)


@shared_task(name="ledger.tell_of_events", **outbox.TASK_OPTIONS)
def tell_of_events(message_id: str) -> None:
    outbox.handle(message_id, alerts.tell_of_events)


@shared_task(name="ledger.tell_of_verification", **outbox.TASK_OPTIONS)
def tell_of_verification(message_id: str) -> None:
    outbox.handle(message_id, verifications.tell_recipients)


@shared_task(name="ledger.forget_alerts", **outbox.TASK_OPTIONS)
def forget_alerts(message_id: str) -> None:
    outbox.handle(message_id, alerts.forget)


@shared_task(name="ledger.tell_of_flags", **outbox.TASK_OPTIONS)
def tell_of_flags(message_id: str) -> None:
    outbox.handle(message_id, flags.tell_of_flags)


@shared_task(name="ledger.find_reused", acks_late=True, ignore_result=True)
def find_reused() -> None:
    with acting_as(Actor.portal()):
        flags.find_reused(at=timezone.now())


@shared_task(name="ledger.review_embargoes", acks_late=True, ignore_result=True)
def review_embargoes() -> None:
    """Run by beat: what has passed its review date is lifted, or goes to the regulator."""
    embargoes.review_due(at=timezone.now())


@shared_task(name="ledger.retention", acks_late=True, ignore_result=True)
def drop_expired() -> None:
    """Run daily by beat; nearly always there is nothing to drop."""
    with acting_as(Actor.portal()) as actor:
        retention.drop_expired(actor=actor, at=timezone.now())


@shared_task(name="ledger.partitions", acks_late=True, ignore_result=True)
def partitions() -> None:
    """Run daily by beat: the half-years to come have their partitions two years before they begin."""
    with acting_as(Actor.portal()), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions(%s)", [(timezone.now() + AHEAD).date()])
