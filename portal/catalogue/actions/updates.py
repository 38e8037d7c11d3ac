"""Duties to bring an entry up to date after a change of law or duties, with their clock (Decree 809, Article 17)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from portal.catalogue import policy
from portal.catalogue.errors import DutyOpen, ReasonMissing
from portal.catalogue.models import Dataset, UpdateDuty
from portal.law import queries as law
from portal.law.provisions import Rule
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove


@transaction.atomic
def note_change(dataset: Dataset, *, reason: str, actor: Actor, at: datetime) -> UpdateDuty:
    """Note that the law or the agency's duties have changed: the entry is due to be updated. Raises DutyOpen."""
    policy.require(actor, "catalogue.note_change", dataset)
    if not reason.strip():
        raise ReasonMissing
    duty = UpdateDuty(
        dataset=dataset, agency_id=dataset.agency_id, reason=reason.strip(), noted_at=at, due_at=law.due(_rule(), at).at
    )
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
    except IntegrityError as error:
        raise DutyOpen from error
    _note("noted", duty, actor=actor, at=at)
    return duty


@transaction.atomic
def extend_update(duty: UpdateDuty, *, actor: Actor, at: datetime) -> UpdateDuty:
    """Take the five more days, once. Raises TooLateToExtend where the first are over."""
    duty = UpdateDuty.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=duty.pk)
    policy.require(actor, "catalogue.note_change", duty.dataset)
    if duty.done_at or duty.extended_at:
        raise IllegalMove
    duty.due_at, duty.extended_at = law.extended(_rule(), duty.noted_at, told_at=at).at, at
    duty.save(update_fields=["due_at", "extended_at"])
    _note("extended", duty, actor=actor, at=at)
    return duty


def done(dataset: Dataset, *, at: datetime) -> None:
    """The agency has laid an update before the authority; part of that transaction."""
    UpdateDuty.objects.filter(dataset=dataset, done_at=None).update(done_at=at)


def review_due(at: datetime) -> datetime:
    """By when the authority reviews an update that was proposed at `at`."""
    return law.due(law.jurisdiction().clocks["review_of_update"].rule, at).at


def _rule() -> Rule:
    return law.jurisdiction().clocks["catalogue_update"].rule


def _note(what: str, duty: UpdateDuty, *, actor: Actor, at: datetime) -> None:
    trail.record(
        f"catalogue.update_duty.{what}",
        actor=actor,
        at=at,
        about=duty,
        agency=duty.agency_id,
        dataset=duty.dataset_id,
    )
