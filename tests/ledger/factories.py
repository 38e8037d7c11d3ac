"""A small town for the ledger's tests: two agencies, a dataset, an agreement, and rows as departments send them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.catalogue.models import Agency, Agreement, Dataset
from portal.ledger import actions, alerts, challenges, embargoes, verifications
from portal.ledger.actions import Outcome
from portal.ledger.models import AlertChoice, Challenge, Embargo, NoteKind, SharingEvent, SharingNote, Verification
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, number

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PERSON = number(7)
OTHER = number(8)


def client(agency: Agency) -> Actor:
    return Actor.client(f"system of {agency.code}", agency.pk)


def town() -> tuple[Dataset, Agency]:
    """The tax bureau's dataset of incomes, and the housing fund that may have it."""
    recipient = catalogue.agency("housing")
    return catalogue.published("tax.income", of=catalogue.agency("tax")), recipient


def agreement(dataset: Dataset, recipient: Agency, **changes: Any) -> Agreement:
    return catalogue.granted(dataset, recipient, **{"valid_from": date(2024, 1, 1), **changes})


def event_row(reference: str = "r-1", **changes: Any) -> dict[str, Any]:
    """One event as the tax bureau reports it; a field changed to None is left out."""
    row = {
        "subject": PERSON,
        "reference": reference,
        "occurred_at": "2026-11-20T09:30:00.123+08:00",
        "dataset": "tax.income",
        "items": ["income"],
        "recipient": "housing",
        "purpose_zh": "审核贷款申请",
        "purpose_en": "to check your application for a loan",
        "legal_basis": "statutory_duty",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def holding_row(**changes: Any) -> dict[str, Any]:
    row = {"subject": PERSON, "dataset": "tax.income", "items": ["income"], "since": "2020-05-01", **changes}
    return {name: value for name, value in row.items() if value is not None}


def report(agency: Agency, *rows: Any, at: datetime = AT) -> Outcome:
    with acting_as(client(agency)) as actor:
        return actions.report_events(rows, actor=actor, at=at)


def report_held(agency: Agency, *rows: Any, at: datetime = AT) -> Outcome:
    with acting_as(client(agency)) as actor:
        return actions.report_holdings(rows, actor=actor, at=at)


def many_events(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Events an hour apart, going back from the day before."""
    begins = AT - timedelta(days=1)
    return [
        event_row(f"m-{place}", occurred_at=(begins - timedelta(hours=place)).isoformat(), **changes)
        for place in range(count)
    ]


def key_of(identity: str = PERSON) -> bytes:
    with acting_as(Actor.portal()):
        return accounts.register_subject(identity, at=AT)


def as_person(identity: str = PERSON) -> Actor:
    return Actor.citizen(uuid4(), key_of(identity))


def events_of(identity: str = PERSON) -> list[SharingEvent]:
    with acting_as(Actor.portal()):
        return list(SharingEvent.objects.filter(subject_key=key_of(identity)).order_by("id"))


def note(identifier: UUID, kind: NoteKind, identity: str = PERSON, at: datetime = AT) -> SharingNote:
    with acting_as(Actor.portal()) as actor:
        return actions.add_note(identifier, kind, subject_key=key_of(identity), text="said", actor=actor, at=at)


def withholding(identifier: UUID, ground: str = "hinders_duty", at: datetime = AT, **changes: Any) -> Embargo:
    """What a clerk of the provider asked; it waits for a second person."""
    given = {"reason": "An inquiry is going on.", "review_on": (at + timedelta(days=30)).date(), **changes}
    with acting_as(provider_clerk(identifier, 1)) as actor:
        return embargoes.ask(identifier, ground=ground, **given, actor=actor, at=at)


def withheld(identifier: UUID, ground: str = "hinders_duty", at: datetime = AT, **changes: Any) -> Embargo:
    """An event that is withheld by two clerks of its provider."""
    row = withholding(identifier, ground, at, **changes)
    with acting_as(provider_clerk(identifier, 2)) as actor:
        return embargoes.decide(row, approved=True, actor=actor, at=at)


def lifted(row: Embargo, at: datetime = AT) -> Embargo:
    with acting_as(Actor.regulator(UUID(int=9))) as actor:
        return embargoes.lift(row, actor=actor, at=at)


def provider_clerk(identifier: UUID, number: int) -> Actor:
    with acting_as(Actor.portal()):
        event = SharingEvent.objects.get(id=identifier)
    return Actor.clerk(UUID(int=number), event.provider_id)


def asked(
    kind: NoteKind = NoteKind.CHALLENGE, text: str = "I never applied for a loan.", at: datetime = AT
) -> Challenge:
    """The tax bureau's share of what the person asks about the one event there is, made where there is none."""
    if not events_of():
        dataset, _ = town()
        report(dataset.agency, event_row())
    with acting_as(as_person()) as actor:
        return challenges.ask(events_of()[0].id, kind, text=text, actor=actor, at=at)[0]


def doubted(items: Sequence[str] = ("income",), text: str = "The year cannot be right.") -> Verification:
    """What the housing fund doubts of the one event there is, made where there is none."""
    if not events_of():
        dataset, _ = town()
        report(dataset.agency, event_row())
    with acting_as(client(catalogue.agency("housing"))) as actor:
        return verifications.doubt(events_of()[0].id, items=items, text=text, actor=actor, at=AT)


def alert_chosen(user: User, **changes: Any) -> AlertChoice:
    """What a person wants to hear of: everything there is to tick, unless `changes` say otherwise."""
    every: dict[str, Any] = {"new_recipient": True, "sensitive": True, "flagged": True}
    given = {**every, "depths": ["copied"], "agencies": [], "purpose": "loan", **changes}
    with acting_as(as_citizen(user)) as actor:
        return alerts.choose(bytes(user.subject_key or b""), alerts.Wanted(**given), actor=actor, at=AT)
