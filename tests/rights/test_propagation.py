"""What one agency corrected, erased or restricted is followed by all who received it; once, each by its clock."""

from typing import Any

import pytest

from portal.accounts.models import User
from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.trail.actor import Actor, acting_as
from rights.models import Kind, Part, RightsRequest
from rights.states import Outcome, PartState, RequestState
from tests.catalogue import factories as catalogue
from tests.ledger import factories as ledger
from tests.people import citizen, number
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def shared(*recipients: str) -> User:
    """Somebody whose income the tax bureau holds and sent to these agencies, twice each."""
    identity = number()
    user = citizen(identity)
    catalogue.published("tax.income", of=town.tax(), name_en="Records tax.income")
    ledger.report_held(town.tax(), ledger.holding_row(subject=identity))
    for recipient in recipients:
        catalogue.agency(recipient)
        rows = [ledger.event_row(f"{recipient}-{n}", subject=identity, recipient=recipient) for n in (1, 2)]
        ledger.report(town.tax(), *rows)
    return user


def answered(user: User, kind: Kind = Kind.CORRECTION, outcome: Outcome = Outcome.FULFILLED) -> RightsRequest:
    request = town.routed(user, kind=kind, words="It should read 12 000.")
    town.replied(town.part(request), outcome)
    town.run(AT + DAY)
    return request


def parts(request: RightsRequest) -> dict[str, Part]:
    with acting_as(Actor.portal()):
        rows = Part.objects.filter(request=request).exclude(propagated_from=None).select_related("agency", "request")
        return {part.agency.code: part for part in rows}


def test_each_recipient_has_a_part_with_its_own_clock_from_the_providers_answer() -> None:
    request = answered(shared("housing", "health"))
    found = parts(request)
    assert set(found) == {"housing", "health"}
    due = law.due(law.jurisdiction().rights["correction"].deadline, AT + DAY).at
    for part in found.values():
        assert (part.state, part.due_at, part.source_answered_at) == (PartState.QUEUED, due, AT + DAY)
        assert town.events(part) == ["rights.part.propagated"]
        assert ("rights.correction.propagated", str(part.pk)) in town.webhooks()


def test_the_request_is_complete_when_all_have_followed_and_not_before() -> None:
    request = answered(shared("housing"))
    assert town.now(request).state == RequestState.IN_PROGRESS
    town.replied(parts(request)["housing"], at=AT + 2 * DAY)
    town.run(AT + 2 * DAY)
    assert town.now(request).state == RequestState.ANSWERED


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.NOTHING_HELD])
def test_what_was_not_done_is_followed_by_nobody(outcome: Outcome) -> None:
    request = town.routed(shared("housing"), kind=Kind.RESTRICTION)
    ground = law.jurisdiction().refusal_grounds("restriction")[0].code
    given: dict[str, Any] = {"ground": ground} if outcome == Outcome.REFUSED else {}
    town.replied(town.part(request), outcome, **given)
    town.run(AT + DAY)
    assert parts(request) == {}
    assert town.now(request).closed_at == AT + DAY


def test_a_request_to_see_data_is_followed_by_nobody() -> None:
    assert parts(answered(shared("housing"), Kind.ACCESS)) == {}


def test_who_received_nothing_is_asked_nothing() -> None:
    request = answered(shared())
    assert parts(request) == {}
    assert town.now(request).state == RequestState.ANSWERED


def test_news_that_comes_twice_makes_no_second_part_and_followers_are_not_followed() -> None:
    request = answered(shared("housing"))
    town.replied(parts(request)["housing"], at=AT + 2 * DAY)
    town.run(AT + 2 * DAY)
    town.run(AT + 3 * DAY)
    with acting_as(Actor.portal()):
        assert Part.objects.filter(request=request).count() == 2


def test_the_delivery_of_its_webhook_is_its_delivery() -> None:
    part = parts(answered(shared("housing")))["housing"]
    with acting_as(Actor.portal()):
        outbox.put("outbox.webhook.delivered", event="rights.correction.propagated", object=str(part.pk))
    town.run(AT + DAY)
    assert town.now(part).state == PartState.DELIVERED
