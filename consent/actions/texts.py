"""Notices: the next version of what citizens are told, proposed by one person and approved by another."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from consent import notices, policy, queries
from consent.errors import InvalidTerms, UnknownPurpose
from consent.models import Kind, Notice, Purpose
from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor


@transaction.atomic
def publish_notice(
    purpose: Purpose,
    *,
    short_zh: str,
    short_en: str,
    full_zh: str,
    full_en: str,
    child_zh: str = "",
    child_en: str = "",
    asks_anew: bool = True,
    actor: Actor,
    at: datetime,
) -> Notice:
    """Propose the next version of what citizens are told; it is shown once a second person approved it.

    Unless it changes the wording alone, it `asks_anew`: what was allowed under older texts ends with its approval.
    """
    purpose = _locked(purpose)
    policy.require(actor, "consent.publish_notice", purpose)
    texts = {"short_zh": short_zh, "short_en": short_en, "full_zh": full_zh, "full_en": full_en}
    texts |= {"child_zh": child_zh.strip(), "child_en": child_en.strip()}
    _require_texts(texts, purpose)
    last = purpose.notices.aggregate(last=models.Max("version"))["last"] or 0
    notice = Notice(purpose=purpose, version=last + 1, proposed_by=policy.signature(actor), proposed_at=at, **texts)
    notice.asks_anew, notice.review = asks_anew, purpose.reviews.first() if purpose.is_automated else None
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


def _require_texts(texts: Mapping[str, str], purpose: Purpose) -> None:
    """Both languages; and words for children where a guardian decides for one."""
    for name, text in texts.items():
        if not text.strip() and not name.startswith("child_"):
            raise InvalidTerms(_("Say this in both languages."), field=name)
    if purpose.kind == Kind.GUARDIAN and not (texts["child_zh"] and texts["child_en"]):
        raise InvalidTerms(_("Say it in words for children too, in both languages."), field="child_zh")


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
        if notice.asks_anew and notice.version > 1:
            outbox.put(
                "consent.terms.changed",
                purpose_id=notice.purpose_id,
                anew_id=notice.purpose_id,
                below=notice.version,
            )
    return notice


def _locked(purpose: Purpose) -> Purpose:
    found = Purpose.objects.select_for_update().filter(pk=purpose.pk).first()
    if found is None:
        raise UnknownPurpose
    return found
