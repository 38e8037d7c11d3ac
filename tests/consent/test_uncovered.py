"""Shares that named a consent: flagged where none stood at the time, left alone where one did."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from consent import actions, uncovered
from consent.models import Consent, Kind
from portal.inbox.models import Letter
from portal.ledger.models import SharingNote
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from tests.consent import factories as town
from tests.consent.factories import AT, YEAR
from tests.ledger.factories import event_row, report

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
HOUR = timedelta(hours=1)
LATER = AT + timedelta(days=30)


def flagged(consent: Consent, as_owner: AsOwner, **changes: Any) -> int:
    """Report a share that names `consent` and let the consumer look at it; how many letters say it was flagged."""
    row = event_row(
        subject=town.identity(consent),
        occurred_at=(AT + HOUR).isoformat(),
        items=["year"],
        recipient="health",
        legal_basis="consent",
        **{"consent": str(consent.id), **changes},
    )
    outcome = report(town.holder(), row, at=LATER)
    assert outcome.accepted == 1, outcome
    return run(outcome.batch, as_owner)


def run(batch: UUID, as_owner: AsOwner) -> int:
    message = Message(topic="ledger.events.stored", payload={"batch_id": str(batch)})
    with acting_as(Actor.portal()):
        uncovered.flag_uncovered(message, LATER)
    with as_owner():
        letters = Letter.objects.filter(kind="sharing_flagged").count()
        assert SharingNote.objects.filter(kind="uncovered").count() == letters
    return letters


def test_a_share_under_a_consent_that_stood_is_left_alone(as_owner: AsOwner) -> None:
    assert flagged(town.given(), as_owner) == 0


def test_what_was_shared_before_a_withdrawal_stays_lawful(as_owner: AsOwner) -> None:
    consent = town.withdraw(town.given(), at=AT + 2 * HOUR)
    assert flagged(consent, as_owner) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"consent": None},
        {"consent": str(new_id())},
        {"items": ["year", "income"]},
        {"recipient": None, "recipient_name": "Company X"},
        {"occurred_at": (AT - HOUR).isoformat()},
    ],
)
def test_a_share_that_no_consent_allowed_is_flagged_and_its_citizen_told(
    changes: dict[str, Any], as_owner: AsOwner
) -> None:
    row = {"items": ["year"], "recipient": "health", **changes}
    consent = town.given()
    whole = {"subject": town.identity(consent), "occurred_at": (AT + HOUR).isoformat(), "legal_basis": "consent"}
    outcome = report(town.holder(), event_row(**{**whole, "consent": str(consent.id), **row}), at=LATER)
    assert run(outcome.batch, as_owner) == 1
    assert run(outcome.batch, as_owner) == 1, "a second look tells nobody twice"


def test_a_share_after_the_withdrawal_or_in_a_pause_is_flagged(as_owner: AsOwner) -> None:
    assert flagged(town.withdraw(town.given()), as_owner) == 1


def test_a_share_in_a_pause_is_flagged(as_owner: AsOwner) -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        actions.pause(consent, actor=actor, at=AT + HOUR / 2)
        actions.resume(consent, actor=actor, at=AT + 2 * HOUR)
    assert flagged(consent, as_owner) == 1


def test_a_share_after_the_last_day_is_flagged(as_owner: AsOwner) -> None:
    assert flagged(town.given(valid_until=AT + HOUR), as_owner) == 1


def test_a_release_of_a_single_use_is_covered_by_its_decision(as_owner: AsOwner) -> None:
    consent = town.given(purpose=town.approved(kind=Kind.SINGLE_USE), valid_until=AT + YEAR / 2)
    share = {"reference": "s-1", "occurred_at": (AT + timedelta(seconds=2)).isoformat()}
    asking = town.question(consent, recipient="health", share=share)
    town.decided(asking, by=town.holder(), at=AT + timedelta(seconds=3))
    with as_owner():
        batch = Message.objects.filter(topic="ledger.events.stored")[0].payload["batch_id"]
    assert run(UUID(batch), as_owner) == 0
