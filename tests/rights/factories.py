"""A person whose data two agencies hold, and the portal's own tasks run by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.accounts.models import User
from portal.catalogue.models import Agency, Dataset
from portal.inbox.models import Letter
from portal.outbox.models import Message, MessageState
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from rights import actions, package, reopening, routing
from rights.actions import Filing, appeals, complaints, erasing, mediating
from rights.actions.erasing import Statement
from rights.models import (
    Appeal,
    Complaint,
    Escalation,
    Evidence,
    Handover,
    Kind,
    Mediation,
    Part,
    RightsRequest,
    Transfer,
)
from rights.states import Outcome
from tests.catalogue import factories as catalogue
from tests.ledger import factories as ledger
from tests.people import as_citizen, as_clerk, citizen, number
from tests.people import clerk as clerk_user

AT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)  # Tuesday, 10:00 in Shanghai
DAY = timedelta(days=1)
CONSUMERS: dict[str, Callable[[Message, datetime], None]] = {
    "rights.route": routing.route,
    "rights.pass_on": routing.pass_on,
    "rights.close": routing.close,
    "rights.note_delivery": routing.note_delivery,
    "rights.build_package": package.build,
    "rights.reopen": reopening.reopen,
}


def tax() -> Agency:
    return catalogue.agency("tax", name_zh="税务局", name_en="Tax Bureau")


def housing() -> Agency:
    return catalogue.agency("housing", name_zh="住房公积金", name_en="Housing Fund")


def clerk(of: Agency) -> Actor:
    return catalogue.clerk_of(of)


def _published(code: str, of: Agency) -> Dataset:
    with acting_as(Actor.portal()):
        found = Dataset.objects.filter(code=code).first()
    return found or catalogue.published(code, of=of, name_en=f"Records {code}")


def person(*, held: bool = True) -> User:
    """Somebody about whom the tax bureau and the housing fund hold records, or nobody does."""
    identity = number()
    user = citizen(identity)
    for code, agency in (("tax.income", tax()), ("housing.account", housing())):
        _published(code, agency)
        if held:
            ledger.report_held(agency, ledger.holding_row(subject=identity, dataset=code))
    return user


def dataset(code: str = "tax.income") -> Dataset:
    with acting_as(Actor.portal()):
        return Dataset.objects.get(code=code)


def filed(user: User | None = None, *, at: datetime = AT, **changes: Any) -> RightsRequest:
    """A request for everything, not yet on its way."""
    actor = as_citizen(user or person())
    with acting_as(actor):
        return actions.submit(Filing(**{"kind": Kind.ACCESS, **changes}), actor=actor, at=at)


def begun(user: User | None = None, *, at: datetime = AT, **changes: Any) -> RightsRequest:
    """A request that is not sent yet."""
    actor = as_citizen(user or person())
    with acting_as(actor):
        return actions.begin(Filing(**{"kind": Kind.ACCESS, **changes}), actor=actor, at=at)


def shown_by(draft: RightsRequest, name: str = "proof.txt", content: bytes = b"See?", at: datetime = AT) -> Evidence:
    """A file that the person put to it."""
    actor = owner_of(draft)
    with acting_as(actor):
        return actions.add_evidence(draft, name=name, content=[content], actor=actor, at=at)


def run(at: datetime = AT) -> int:
    """Handle every waiting message of ours, also those that this brings; how many."""
    done = 0
    with acting_as(Actor.portal()):
        while waiting := list(Message.objects.filter(state=MessageState.WAITING, task__in=CONSUMERS).order_by("id")):
            for message in waiting:
                CONSUMERS[message.task](message, at)
                Message.objects.filter(pk=message.pk).update(state=MessageState.DONE, done_at=at)
                done += 1
    return done


def routed(user: User | None = None, **changes: Any) -> RightsRequest:
    """A request whose parts are with the agencies."""
    request = filed(user, **changes)
    run(changes.get("at", AT))
    return request


def part(request: RightsRequest | None = None, of: str = "tax") -> Part:
    """The part of one agency."""
    request = request or routed()
    with acting_as(Actor.portal()):
        parts = Part.objects.select_related("agency", "request", "dataset")
        return parts.filter(request=request, agency__code=of).order_by("-created_at", "-id")[0]


def act(name: str, on: Part, /, *, at: datetime = AT, by: Actor | None = None, **given: Any) -> Any:
    """Take a step as a clerk of the part's agency."""
    actor = by or clerk(on.agency)
    with acting_as(actor):
        return getattr(actions, name)(on, **given, actor=actor, at=at)


def replied(on: Part, outcome: Outcome = Outcome.FULFILLED, *, at: datetime = AT + DAY, **given: Any) -> Part:
    """An answer, with a file where there is something to give."""
    if outcome == Outcome.FULFILLED:
        act("attach", on, name="rows.csv", media_type="text/csv", content=iter([b"year,income\n", b"2025,1\n"]), at=at)
    if outcome in (Outcome.REFUSED, Outcome.PARTLY):
        given = {"text": "A law demands secrecy.", "ground": "legal_secrecy", **given}
    answered: Part = act("reply", on, outcome=outcome, at=at, **{"text": "", **given})
    return answered


