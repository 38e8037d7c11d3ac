"""How long a use is allowed, changed by the person: shorter at once, longer by a decision of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from consent import policy
from consent.actions import steps
from consent.actions.answers import agreed_notice, answered, chosen_of, require_decider
from consent.errors import NotExtendable, NotShorter, TooLong
from consent.models import Consent, Move
from consent.states import STANDING, ConsentState
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove


@transaction.atomic
def shorten(consent: Consent, *, valid_until: datetime, actor: Actor, at: datetime) -> Consent:
    """End a use sooner than agreed. Raises NotShorter for a day that is no sooner or has passed, IllegalMove.

    What is paused is resumed or stopped first: its last step must go on telling that nothing is permitted.
    """
    consent = answered(consent, actor)
    if consent.state != ConsentState.GIVEN or consent.valid_until is None:
        raise IllegalMove
    if not at < valid_until < consent.valid_until:
        raise NotShorter
    consent.valid_until = valid_until
    consent.save(update_fields=["valid_until"])
    steps.note(consent, Move.SHORTENED, actor=actor, at=at)
    return consent


@transaction.atomic
def extend(
    consent: Consent,
    *,
    items: Iterable[UUID],
    valid_until: datetime,
    notice: UUID,
    language: str,
    actor: Actor,
    at: datetime,
) -> Consent:
    """Decide anew about a use that stands: what was allowed is replaced by what is allowed now. Returns the new one.

    A decision like the first, with nothing ticked and the current notice; never a representative's to take. Raises
    NotExtendable where the purpose may not be extended, and what `give` raises; then the old consent stands as it was.
    """
    consent = steps.locked(consent)
    policy.require(actor, "consent.extend", consent)
    if consent.state not in STANDING:
        raise IllegalMove
    if not consent.purpose.extendable:
        raise NotExtendable
    current = agreed_notice(consent, notice)
    require_decider(consent, actor, at=at)
    chosen = chosen_of(consent, items)
    if not at < valid_until <= at + timedelta(days=consent.purpose.longest_days):
        raise TooLong
    steps.move_to(consent, Move.SUPERSEDED, actor=actor, at=at, ended_at=at, paused_at=None)
    steps.note(consent, Move.SUPERSEDED, actor=actor, at=at)
    anew = Consent(
        subject_key=consent.subject_key,
        purpose=consent.purpose,
        notice=current,
        kind=consent.purpose.kind,
        recipients=consent.recipients,
        parties=consent.parties,
        asked_at=at,
        asked_by=consent.asked_by,
        answer_by=consent.answer_by,
    )
    anew.save(force_insert=True)
    steps.move_to(
        anew,
        Move.GIVEN,
        actor=actor,
        at=at,
        items=chosen,
        language="en" if language.startswith("en") else "zh-hans",
        decided_at=at,
        valid_from=at,
        valid_until=valid_until,
        acted_by=actor.user_id,
    )
    steps.note(anew, Move.GIVEN, actor=actor, at=at, shown_hash=current.hash_in(language))
    return anew
