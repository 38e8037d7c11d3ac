"""Purposes and notices: proposed by one person, approved by another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent import policy, risks
from consent.actions import texts
from consent.errors import (
    CodeTaken,
    CommentsNotHeard,
    CommentsUnanswered,
    InvalidTerms,
    NoticeMissing,
    ReviewMissing,
    UnknownPurpose,
)
from consent.models import Comment, EthicsReview, Kind, Need, Notice, Purpose, PurposeItem, Risk
from consent.states import PurposeState
from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor


class Row(Protocol):
    """A row of the catalogue, an agency or an item, of which only the key is used."""

    @property
    def pk(self) -> UUID: ...


@dataclass(frozen=True)
class ItemTerms:
    """One item that a purpose asks for, why, and why no narrower one would do."""

    item: Row
    needed: bool
    why_zh: str
    why_en: str
    narrower_zh: str = ""
    narrower_en: str = ""


@dataclass(frozen=True)
class PurposeTerms:
    """Everything a purpose says. No recipients: the agency itself. Validity and retention in days.

    `scenarios`: codes of the law's high-risk uses that the agency names; the portal adds those it sees by itself.
    `replaces`: the purpose whose consents end when this one is approved, and whose people are asked anew.
    """

    code: str
    agency: Row
    name_zh: str
    name_en: str
    longest_days: int
    retention_days: int
    if_refused_zh: str
    if_refused_en: str
    items: Sequence[ItemTerms]
    recipients: Sequence[Row] = ()
    kind: str = Kind.EXPRESS
    description_zh: str = ""
    description_en: str = ""
    legal_basis: str = "consent"
    risk: str = Risk.HIGH
    risks_zh: str = ""
    risks_en: str = ""
    impact_assessment: str = ""
    extendable: bool = False
    manner_zh: str = ""
    manner_en: str = ""
    duty: str = ""
    scenarios: Sequence[str] = ()
    is_automated: bool = False
    automated_zh: str = ""
    automated_en: str = ""
    replaces: Purpose | None = None


_COPIED = (
    "code name_zh name_en longest_days retention_days if_refused_zh if_refused_en kind description_zh "
    "description_en legal_basis risk risks_zh risks_en impact_assessment extendable manner_zh manner_en duty "
    "is_automated automated_zh automated_en replaces"
).split()
_REQUIRED = ("name_zh", "name_en", "if_refused_zh", "if_refused_en")


@transaction.atomic
def register_purpose(terms: PurposeTerms, *, actor: Actor, at: datetime) -> Purpose:
    """Propose a use that rests on consent. Raises InvalidTerms with the field to mend, CodeTaken, NotPermitted."""
    policy.require(actor, "consent.register", terms.agency.pk)
    scenarios = risks.scenarios_of(terms)
    _require_terms(terms, scenarios)
    if Purpose.objects.filter(code=terms.code).exists():
        raise CodeTaken
    purpose = Purpose(agency_id=terms.agency.pk, registered_by=policy.signature(actor), registered_at=at)
    for name in _COPIED:
        setattr(purpose, name, getattr(terms, name))
    purpose.scenarios = list(scenarios)
    purpose.rests_on_consent = law.jurisdiction().legal_bases[terms.legal_basis].consent_based
    try:
        with transaction.atomic():
            purpose.save(force_insert=True)
    except IntegrityError as error:  # two at once
        if "code" in str(error):
            raise CodeTaken from error
        raise
    through = Purpose.recipients.through
    through.objects.bulk_create(
        through(purpose_id=purpose.pk, agency_id=recipient.pk) for recipient in terms.recipients or [terms.agency]
    )
    PurposeItem.objects.bulk_create(
        PurposeItem(
            purpose=purpose,
            item_id=wish.item.pk,
            need=Need.NEEDED if wish.needed else Need.OPTIONAL,
            why_zh=wish.why_zh,
            why_en=wish.why_en,
            narrower_zh=wish.narrower_zh,
            narrower_en=wish.narrower_en,
            position=position,
        )
        for position, wish in enumerate(terms.items)
    )
    trail.record("consent.purpose.registered", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    return purpose


def _require_terms(terms: PurposeTerms, scenarios: Sequence[str]) -> None:
    """The database says the hard ones again; here each names its field."""
    try:
        validate_slug(terms.code)
    except ValidationError as error:
        raise InvalidTerms(_("Use letters, digits, dashes and underscores."), field="code") from error
    for name in _REQUIRED:
        if not getattr(terms, name).strip():
            raise InvalidTerms(_("Say this in both languages."), field=name)
    if terms.kind not in Kind.values:
        raise InvalidTerms(_("There is no such kind of consent."), field="kind")
    if terms.risk not in Risk.values:
        raise InvalidTerms(_("There is no such risk."), field="risk")
    if terms.risk == Risk.HIGH and not terms.impact_assessment.strip():
        raise InvalidTerms(_("A high risk needs an impact assessment. Give its number."), field="impact_assessment")
    if scenarios and not terms.impact_assessment.strip():
        named = law.jurisdiction().high_risk
        which = "; ".join(f"{named[code].title} ({named[code].article.title})" for code in scenarios)
        raise InvalidTerms(
            gettext("The law wants an impact assessment for: %(uses)s. Give its number.") % {"uses": which},
            field="impact_assessment",
        )
    for name, least in (("longest_days", 1), ("retention_days", 0)):
        if getattr(terms, name) < least:
            raise InvalidTerms(_("Give a number of days."), field=name)
    _require_basis(terms)
    _require_items(terms.items)


def _require_basis(terms: PurposeTerms) -> None:
    """A use rests on consent, or on a duty that is cited; what replaces another is the same agency's."""
    basis = law.jurisdiction().legal_bases.get(terms.legal_basis)
    if basis is None:
        raise InvalidTerms(_("There is no such legal basis."), field="legal_basis")
    if not basis.consent_based and not terms.duty.strip():
        raise InvalidTerms(_("Without consent, cite the law that makes this use a duty."), field="duty")
    if terms.is_automated and not (terms.automated_zh.strip() and terms.automated_en.strip()):
        raise InvalidTerms(_("Say in both languages how it decides."), field="automated_zh")
    if terms.replaces is not None and terms.replaces.agency_id != terms.agency.pk:
        raise InvalidTerms(_("A purpose replaces one of its own agency only."), field="replaces")


