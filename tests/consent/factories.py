"""A town that asks: the health commission's study, which would use the tax bureau's records."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent import actions, findings, linking, queries, rounds
from consent.decisions import Question, Verdict, decide
from consent.models import AskingRound, Consent, ConsentEvent, Purpose, ReturnAddress, Risk
from portal.accounts import queries as accounts
from portal.accounts.models import ClerkRole, User
from portal.catalogue.models import Agency, DataItem, Dataset
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, citizen, number

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
AUTHORITY = catalogue.AUTHORITY
TEXTS: dict[str, Any] = {
    "short_zh": "想用您的收入记录做研究。",
    "short_en": "We would like to use your income record for a study.",
    "full_zh": "全文。",
    "full_en": "The whole text.",
    "child_zh": "叔叔阿姨想看看你的记录。",
    "child_en": "Some people would like to look at your record.",
}


def asker() -> Agency:
    return catalogue.agency("health", name_zh="卫健委", name_en="Health Commission")


def holder() -> Agency:
    return catalogue.agency("tax")


def _seen() -> bool:
    with acting_as(Actor.portal()):
        return Dataset.objects.filter(code="tax.income").exists()


def item(code: str = "year") -> DataItem:
    with acting_as(Actor.portal()):
        return DataItem.objects.get(dataset__code="tax.income", code=code)


def terms(code: str = "study", **changes: Any) -> actions.PurposeTerms:
    """Two items: the year is needed, the income is one's choice."""
    agency = asker()
    if not _seen():
        catalogue.published("tax.income", of=holder())
    whole: dict[str, Any] = {
        "code": code,
        "agency": agency,
        "name_zh": "一项研究",
        "name_en": "A study",
        "longest_days": 365,
        "retention_days": 730,
        "if_refused_zh": "没有影响。",
        "if_refused_en": "Nothing changes for you.",
        "risk": "ordinary",
        "impact_assessment": "PIA-1",
        "items": [
            actions.ItemTerms(item("year"), True, "区分年度", "to tell the years apart"),
            actions.ItemTerms(item("income"), False, "比较收入", "to compare incomes"),
        ],
        **changes,
    }
    return actions.PurposeTerms(**whole)


def registered(code: str = "study", **changes: Any) -> Purpose:
    """A purpose with its first notice, which waits for approval."""
    wished = terms(code, **changes)
    with acting_as(catalogue.clerk_of(asker())) as clerk:
        purpose = actions.register_purpose(wished, actor=clerk, at=AT)
        actions.publish_notice(purpose, **TEXTS, actor=clerk, at=AT)
    return purpose


def approved(code: str = "study", **changes: Any) -> Purpose:
    """A purpose for which people may be asked."""
    waiting = registered(code, **changes)
    with acting_as(AUTHORITY):
        if waiting.risk == Risk.HIGH:  # the public was heard first
            opened_at = AT - timedelta(days=30)
            actions.open_for_comment(waiting, until=AT - timedelta(days=1), actor=AUTHORITY, at=opened_at)
        return actions.approve_purpose(waiting, actor=AUTHORITY, at=AT)


def new_notice(purpose: Purpose) -> None:
    """The next version of the text, approved."""
    with acting_as(catalogue.clerk_of(asker())) as clerk:
        notice = actions.publish_notice(purpose, **{**TEXTS, "full_en": "Another text."}, actor=clerk, at=AT)
    with acting_as(AUTHORITY):
        actions.approve_notice(notice, actor=AUTHORITY, at=AT)


def adult() -> User:
    return citizen(number())


def child() -> User:
    return citizen(number(born_on=date(2016, 5, 1)))


def asked(of: User | None = None, purpose: Purpose | None = None, *, at: datetime = AT) -> Consent:
    """A question that waits for its answer."""
    person, about = of or adult(), purpose or approved()
    assert person.subject_key
    with acting_as(catalogue.client_of(asker())) as client:
        return actions.ask(person.subject_key, about, actor=client, at=at)


def open_question(of: User, purpose: Purpose) -> Consent:
    """What somebody was asked and has not answered, as when a service sent them here."""
    with acting_as(as_citizen(of)):
        return Consent.objects.get(subject_key=of.subject_key, purpose=purpose, state="requested")


def citizen_of(consent: Consent) -> Actor:
    return as_citizen(User.objects.get(subject_key=consent.subject_key))


