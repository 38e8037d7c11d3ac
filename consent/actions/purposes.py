"""Purposes and notices: proposed by one person, approved by another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from consent import notices, policy, queries
from consent.errors import CodeTaken, InvalidTerms, NoticeMissing, UnknownPurpose
from consent.models import Kind, Need, Notice, Purpose, PurposeItem, Risk
from consent.states import PurposeState
from portal.law import queries as law
from portal.trail import actions as trail
from portal.trail.actor import Actor


class Row(Protocol):
    """A row of the catalogue, an agency or an item, of which only the key is used."""

    @property
    def pk(self) -> UUID: ...


@dataclass(frozen=True)
class ItemTerms:
    """One item that a purpose asks for, and why."""

    item: Row
    needed: bool
    why_zh: str
    why_en: str


@dataclass(frozen=True)
class PurposeTerms:
    """Everything a purpose says. No recipients: the agency itself. Validity and retention in days."""

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


_COPIED = (
    "code name_zh name_en longest_days retention_days if_refused_zh if_refused_en kind description_zh "
    "description_en legal_basis risk risks_zh risks_en impact_assessment extendable"
).split()
_REQUIRED = ("name_zh", "name_en", "if_refused_zh", "if_refused_en")


@transaction.atomic
def register_purpose(terms: PurposeTerms, *, actor: Actor, at: datetime) -> Purpose:
    """Propose a use that rests on consent. Raises InvalidTerms with the field to mend, CodeTaken, NotPermitted."""
    policy.require(actor, "consent.register", terms.agency.pk)
    _require_terms(terms)
    if Purpose.objects.filter(code=terms.code).exists():
        raise CodeTaken
    purpose = Purpose(agency_id=terms.agency.pk, registered_by=policy.signature(actor), registered_at=at)
    for name in _COPIED:
        setattr(purpose, name, getattr(terms, name))
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
            position=position,
        )
        for position, wish in enumerate(terms.items)
    )
    trail.record("consent.purpose.registered", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    return purpose


def _require_terms(terms: PurposeTerms) -> None:
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
    for name, least in (("longest_days", 1), ("retention_days", 0)):
        if getattr(terms, name) < least:
            raise InvalidTerms(_("Give a number of days."), field=name)
    basis = law.jurisdiction().legal_bases.get(terms.legal_basis)
    if basis is None or not (basis.consent_based or basis.duty_based):
        raise InvalidTerms(_("This legal basis rests neither on consent nor on a duty."), field="legal_basis")
    _require_items(terms.items)


def _require_items(items: Sequence[ItemTerms]) -> None:
    if not items:
        raise InvalidTerms(_("Name the items, one by one."), field="items")
    if len({wish.item.pk for wish in items}) < len(items):
        raise InvalidTerms(_("An item is named twice."), field="items")
    if not all(wish.why_zh.strip() and wish.why_en.strip() for wish in items):
        raise InvalidTerms(_("Say for each item why, in both languages."), field="items")


@transaction.atomic
def publish_notice(
    purpose: Purpose, *, short_zh: str, short_en: str, full_zh: str, full_en: str, actor: Actor, at: datetime
) -> Notice:
    """Propose the next version of what citizens are told; it is shown once a second person approved it."""
    purpose = _locked(purpose)
    policy.require(actor, "consent.publish_notice", purpose)
    texts = {"short_zh": short_zh, "short_en": short_en, "full_zh": full_zh, "full_en": full_en}
    for name, text in texts.items():
        if not text.strip():
            raise InvalidTerms(_("Say this in both languages."), field=name)
    last = purpose.notices.aggregate(last=models.Max("version"))["last"] or 0
    notice = Notice(purpose=purpose, version=last + 1, proposed_by=policy.signature(actor), proposed_at=at, **texts)
    items = queries.items_of(purpose.pk)
    for language in notices.LANGUAGES:
        setattr(notice, f"hash_{language}", notices.hash_of(notice, purpose, items, language))
    notice.save(force_insert=True)
    trail.record(
        "consent.notice.proposed",
        actor=actor,
        at=at,
        about=notice,
        agency=purpose.agency_id,
        version=notice.version,
        hash_zh=notice.hash_zh,
        hash_en=notice.hash_en,
    )
    return notice


@transaction.atomic
def approve_purpose(purpose: Purpose, *, actor: Actor, at: datetime) -> Purpose:
    """Approve a purpose and its newest notice: citizens may be asked from now on.

    Raises SamePerson, NoticeMissing, IllegalMove, NotPermitted.
    """
    purpose = _locked(purpose)
    policy.require(actor, "consent.approve", purpose)
    policy.require_second_person(actor, purpose.registered_by)
    purpose.move_to(PurposeState.APPROVED)
    newest = purpose.notices.order_by("-version").first()
    if newest is None:
        raise NoticeMissing
    if newest.approved_at is None:
        approve_notice(newest, actor=actor, at=at)
    purpose.approved_at = at
    purpose.approved_by = policy.signature(actor)
    purpose.save(update_fields=["state", "approved_at", "approved_by"])
    trail.record("consent.purpose.approved", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    return purpose


@transaction.atomic
def approve_notice(notice: Notice, *, actor: Actor, at: datetime) -> Notice:
    """Let a version of the notice be shown; whoever was asked under an older one reads this before deciding."""
    notice = Notice.objects.select_for_update(of=("self",)).select_related("purpose").get(pk=notice.pk)
    policy.require(actor, "consent.approve", notice.purpose)
    policy.require_second_person(actor, notice.proposed_by)
    if notice.approved_at is None:
        notice.approved_by, notice.approved_at = policy.signature(actor), at
        notice.save(update_fields=["approved_by", "approved_at"])
        trail.record("consent.notice.approved", actor=actor, at=at, about=notice, agency=notice.purpose.agency_id)
    return notice


@transaction.atomic
def end_purpose(purpose: Purpose, *, actor: Actor, at: datetime) -> Purpose:
    """Ask nobody any more, and permit nothing under it from now on."""
    purpose = _locked(purpose)
    policy.require(actor, "consent.end", purpose)
    purpose.move_to(PurposeState.ENDED)
    purpose.ended_at = at
    purpose.save(update_fields=["state", "ended_at"])
    trail.record("consent.purpose.ended", actor=actor, at=at, about=purpose, agency=purpose.agency_id)
    return purpose


def _locked(purpose: Purpose) -> Purpose:
    found = Purpose.objects.select_for_update().filter(pk=purpose.pk).first()
    if found is None:
        raise UnknownPurpose
    return found