def _require_items(items: Sequence[ItemTerms]) -> None:
    if not items:
        raise InvalidTerms(_("Name the items, one by one."), field="items")
    if len({wish.item.pk for wish in items}) < len(items):
        raise InvalidTerms(_("An item is named twice."), field="items")
    if not all(wish.why_zh.strip() and wish.why_en.strip() for wish in items):
        raise InvalidTerms(_("Say for each item why, in both languages."), field="items")


@transaction.atomic
def open_for_comment(purpose: Purpose, *, until: datetime, actor: Actor, at: datetime) -> Purpose:
    """Let everybody read a proposed use and comment on it. Raises TooShort for less than the policy's days."""
    purpose = locked_purpose(purpose)
    policy.require(actor, "consent.open_for_comment", purpose)
    purpose.move_to(PurposeState.OPEN)
    if not purpose.notices.exists():
        raise NoticeMissing
    if until < at + policy.COMMENTS_AT_LEAST:
        raise InvalidTerms(
            gettext("Give people %(days)d days at least.") % {"days": policy.COMMENTS_AT_LEAST.days}, field="until"
        )
    purpose.comments_from, purpose.comments_until = at, until
    purpose.save(update_fields=["state", "comments_from", "comments_until"])
    trail.record("consent.purpose.opened", actor=actor, at=at, about=purpose, agency=purpose.agency_id, until=until)
    return purpose


