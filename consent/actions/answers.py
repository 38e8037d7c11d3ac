"""What a person answers, and how a consent ends. Nothing here is ever implied: each is an act of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent import policy, queries, receipts
from consent.actions import steps
from consent.errors import (
    GuardianDecides,
    ItemNotAsked,
    NeededItemMissing,
    NotAskable,
    NothingChosen,
    NoticeChanged,
    TooLong,
)
from consent.models import Consent, Kind, Move, Notice
from consent.states import STANDING, ConsentState, PurposeState
from portal.accounts import queries as accounts
from portal.law import queries as law
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove
from portal.trail.ids import new_id

A_BATCH: Final = 500


@transaction.atomic
def give(
    consent: Consent,
    *,
    items: Iterable[UUID],
    valid_until: datetime,
    notice: UUID,
    language: str,
    actor: Actor,
    at: datetime,
) -> Consent:
    """Allow a use of the `items` ticked, until `valid_until`, having been shown `notice` in `language`.

    Raises NoticeChanged if another version is current, NothingChosen, NeededItemMissing, ItemNotAsked, TooLong (at
    their fields), GuardianDecides under the age of the law, IllegalMove, NotPermitted. Nothing is then changed.
    """
    consent = steps.locked(consent)
    policy.require(actor, "consent.answer", consent)
    current = _agreed_notice(consent, notice)
    _require_decider(consent, actor, at=at)
    chosen, event_id = _chosen(consent, items), new_id()
    language = "en" if language.startswith("en") else "zh-hans"
    if not at < valid_until <= at + timedelta(days=consent.purpose.longest_days):
        raise TooLong
    steps.move_to(
        consent,
        Move.GIVEN,
        actor=actor,
        at=at,
        notice=current,
        items=chosen,
        language=language,
        decided_at=at,
        valid_from=at,
        valid_until=valid_until,
        acted_by=actor.user_id,
        on_behalf_of=actor.on_behalf_of,
    )
    receipt, shown = receipts.sign(consent, Move.GIVEN, event_id=event_id, at=at), current.hash_in(language)
    steps.note(consent, Move.GIVEN, actor=actor, at=at, event_id=event_id, shown_hash=shown, receipt=receipt)
    return consent


def _agreed_notice(consent: Consent, shown: UUID) -> Notice:
    """The notice that was shown, if it is the current one and the question still open."""
    if consent.state != ConsentState.REQUESTED:  # a paused one is resumed, on the terms that were agreed
        raise IllegalMove
    if consent.purpose.state != PurposeState.APPROVED:
        raise NotAskable
    current = queries.current_notice(consent.purpose_id)
    if current is None or current.pk != shown:
        raise NoticeChanged
    return current


def _chosen(consent: Consent, items: Iterable[UUID]) -> list[UUID]:
    """The ticked items in the purpose's order, if they can be allowed together."""
    ticked, wishes = set(items), queries.items_of(consent.purpose_id)
    if not ticked:
        raise NothingChosen
    if ticked - {wish.item_id for wish in wishes}:
        raise ItemNotAsked
    if {wish.item_id for wish in wishes if wish.is_needed} - ticked:
        raise NeededItemMissing
    return [wish.item_id for wish in wishes if wish.item_id in ticked]


def _require_decider(consent: Consent, actor: Actor, *, at: datetime) -> None:
    """Under the age of the law a guardian decides, and nobody else (PIPL 31)."""
    if actor.mandate is not None and actor.mandate.is_guardian:
        return
    born_on = accounts.identity_of(consent.subject_key).born_on
    of_age = law.age(born_on, timezone.localdate(at)) >= law.jurisdiction().ages.guardian_below
    if consent.kind == Kind.GUARDIAN or not of_age:
        raise GuardianDecides


@transaction.atomic
def refuse(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Say no. The same purpose is not asked again for a while. A child does not decide: GuardianDecides."""
    consent = _answered(consent, actor)
    _require_decider(consent, actor, at=at)
    steps.move_to(
        consent,
        Move.REFUSED,
        actor=actor,
        at=at,
        decided_at=at,
        ended_at=at,
        ask_again_after=at + policy.AFTER_REFUSAL,
        acted_by=actor.user_id,
        on_behalf_of=actor.on_behalf_of,
    )
    steps.note(consent, Move.REFUSED, actor=actor, at=at)
    return consent


@transaction.atomic
def withdraw(consent: Consent, *, actor: Actor, at: datetime, erase: bool = False) -> Consent:
    """Stop a use at once: decisions deny as soon as this commits. What was done before stays done (PIPL 15).

    It stays open at each recipient until it acknowledges that it stopped and, with `erase`, that it erased.
    """
    consent = _answered(consent, actor)
    event_id = new_id()
    steps.move_to(consent, Move.WITHDRAWN, actor=actor, at=at, ended_at=at, paused_at=None)
    receipt = receipts.sign(consent, Move.WITHDRAWN, event_id=event_id, at=at)
    steps.note(consent, Move.WITHDRAWN, actor=actor, at=at, event_id=event_id, receipt=receipt, erase=erase)
    return consent


@transaction.atomic
def pause(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Hold a use until it is resumed; its last day stays as it was."""
    consent = _answered(consent, actor)
    steps.move_to(consent, Move.PAUSED, actor=actor, at=at, paused_at=at)
    steps.note(consent, Move.PAUSED, actor=actor, at=at)
    return consent


@transaction.atomic
def resume(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Let a paused use go on, on the terms that were agreed. A child does not decide: GuardianDecides."""
    consent = _answered(consent, actor)
    if consent.state != ConsentState.PAUSED:
        raise IllegalMove
    _require_decider(consent, actor, at=at)
    steps.move_to(consent, Move.RESUMED, actor=actor, at=at, paused_at=None)
    steps.note(consent, Move.RESUMED, actor=actor, at=at)
    return consent


def use_up(consent: Consent, *, actor: Actor, at: datetime) -> None:
    """End a consent for a single use; the caller holds its lock and has permitted the use."""
    steps.move_to(consent, Move.USED, actor=actor, at=at, used_at=at, ended_at=at)
    steps.note(consent, Move.USED, actor=actor, at=at)


@transaction.atomic
def expire_due(*, actor: Actor, at: datetime) -> int:
    """End what has reached its last day and let unanswered questions lapse; how many. Decisions don't wait for it."""
    policy.require(actor, "consent.expire")
    due = Q(state__in=STANDING, valid_until__lte=at) | Q(state=ConsentState.REQUESTED, answer_by__lte=at)
    rows = Consent.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(due)
    taken = list(rows.select_related("purpose__agency", "notice")[:A_BATCH])
    for consent in taken:
        if consent.state == ConsentState.REQUESTED:
            steps.move_to(
                consent, Move.LAPSED, actor=actor, at=at, ended_at=at, ask_again_after=at + policy.AFTER_LAPSE
            )
            steps.note(consent, Move.LAPSED, actor=actor, at=at)
        else:
            steps.move_to(consent, Move.EXPIRED, actor=actor, at=at, ended_at=at, paused_at=None)
            steps.note(consent, Move.EXPIRED, actor=actor, at=at)
    return len(taken)


def _answered(consent: Consent, actor: Actor) -> Consent:
    consent = steps.locked(consent)
    policy.require(actor, "consent.answer", consent)
    return consent
