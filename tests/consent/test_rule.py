"""The rule against a plain model of it, over random histories; and whole cohorts against everybody asked alone."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import actions, cohort
from consent.cohort import About
from consent.decisions import Question, decide
from consent.models import Consent, Decision, Purpose
from consent.states import ConsentState
from portal.accounts import queries as accounts
from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Refusal
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.people import as_citizen, number

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STEPS = ("ask", "give", "give everything", "refuse", "pause", "resume", "withdraw", "expire", "new notice", "wait")
histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 120)), max_size=9)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Model:
    """What the register promises, in the plainest words: one question at a time, and what stands of it."""

    state: str = "nothing"
    items: frozenset[str] = frozenset()
    until: datetime = AT
    peace_until: datetime = AT
    answer_by: datetime = AT
    asked_notice: int = 0
    notice: int = 1

    def take(self, step: str, days: int, at: datetime) -> None:  # noqa: C901  # a table of steps
        match step, self.state:
            case "ask", "asked" if self.asked_notice != self.notice:
                self._ask(at)
            case "ask", "nothing" | "withdrawn" | "expired" | "superseded":
                self._ask(at)
            case "ask", "refused" | "lapsed" if at >= self.peace_until:
                self._ask(at)
            case "give" | "give everything", "asked":
                self.items = frozenset({"year", "income"} if step == "give everything" else {"year"})
                self.state, self.until = "given", at + days * DAY
            case "refuse", "asked":
                self.state, self.peace_until = "refused", at + timedelta(days=90)
            case "pause", "given":
                self.state = "paused"
            case "resume", "paused":
                self.state = "given"
            case "withdraw", "given" | "paused":
                self.state = "withdrawn"
            case "expire", "given" | "paused" if at >= self.until:
                self.state = "expired"
            case "expire", "asked" if at >= self.answer_by:
                self.state, self.peace_until = "lapsed", at + timedelta(days=30)
            case "new notice", _:
                self.notice += 1

    def _ask(self, at: datetime) -> None:
        self.state, self.asked_notice, self.answer_by = "asked", self.notice, at + timedelta(days=30)

    def permits(self, items: frozenset[str], at: datetime) -> bool:
        return self.state == "given" and at < self.until and items <= self.items


@dataclass
class World:
    """The register, driven by the same steps."""

    purpose: Purpose
    person: User
    at: datetime = AT
    model: Model = field(default_factory=Model)

    def take(self, step: str, days: int) -> None:
        if step == "wait":
            self.at += days * DAY
            return
        with suppress(Refusal), transaction.atomic():
            self._act(step, days)
        self.model.take(step, days, self.at)

    def _act(self, step: str, days: int) -> None:
        match step:
            case "ask":
                town.asked(self.person, self.purpose, at=self.at)
            case "new notice":
                town.new_notice(self.purpose)
            case "expire":
                with acting_as(Actor.portal()) as portal:
                    actions.expire_due(actor=portal, at=self.at)
            case "give" | "give everything":
                codes = ("year", "income") if step == "give everything" else ("year",)
                until = self.at + days * DAY
                town.give(self._newest(), items=town.chosen(*codes), valid_until=until, at=self.at)
            case _:
                newest = self._newest()
                with acting_as(as_citizen(self.person)) as actor:
                    getattr(actions, step)(newest, actor=actor, at=self.at)

    def _newest(self) -> Consent:
        with acting_as(as_citizen(self.person)):
            rows = Consent.objects.filter(purpose=self.purpose).order_by("-asked_at", "-id")
            newest = rows.exclude(state=ConsentState.SUPERSEDED).first()
        if newest is None:
            raise Refusal
        return newest

    def identity(self) -> str:
        with acting_as(Actor.portal()):
            return accounts.number_of(bytes(self.person.subject_key or b""))


@few
@given(histories)
def test_a_decision_is_what_a_plain_model_says_after_any_history(history: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        world = World(town.approved(), town.adult())
        for step, days in history:
            world.take(step, days)
            for items in (frozenset[str](), frozenset({"year"}), frozenset({"year", "income"})):
                asking = Question(world.identity(), "study", "tax.income", tuple(sorted(items)))
                verdict = town.decided(asking, at=world.at)
                assert (verdict.answer == "permit") == world.model.permits(items, world.at), (step, verdict.reason)
        transaction.set_rollback(True)


def _told(about: About, subjects: list[str], client: Actor, at: datetime) -> list[dict[str, Any]]:
    with acting_as(client):
        staged = cohort.stage([json.dumps(name).encode() for name in subjects], actor=client)
        answer = io.BytesIO(b"".join(cohort.answered(about, staged, actor=client, at=at)))
    return [json.loads(line) for line in answer]


def _log(subject_key: Any) -> Iterator[tuple[Any, ...]]:
    for row in Decision.objects.filter(subject_key=subject_key).order_by("id"):
        yield (row.answer, row.reason, row.consent_id, sorted(row.items), row.recipient_id, row.caller_id, row.client,
               row.dataset_id, row.purpose_id, row.decided_at)  # fmt: skip


@few
@given(
    st.lists(histories, min_size=1, max_size=4),
    st.sampled_from([(), ("year",), ("income",), ("year", "income")]),
    st.sampled_from([None, "health", "tax"]),
    st.booleans(),
)
def test_a_cohort_is_answered_and_logged_exactly_as_everybody_alone(
    lives: list[list[tuple[str, int]]], items: tuple[str, ...], recipient: str | None, by_holder: bool
) -> None:
    with transaction.atomic():
        purpose = town.approved()
        worlds = [World(purpose, town.adult()) for _ in lives]
        for world, history in zip(worlds, lives, strict=True):
            for step, days in history:
                if step != "new notice":
                    world.take(step, days)
        at = max(world.at for world in worlds)
        client = catalogue.client_of(town.holder() if by_holder else town.asker())
        subjects = [world.identity() for world in worlds] + [number()]
        subjects[0] = accounts.pairwise_key(bytes(worlds[0].person.subject_key or b""), agency_id=_agency(client))
        about = About("study", "tax.income", items, recipient)
        *told, summary = _told(about, subjects, client, at)
        with acting_as(Actor.portal()):
            logged = {world.person.subject_key: list(_log(world.person.subject_key)) for world in worlds}
        alone = []
        for place, (name, who) in enumerate(zip(subjects, [*worlds, None], strict=True), start=1):
            with acting_as(client):
                verdict = decide(Question(name, "study", "tax.income", items, recipient), actor=client, at=at)
            if verdict.answer == "permit":
                alone.append((place, name, verdict))
            if who is not None:
                with acting_as(Actor.portal()):
                    both = list(_log(who.person.subject_key))
                assert both == logged[who.person.subject_key] * 2
        assert [(one["line"], one["subject"], one["consent"]) for one in told] == [
            (place, name, str(verdict.consent)) for place, name, verdict in alone
        ]
        for one, (_, _, verdict) in zip(told, alone, strict=True):
            assert (one["notice_version"], tuple(one["items"])) == (verdict.notice_version, verdict.items)
            assert datetime.fromisoformat(one["valid_until"]) == verdict.valid_until
        assert (summary["asked"], summary["permitted"]) == (len(subjects), len(alone))
        transaction.set_rollback(True)


def _agency(client: Actor) -> UUID:
    assert client.agency_id
    return client.agency_id