@transaction.atomic
def approve_purpose(
    purpose: Purpose, *, answer_zh: str = "", answer_en: str = "", actor: Actor, at: datetime
) -> Purpose:
    """Approve a purpose and its newest notice: citizens may be asked from now on.

    What is of high risk was open for comment first, and the approval answers the comments. People who allowed what
    it replaces are asked anew. Raises SamePerson, NoticeMissing, ReviewMissing, CommentsNotHeard, CommentsUnanswered,
    IllegalMove, NotPermitted.
    """
    purpose = locked_purpose(purpose)
    policy.require(actor, "consent.approve", purpose)
    policy.require_second_person(actor, purpose.registered_by)
    purpose.move_to(PurposeState.APPROVED)
    newest = purpose.notices.order_by("-version").first()
    if newest is None:
        raise NoticeMissing
    _require_hearing(purpose, newest, answers=(answer_zh, answer_en), at=at)
    if newest.approved_at is None:
        texts.approve_notice(newest, actor=actor, at=at)
    purpose.approved_at = at
    purpose.approved_by = policy.signature(actor)
    purpose.comments_answer_zh, purpose.comments_answer_en = answer_zh.strip(), answer_en.strip()
    purpose.save(update_fields=["state", "approved_at", "approved_by", "comments_answer_zh", "comments_answer_en"])
    trail.record("consent.purpose.approved", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    if purpose.replaces is not None:
        end_purpose(purpose.replaces, actor=actor, at=at)
        outbox.put("consent.terms.changed", purpose_id=purpose.replaces_id, anew_id=purpose.pk)
    return purpose


def _require_hearing(purpose: Purpose, notice: Notice, *, answers: tuple[str, str], at: datetime) -> None:
    """The ethics review of what decides automatically, and the public's word on what is of high risk."""
    if purpose.is_automated and (notice.review is None or notice.review.renew_by < timezone.localdate(at)):
        raise ReviewMissing
    if purpose.risk != Risk.HIGH:
        return
    if purpose.comments_until is None or purpose.comments_until > at:
        raise CommentsNotHeard
    if Comment.objects.filter(purpose=purpose).exists() and not all(answer.strip() for answer in answers):
        raise CommentsUnanswered


@transaction.atomic
def record_review(purpose: Purpose, review: EthicsReview, *, actor: Actor, at: datetime) -> EthicsReview:
    """Keep the ethics review of a use that decides automatically; the next notice shows it. Raises InvalidTerms."""
    purpose = locked_purpose(purpose)
    policy.require(actor, "consent.publish_notice", purpose)
    for name in ("reviewers", "findings_zh", "findings_en"):
        if not getattr(review, name).strip():
            raise InvalidTerms(_("Say who reviewed it and what they found, in both languages."), field=name)
    if not review.reviewed_on <= timezone.localdate(at) < review.renew_by:
        raise InvalidTerms(_("A review lies in the past and is renewed in the future."), field="renew_by")
    review.purpose, review.recorded_by, review.recorded_at = purpose, policy.signature(actor), at
    review.save(force_insert=True)
    trail.record("consent.review.recorded", actor=actor, at=at, about=review, agency=purpose.agency_id)
    return review


@transaction.atomic
def end_purpose(purpose: Purpose, *, actor: Actor, at: datetime) -> Purpose:
    """Ask nobody any more, and permit nothing under it from now on."""
    purpose = locked_purpose(purpose)
    policy.require(actor, "consent.end", purpose)
    purpose.move_to(PurposeState.ENDED)
    purpose.ended_at = at
    purpose.save(update_fields=["state", "ended_at"])
    trail.record("consent.purpose.ended", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    return purpose


def locked_purpose(purpose: Purpose) -> Purpose:
    found = Purpose.objects.select_for_update().filter(pk=purpose.pk).first()
    if found is None:
        raise UnknownPurpose
    return found
