"""Asking a person for consent to an approved purpose."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from consent import policy, queries
from consent.actions import steps
from consent.errors import AlreadyAsked, AlreadyGiven, CoolingDown, NotAskable
from consent.models import Consent, Move, Notice, Purpose
from consent.states import LIVE, ConsentState, PurposeState
from portal.trail.actor import Actor


@transaction.atomic
def ask(subject_key: bytes, purpose: Purpose, *, actor: Actor, at: datetime, told: str | None = None) -> Consent:
    """Put a purpose to a person, who finds every item unticked and may say no.

    A question that waits under an older notice is replaced. Raises NotAskable, AlreadyAsked, AlreadyGiven,
    CoolingDown (with `until`), NotPermitted.
    """
    policy.require(actor, "consent.ask", purpose)
    notice = queries.current_notice(purpose.pk)
    if purpose.state != PurposeState.APPROVED or notice is None or not purpose.rests_on_consent:
        raise NotAskable
    _make_way(subject_key, purpose, notice, actor=actor, at=at)
    recipients = sorted(purpose.recipients.values_list("pk", flat=True))
    consent = Consent(
        subject_key=subject_key,
        purpose=purpose,
        notice=notice,
        kind=purpose.kind,
        recipients=recipients,
        parties=_parties(purpose, recipients),
        asked_at=at,
        asked_by=purpose.agency_id,
        answer_by=at + policy.ANSWER_WITHIN,
    )
    try:
        with transaction.atomic():
            consent.save(force_insert=True)
    except IntegrityError as error:  # somebody else asked at the same moment
        raise AlreadyAsked from error
    steps.note(consent, Move.REQUESTED, actor=actor, at=at, told=told)
    return consent


def _parties(purpose: Purpose, recipients: list[UUID]) -> list[UUID]:
    """Who hears of it: who asks, who receives, who holds what is asked for."""
    holders = {wish.item.dataset.agency_id for wish in queries.items_of(purpose.pk)}
    return sorted({purpose.agency_id, *recipients, *holders})


def _make_way(subject_key: bytes, purpose: Purpose, notice: Notice, *, actor: Actor, at: datetime) -> None:
    """Refuse where the person was asked, allows it, or is to be left alone; replace a question with an older notice."""
    rows = Consent.objects.select_for_update(of=("self",), no_key=True).filter(subject_key=subject_key, purpose=purpose)
    for earlier in rows.select_related("purpose__agency", "notice").order_by("-asked_at"):
        if earlier.state == ConsentState.REQUESTED and earlier.notice_id != notice.pk:
            steps.move_to(earlier, Move.SUPERSEDED, actor=actor, at=at, ended_at=at)
            steps.note(earlier, Move.SUPERSEDED, actor=actor, at=at)
        elif earlier.state in LIVE:
            raise AlreadyAsked if earlier.state == ConsentState.REQUESTED else AlreadyGiven
        elif earlier.ask_again_after and earlier.ask_again_after > at:
            raise CoolingDown(earlier.ask_again_after)