def uploaded(*names: str, purpose: Purpose | None = None) -> AskingRound:
    """A list of people to ask, read and not yet confirmed."""
    about = purpose or approved()
    with acting_as(catalogue.clerk_of(asker())) as clerk:
        return rounds.upload(about, names or [number()], actor=clerk, at=AT)


def give(consent: Consent, **changes: Any) -> Consent:
    """Allow everything needed for half a year."""
    actor = citizen_of(consent)
    with acting_as(actor):
        notice = queries.current_notice(consent.purpose_id)
        assert notice
        answer: dict[str, Any] = {
            "items": [item("year").pk],
            "valid_until": AT + YEAR / 2,
            "notice": notice.pk,
            "language": "zh-hans",
            "at": AT,
            **changes,
        }
        return actions.give(consent, **answer, actor=actor)


def given(of: User | None = None, purpose: Purpose | None = None, **changes: Any) -> Consent:
    return give(asked(of, purpose), **changes)


def withdraw(consent: Consent, at: datetime = AT) -> Consent:
    with acting_as(citizen_of(consent)) as actor:
        return actions.withdraw(consent, actor=actor, at=at)


def last_step(consent: Consent) -> ConsentEvent:
    """The newest step of a consent, with its receipt."""
    with acting_as(Actor.portal()):
        return queries.events_of(consent.subject_key, consent.id)[-1]


def identity(consent: Consent) -> str:
    """The national number behind a consent."""
    with acting_as(Actor.portal()):
        return accounts.number_of(consent.subject_key)


def question(consent: Consent, **changes: Any) -> Question:
    whole = {"subject": identity(consent), "purpose": "study", "dataset": "tax.income", **changes}
    return Question(**whole)


def decided(asking: Question, by: Agency | None = None, at: datetime = AT) -> Verdict:
    with acting_as(catalogue.client_of(by or asker())) as client:
        return decide(asking, actor=client, at=at)


def unreported(consent: Consent, *, at: datetime = AT) -> None:
    """The tax bureau was permitted to hand the record over, and reports no share in time."""
    decided(question(consent, recipient="health"), by=holder(), at=at)
    with acting_as(Actor.portal()) as portal:
        findings.find_unreported(actor=portal, at=at + findings.GRACE)


def chosen(*codes: str) -> list[UUID]:
    return [item(code).pk for code in codes]


RETURN_URL = "https://health.example/back?step=3"


def keeper() -> Actor:
    """The health commission's administrator."""
    return replace(catalogue.clerk_of(asker(), "keeper"), role=ClerkRole.ADMINISTRATOR.value)


def return_address(url: str = RETURN_URL) -> ReturnAddress:
    """An address of the health commission's service, registered by its administrator."""
    agency = asker()
    with acting_as(Actor.portal()):
        known = ReturnAddress.objects.filter(agency=agency, url=url, ended_at=None).first()
    if known:
        return known
    with acting_as(keeper()) as administrator:
        return linking.register_address(agency.pk, url=url, actor=administrator, at=AT)


def wanted(of: User, **changes: Any) -> linking.Wanted:
    """What the service asks for: the study alone, by the person's number."""
    with acting_as(Actor.portal()):
        subject = accounts.number_of(bytes(of.subject_key or b""))
    whole: dict[str, Any] = {
        "subject": subject, "purposes": ["study"], "return_url": RETURN_URL, "state": "s 1&2", **changes,
    }  # fmt: skip
    return linking.Wanted(**whole)


def commented(of: User, text: str = "Why my income?") -> None:
    """What somebody says of a use of high risk that is open for comment."""
    planned = registered("planned-study", risk="high")
    with acting_as(AUTHORITY):
        heard = actions.open_for_comment(planned, until=AT + timedelta(days=30), actor=AUTHORITY, at=AT)
    with acting_as(as_citizen(of)) as actor:
        actions.comment(heard, text=text, actor=actor, at=AT)


def linked(of: User | None = None, *, at: datetime | None = None, **changes: Any) -> tuple[User, linking.Made]:
    """A link for somebody, and whom it is for."""
    person = of or adult()
    return_address()
    if not changes.get("purposes"):
        with acting_as(Actor.portal()):
            known = Purpose.objects.filter(code="study").exists()
        if not known:
            approved()
    with acting_as(catalogue.client_of(asker())) as client:
        return person, linking.make_link(wanted(person, **changes), actor=client, at=at or timezone.now())
