"""For every order of steps: a request is never complete while a part is unanswered, and always once none is."""

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Refusal
from rights.models import Part, RightsRequest
from rights.states import OPEN, Outcome, PartState, RequestState
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

COMPLETE = (RequestState.ANSWERED, RequestState.PARTLY_ANSWERED, RequestState.REFUSED)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("tax", "housing")),
        st.sampled_from(("acknowledge", "ask", "extend", "transfer", "answer", *Outcome.values)),
        st.booleans(),
    ),
    max_size=8,
)


class ARequestIsCompleteOnlyWithItsLastPart(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def test_whatever_is_done_in_whatever_order(self, steps: list[tuple[str, str, bool]]) -> None:
        request = town.routed()
        for place, (of, step, is_late_to_close) in enumerate(steps):
            at = AT + (place + 1) * DAY / 4
            with suppress(Refusal, IndexError):
                self.take(request, of, step, at)
            if not is_late_to_close:  # the worker is away for a while
                town.run(at)
            self.check(request)
        town.run(AT + 3 * DAY)
        self.check(request, settled=True)

    def take(self, request: RightsRequest, of: str, step: str, at: Any) -> None:
        part = town.part(request, of)
        if step in Outcome.values:
            town.replied(part, Outcome(step), at=at)
        elif step == "answer":
            town.act("answer_question", part, text="2025", by=town.owner_of(request), at=at)
        else:
            given: dict[str, Any] = {
                "ask": {"text": "Which year?"},
                "extend": {"reason": "Many records."},
                "transfer": {"agency": "housing" if of == "tax" else "tax", "reason": "It is theirs."},
            }.get(step, {})
            town.act(step, part, at=at, **given)

    def check(self, request: RightsRequest, *, settled: bool = False) -> None:
        with acting_as(Actor.portal()):
            parts = list(Part.objects.filter(request=request))
            state = RightsRequest.objects.get(pk=request.pk).state
        followed = {part.transferred_from_id for part in parts}
        unanswered = [
            part
            for part in parts
            if part.state in OPEN or (part.state == PartState.TRANSFERRED and part.pk not in followed)
        ]
        assert not (state in COMPLETE and unanswered), (state, parts)
        if settled:
            assert (state in COMPLETE) == (not unanswered), (state, parts)
