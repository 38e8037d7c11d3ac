"""What a person answers, and how a consent ends. Nothing here is ever implied: each is an act of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consent import policy, queries
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
from consent.models import Consent, Kind, Move, Notice, Way
from consent.states import STANDING, ConsentState, PurposeState
from portal.accounts import queries as accounts
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove

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
    if consent.state != ConsentState.REQUESTED:  # a paused one is resumed, on the terms that were agreed
        raise IllegalMove
    current = agreed_notice(consent, notice)
    require_decider(consent, actor, at=at)
    chosen = chosen_of(consent, items)
    language = "en" if language.startswith("en") else "zh-hans"
    require_term(consent, valid_until, at=at)
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
    steps.note(consent, Move.GIVEN, actor=actor, at=at, shown_hash=current.hash_in(language))
    return consent


def agreed_notice(consent: Consent, shown: UUID) -> Notice:
    """The notice that was shown, if it is the current one and the purpose still in force."""
    if consent.purpose.state != PurposeState.APPROVED:
        raise NotAskable
    current = queries.current_notice(consent.purpose_id)
    if current is None or current.pk != shown:
        raise NoticeChanged
    return current


def require_term(consent: Consent, valid_until: datetime, *, at: datetime) -> None:
    """Raise TooLong for an end that has passed or lies beyond the purpose's longest term."""
    if not at < valid_until <= at + timedelta(days=consent.purpose.longest_days):
        raise TooLong


def chosen_of(consent: Consent, items: Iterable[UUID]) -> list[UUID]:
    """The ticked items in the purpose's order; raises NothingChosen, ItemNotAsked, NeededItemMissing."""
    ticked, wishes = set(items), queries.items_of(consent.purpose_id)
    if not ticked:
        raise NothingChosen
    if ticked - {wish.item_id for wish in wishes}:
        raise ItemNotAsked
    if {wish.item_id for wish in wishes if wish.is_needed} - ticked:
        raise NeededItemMissing
    return [wish.item_id for wish in wishes if wish.item_id in ticked]


def require_decider(consent: Consent, actor: Actor, *, at: datetime) -> None:
    """Under the age of the law a guardian decides, and nobody else (PIPL 31)."""
    if actor.mandate is not None and actor.mandate.is_guardian:
        return
    born_on = accounts.identity_of(consent.subject_key).born_on
    if consent.kind == Kind.GUARDIAN or not policy.decides_alone(born_on, timezone.localdate(at)):
        raise GuardianDecides


@transaction.atomic
def refuse(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Say no. The same purpose is not asked again for a while. A child does not decide: GuardianDecides."""
    consent = answered(consent, actor)
    require_decider(consent, actor, at=at)
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
def withdraw(consent: Consent, *, actor: Actor, at: datetime, way: Way = Way.PAGE) -> Consent:
    """Stop a use at once: decisions deny as soon as this commits. What was done before stays done (PIPL 15)."""
    consent = answered(consent, actor)
    steps.move_to(consent, Move.WITHDRAWN, actor=actor, at=at, ended_at=at, paused_at=None)
    steps.note(consent, Move.WITHDRAWN, actor=actor, at=at, way=way)
    return consent


@transaction.atomic
def withdraw_together(consents: Iterable[Consent], *, actor: Actor, at: datetime) -> list[Consent]:
    """Stop several uses in one act, each with its own step and receipt; those that have ended already are left alone.

    Returns what was stopped. Locked in the order of their ids, so that two such acts never wait for each other.
    """
    stopped = []
    for found in sorted(consents, key=lambda one: one.id):
        consent = answered(found, actor)
        if consent.state in STANDING:
            stopped.append(withdraw(consent, actor=actor, at=at, way=Way.TOGETHER))
    return stopped


@transaction.atomic
def pause(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Hold a use until it is resumed; its last day stays as it was."""
    consent = answered(consent, actor)
    steps.move_to(consent, Move.PAUSED, actor=actor, at=at, paused_at=at)
    steps.note(consent, Move.PAUSED, actor=actor, at=at)
    return consent


@transaction.atomic
def resume(consent: Consent, *, actor: Actor, at: datetime) -> Consent:
    """Let a paused use go on, on the terms that were agreed. A child does not decide: GuardianDecides."""
    consent = answered(consent, actor)
    if consent.state != ConsentState.PAUSED:
        raise IllegalMove
    require_decider(consent, actor, at=at)
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


def answered(consent: Consent, actor: Actor) -> Consent:
    consent = steps.locked(consent)
    policy.require(actor, "consent.answer", consent)
    return consent
