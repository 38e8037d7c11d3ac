"""Handing over: offered, taken or declined; the clock runs on where the part is, and nobody gets one unasked."""

from typing import Any

import pytest

from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove
from rights import actions, redress
from rights.errors import OfferStanding, TextMissing, UnknownOffer
from rights.models import Handover
from rights.states import HANDOVER_MOVES, HandoverState, Outcome, PartState
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db
TRANSFER: dict[str, Any] = {"agency": "housing", "reason": "They hold it."}


@pytest.mark.parametrize("before", HandoverState)
@pytest.mark.parametrize("after", HandoverState)
def test_an_offer_takes_exactly_the_moves_of_its_table(before: HandoverState, after: HandoverState) -> None:
    offer = Handover(state=before)
    if after in HANDOVER_MOVES[before]:
        offer.move_to(after)
        assert offer.state == after
    else:
        with pytest.raises(IllegalMove):
            offer.move_to(after)


def test_an_offered_part_stays_and_its_clock_runs_until_it_is_taken() -> None:
    part = town.part()
    offered = town.act("transfer", part, **TRANSFER)
    assert (offered.state, offered.due_at) == (PartState.DELIVERED, part.due_at)
    assert town.events(part)[-1] == "rights.part.offered"
    assert town.webhooks()[-1] == ("rights.part.offered", str(town.offer(part).pk))
    with pytest.raises(OfferStanding):
        town.act("transfer", part, **TRANSFER)
    with acting_as(town.clerk(town.housing())) as receiver:
        taken = actions.accept_offer(town.offer(part), actor=receiver, at=AT + DAY)
    assert town.events(taken) == ["rights.offer.accepted"]
    town.run(AT + DAY)
    assert town.now(part).state == PartState.TRANSFERRED
    assert town.part(part.request, "housing").due_at == part.due_at
    assert town.letters(part.request)[-1] == "part_transferred"


def test_a_declined_offer_says_why_and_may_be_made_again() -> None:
    part = town.part()
    town.act("transfer", part, **TRANSFER)
    with acting_as(town.clerk(town.housing())) as receiver:
        with pytest.raises(TextMissing):
            actions.decline_offer(town.offer(part), reason=" ", actor=receiver, at=AT)
        declined = actions.decline_offer(town.offer(part), reason="Not ours.", actor=receiver, at=AT)
    assert (declined.state, declined.answer) == ("declined", "Not ours.")
    assert town.webhooks()[-1] == ("rights.part.declined", str(part.pk))
    town.run()
    assert town.now(part).state == PartState.DELIVERED
    town.act("transfer", part, **TRANSFER)


def test_only_the_agency_to_which_it_is_offered_decides_and_sees_it() -> None:
    part = town.part()
    town.act("transfer", part, **TRANSFER)
    offer = town.offer(part)
    for stranger in (town.clerk(catalogue.agency("health")), town.owner_of(part.request)):
        with acting_as(stranger), pytest.raises(Exception, match=r"allowed|offered|may"):
            actions.accept_offer(offer, actor=stranger, at=AT)
    with acting_as(town.clerk(catalogue.agency("health"))) as other, pytest.raises(UnknownOffer):
        redress.offer_to(other.agency_id, offer.pk)  # type: ignore[arg-type]  # a clerk has one
    assert town.now(offer).state == HandoverState.OFFERED


def test_an_answer_ends_the_offer_and_one_that_comes_late_takes_nothing() -> None:
    part = town.part()
    town.act("transfer", part, **TRANSFER)
    offer = town.offer(part)
    town.replied(part, Outcome.NOTHING_HELD)
    assert town.now(offer).state == HandoverState.LAPSED
    with acting_as(town.clerk(town.housing())) as receiver, pytest.raises(IllegalMove):
        actions.accept_offer(offer, actor=receiver, at=AT + DAY)
    with acting_as(Actor.portal()):
        assert part.transferred_to.count() == 0
