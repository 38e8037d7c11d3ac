"""A town that asks: the health commission's study, which would use the tax bureau's records."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from consent import actions, queries, rounds
from consent.decisions import Question, Verdict, decide
from consent.models import AskingRound, Consent, ConsentEvent, Purpose
from portal.accounts import queries as accounts
from portal.accounts.models import User
from portal.catalogue.models import Agency, DataItem, Dataset
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, citizen, number

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
AUTHORITY = catalogue.AUTHORITY
TEXTS = {
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


def chosen(*codes: str) -> list[UUID]:
    return [item(code).pk for code in codes]
