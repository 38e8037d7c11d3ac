"""What ends by itself: on the day that the law, the grant or the counter set, or because nobody answered."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.representation import names, policy
from portal.representation.actions import steps
from portal.representation.models import Representation
from portal.representation.states import RULES, Kind, State, WaitsFor
from portal.trail.actor import Actor
from portal.trail.ids import new_id

A_BATCH: Final = 500
COMING_OF_AGE: Final = (Kind.CHILD, Kind.MINOR)


@transaction.atomic
def expire_due(*, actor: Actor, at: datetime) -> int:
    """End what has reached its day; how many. Nobody acts under it before this ran either: the day itself counts.

    A child's guardianship that ends on the birthday from which they decide is put to them, as one for a young
    person; upper apps hear of both birthdays. Harmless when run twice, or late: what is over by then is not begun.
    """
    policy.require(actor, "representation.expire")
    due = Q(state=State.PROVEN, valid_until__lte=at) | Q(state=State.ASKED, answer_by__lte=at)
    rows = Representation.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(due)
    taken = list(rows.order_by("asked_at", "id")[:A_BATCH])
    for row in taken:
        was_proven = row.state == State.PROVEN
        steps.close(row, State.EXPIRED, by=actor, at=at)
        steps.keep(row, "representation.expired", *steps.CLOSED, actor=actor, at=at)
        if row.kind != Kind.ASSISTED:
            steps.tell_person(row, "representation_ended", at=at)
            steps.tell_representative(row, "representation_ended", at=at)
        if was_proven and row.kind in COMING_OF_AGE:
            _come_of_age(row, actor=actor, at=at)
    return len(taken)


def _come_of_age(row: Representation, *, actor: Actor, at: datetime) -> None:
    """Tell upper apps of the birthday, and put a child's guardianship to them."""
    born_on = names.represented(row.id, bytes(row.represented_sealed)).born_on
    ages = law.jurisdiction().ages
    reached = ages.guardian_below if row.kind == Kind.CHILD else ages.adult
    outbox.put("representation.came_of_age", subject_key=bytes(row.subject_key), age=reached)
    if row.kind == Kind.CHILD and law.age(born_on, timezone.localdate(at)) < ages.adult:
        _put_to_the_young(row, actor=actor, at=at)


def _put_to_the_young(row: Representation, *, actor: Actor, at: datetime) -> None:
    """The same guardian, the same proof; from now on it needs the young person's own yes."""
    person = names.represented(row.id, bytes(row.represented_sealed))
    already = Representation.objects.filter(
        subject_key=row.subject_key, representative_key=row.representative_key, kind=Kind.MINOR, ended_at=None
    )
    if already.exists():
        return
    next_one = Representation(id=new_id(), kind=Kind.MINOR, subject_key=row.subject_key, asked_at=at, follows=row)
    next_one.representative_key, next_one.agency_id, next_one.proof = row.representative_key, row.agency_id, row.proof
    next_one.represented_sealed = names.seal_represented(next_one.id, person.name, person.born_on)
    by = names.representative(row.id, bytes(row.representative_sealed))
    next_one.representative_sealed = names.seal_representative(next_one.id, by)
    next_one.acts = sorted(act.value for act in RULES[Kind.MINOR].acts)
    next_one.valid_until = law.comes_of_age_at(person.born_on, law.jurisdiction().ages.adult)
    next_one.waits_for, next_one.answer_by = WaitsFor.PERSON, at + policy.ANSWER_WITHIN
    steps.begin(next_one, "representation.asked", actor=actor, at=at)
    steps.tell_person(next_one, "representation_asked", at=at)
    steps.tell_representative(next_one, "representation_put_to_person", at=at)