def offer(of: Part) -> Handover:
    """The open offer of a part."""
    with acting_as(Actor.portal()):
        return Handover.objects.get(part=of, state="offered")


def handed_over(on: Part, to: Agency, *, at: datetime = AT) -> Part:
    """A part that another agency was offered and took; as it stands then at the other."""
    act("transfer", on, agency=to.code, reason="They hold it.", at=at)
    with acting_as(clerk(to)) as receiver:
        actions.accept_offer(offer(on), actor=receiver, at=at)
    run(at)
    return part(on.request, to.code)


STATEMENT = Statement(erased="All rows of 2024", method="Deleted, also in the backups", erased_at=AT)


def erased(on: Part, *, at: datetime = AT, **changes: Any) -> None:
    """One states what was erased, a second person confirms it."""
    statement = replace(STATEMENT, **changes)
    with acting_as(clerk(on.agency)) as one:
        erasing.prepare_erasure(on, statement=statement, actor=one, at=at)
    with acting_as(colleague(on.agency)) as other:
        erasing.confirm_erasure(on, actor=other, at=at)


def moved(at: datetime = AT) -> Transfer:
    """A package that its person has moved to a clinic, offered to the clinic's system."""
    clinic = catalogue.agency("clinic")
    user = person()
    with acting_as(Actor.portal()):
        Dataset.objects.filter(code="tax.income").update(collection_basis="contract")
    with acting_as(catalogue.client_of(clinic)) as system:
        actions.take_over(active=True, actor=system, at=at)
    request = routed(user, kind=Kind.PORTABILITY, receiver=clinic.pk, at=at)
    replied(part(request), at=at)
    run(at)
    with acting_as(Actor.portal()):
        return Transfer.objects.get(request=request)


def appealed(on: Part, *, at: datetime = AT + 2 * DAY, text: str = "They hold more than that.") -> Appeal:
    """The person has an answer looked at again."""
    with acting_as(owner_of(on.request)) as owner:
        return appeals.file_appeal(on, text=text, actor=owner, at=at)


def reviewed(appeal: Appeal, *, granted: bool, by: Actor, at: datetime = AT + 3 * DAY, **given: Any) -> Appeal:
    """Somebody takes an appeal and decides it."""
    words = {"text": "We looked again.", "published": "This ground needs a rule that demands secrecy.", **given}
    with acting_as(by):
        appeals.take_appeal(appeal, actor=by, at=at)
        return appeals.decide_appeal(appeal, granted=granted, **words, actor=by, at=at)


def colleague(of: Agency) -> Actor:
    """Another clerk of the agency."""
    found = User.objects.filter(username=f"colleague-{of.code}").first()
    return as_clerk(found or clerk_user(of, "colleague"))


def complained(user: User | None = None, *, at: datetime = AT, **given: Any) -> Complaint:
    """A complaint to the regulator."""
    with acting_as(as_citizen(user or person())) as actor:
        return complaints.complain(**{"text": "Nobody picks up.", **given}, actor=actor, at=at)


def mediated(on: Part, *, at: datetime = AT + 2 * DAY) -> Mediation:
    """A mediation that the person asked for."""
    with acting_as(owner_of(on.request)) as owner:
        return mediating.ask_mediation(on, organisation="legal-aid", text="Show me 2024.", actor=owner, at=at)


def escalation(of: Part, rung: str) -> Escalation:
    """That a part went up to this rung."""
    with acting_as(Actor.portal()):
        return Escalation.objects.get(part=of, rung=rung)


def owner_of(request: RightsRequest) -> Actor:
    return as_citizen(User.objects.get(subject_key=request.subject_key))


def now(row: Any) -> Any:
    """The row as it stands."""
    with acting_as(Actor.portal()):
        return type(row).objects.get(pk=row.pk)


def events(about: Any) -> list[str]:
    """What the trail says of a thing, oldest first."""
    with acting_as(Actor.portal()):
        rows = Entry.objects.filter(about_kind=about._meta.label, about_id=str(about.pk))
        return list(rows.order_by("at", "id").values_list("event", flat=True))


def letters(of: RightsRequest) -> list[str]:
    """What the person was told, oldest first."""
    with acting_as(owner_of(of)):
        return list(Letter.objects.order_by("created_at", "id").values_list("kind", flat=True))


def webhooks() -> list[tuple[str, str]]:
    """What departments are to be told: the event and about what."""
    with acting_as(Actor.portal()):
        rows = Message.objects.filter(topic="outbox.webhook.due").order_by("id").values_list("payload", flat=True)
        return [(payload["event"], payload["object"]) for payload in rows]
