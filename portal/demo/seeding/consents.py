"""Purposes with their notices, and what the sample's people have answered so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from consent import actions, decisions, policy, queries
from consent.actions import ItemTerms, PurposeTerms
from consent.decisions import Question
from consent.models import Consent, Purpose, Risk
from portal.catalogue import queries as catalogue
from portal.demo import reporting
from portal.demo.city.records import City
from portal.demo.city.records import Purpose as Planned
from portal.demo.seeding.cast import Cast, sign_in
from portal.trail.actor import Actor, acting_as

REGISTERED: Final = timedelta(days=400)  # before the seed
MONTH: Final = 365 / 12  # days


@dataclass(frozen=True)
class Course:
    """What became of one question: each step so many days ago. `shares`: the holder then used it once."""

    person: str
    purpose: str
    asked: int
    answers: Sequence[tuple[str, int]] = ()
    months: int = 0
    shares: int | None = None


# Zhang San's `loan-preapproval` is left for whoever plays the demo: asked by the housing fund, held by the tax bureau.
COURSES: Final = (
    Course("zhang-san", "scholarship-income-check", 64, (("give", 62), ("withdraw", 21)), months=3, shares=60),
    Course("zhang-san", "flu-vaccine-study", 5),
    Course("li-mei", "donor-benefits", 210, (("give", 209),), months=24),
    Course("li-mei", "flu-vaccine-study", 5, (("refuse", 3),)),
    Course("sun-lan", "home-care-visits", 120, (("give", 118), ("withdraw", 100))),
    Course("zhao-liu", "home-care-visits", 90, (("give", 88),), months=9),
    Course("zhou-tao", "job-recommendations", 45, (("give", 44), ("pause", 6)), months=12),
    Course("zheng-hao", "scholarship-income-check", 20, (("give", 19),), months=3, shares=18),
    Course("zheng-hao", "flu-vaccine-study", 5),
    Course("liu-yang", "water-relief", 2),
    Course("chen-jing", "loan-preapproval", 30, (("give", 29),), months=6, shares=28),
)


def register(cast: Cast, *, at: datetime) -> None:
    """Every purpose proposed with its notice by its agency, and approved by the authority."""
    then = at - REGISTERED
    approver = cast.authority(1)
    for planned in cast.sample.purposes.values():
        proposer = cast.proposer(planned.agency)
        with acting_as(proposer):
            purpose = actions.register_purpose(_terms(cast.sample, planned), actor=proposer, at=then)
            actions.publish_notice(
                purpose,
                short_zh=planned.notice.zh,
                short_en=planned.notice.en,
                full_zh=_whole_notice(planned, "zh"),
                full_en=_whole_notice(planned, "en"),
                child_zh=planned.child.zh,
                child_en=planned.child.en,
                actor=proposer,
                at=then,
            )
        heard = then + policy.COMMENTS_AT_LEAST
        with acting_as(approver):
            if purpose.risk == Risk.HIGH:
                actions.open_for_comment(purpose, until=heard, actor=approver, at=then)
            actions.approve_purpose(purpose, actor=approver, at=heard)


def _whole_notice(planned: Planned, language: str) -> str:
    """What PIPL 17 and 30 want told: what for, each item and why, what a no means, the risks; one thing a paragraph."""
    wishes = [getattr(wish.reason, language) for wish in planned.items]
    why = {
        "zh": f"使用每一项数据的理由：{'；'.join(wishes)}。",
        "en": f"Why each item is used: {'; '.join(wishes)}.",
    }
    told = [planned.notice, planned.refusal, planned.risk]
    what_for, refusal, risk = (getattr(text, language) for text in told)
    no = {"zh": f"如果您不同意：{refusal}", "en": f"If you say no: {refusal}"}
    return "\n\n".join([what_for, why[language], no[language], risk])


def _terms(sample: City, planned: Planned) -> PurposeTerms:
    items = []
    for wish in planned.items:
        dataset = catalogue.dataset(sample.datasets[wish.dataset].unified)
        (item,) = catalogue.items_of(dataset, [wish.item])
        items.append(ItemTerms(item, wish.needed, wish.reason.zh, wish.reason.en))
    return PurposeTerms(
        code=planned.code,
        agency=catalogue.agency(planned.agency),
        recipients=[catalogue.agency(planned.recipient)],
        kind=planned.kind,
        name_zh=planned.title.zh,
        name_en=planned.title.en,
        if_refused_zh=planned.refusal.zh,
        if_refused_en=planned.refusal.en,
        risk="high" if planned.is_sensitive else "ordinary",
        risks_zh=planned.risk.zh,
        risks_en=planned.risk.en,
        impact_assessment=planned.impact_assessment,
        longest_days=round(planned.longest_months * MONTH),
        retention_days=round(planned.retention_months * MONTH),
        extendable=planned.extendable,
        items=items,
    )


def answer(cast: Cast, people: dict[str, bytes], *, at: datetime) -> None:
    """Ask the sample's people, and let them answer as their courses say."""
    for course in COURSES:
        planned = cast.sample.purposes[course.purpose]
        asker = cast.client(planned.agency)
        asked_at = at - timedelta(days=course.asked)
        with acting_as(asker):
            purpose = queries.purpose(course.purpose)
            consent = actions.ask(people[course.person], purpose, actor=asker, at=asked_at)
        if course.answers:
            _user, citizen = sign_in(cast.sample, course.person, at=asked_at)
            _take_course(cast, course, consent, purpose, citizen, at=at)


def _take_course(
    cast: Cast, course: Course, consent: Consent, purpose: Purpose, citizen: Actor, *, at: datetime
) -> None:
    """The steps in their order of time, the holder's use of the consent among them."""
    steps = [*course.answers, *([("share", course.shares)] if course.shares is not None else [])]
    for step, ago in sorted(steps, key=lambda pair: -pair[1]):
        then = at - timedelta(days=ago)
        match step:
            case "share":
                _share(cast, course, at=then)
            case "give":
                with acting_as(citizen):
                    _give(consent, purpose, course.months, citizen, at=then)
            case "refuse":
                with acting_as(citizen):
                    actions.refuse(consent, actor=citizen, at=then)
            case "withdraw":
                with acting_as(citizen):
                    actions.withdraw(consent, actor=citizen, at=then)
            case "pause":
                with acting_as(citizen):
                    actions.pause(consent, actor=citizen, at=then)


def _give(consent: Consent, purpose: Purpose, months: int, citizen: Actor, *, at: datetime) -> None:
    notice = queries.current_notice(purpose.pk)
    days = round((months or 6) * MONTH)
    actions.give(
        consent,
        items=[wish.item_id for wish in queries.items_of(purpose.pk) if wish.is_needed],
        valid_until=at + timedelta(days=min(days, purpose.longest_days)),
        notice=notice.pk if notice else consent.notice_id,
        language="zh",
        actor=citizen,
        at=at,
    )


def _share(cast: Cast, course: Course, *, at: datetime) -> None:
    """The holder asks whether it may, and shares in the same breath."""
    planned = cast.sample.purposes[course.purpose]
    dataset = cast.sample.datasets[planned.items[0].dataset]
    person = cast.sample.citizens[course.person]
    holder = cast.client(dataset.agency)
    question = Question(
        subject=person.number,
        purpose=planned.code,
        dataset=dataset.unified,
        items=[wish.item for wish in planned.items if wish.needed and wish.dataset == dataset.code],
        recipient=planned.recipient,
        share=reporting.share_under_consent(cast.sample, planned, dataset, course.person, at),
    )
    with acting_as(holder):
        decisions.decide(question, actor=holder, at=at)
