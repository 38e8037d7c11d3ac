"""How long a use is allowed, changed by the person: shorter at once, longer by a decision of its own."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent import policy
from consent.actions import steps
from consent.actions.answers import agreed_notice, answered, chosen_of, require_decider, require_term
from consent.errors import NotExtendable, NotShorter
from consent.models import Consent, Move, Notice
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
    require_term(consent, valid_until, at=at)
    steps.move_to(consent, Move.SUPERSEDED, actor=actor, at=at, ended_at=at, paused_at=None)
    steps.note(consent, Move.SUPERSEDED, actor=actor, at=at)
    anew = _asked_anew(consent, current, at=at)
    told = {"language": "en" if language.startswith("en") else "zh-hans", "decided_at": at, "acted_by": actor.user_id}
    steps.move_to(anew, Move.GIVEN, actor=actor, at=at, items=chosen, valid_from=at, valid_until=valid_until, **told)
    steps.note(anew, Move.GIVEN, actor=actor, at=at, shown_hash=current.hash_in(language))
    return anew


def _asked_anew(before: Consent, notice: Notice, *, at: datetime) -> Consent:
    """The same question once more, for the one who puts it to themselves."""
    anew = Consent(
        subject_key=before.subject_key,
        purpose=before.purpose,
        notice=notice,
        kind=before.purpose.kind,
        recipients=before.recipients,
        parties=before.parties,
        asked_at=at,
        asked_by=before.asked_by,
        answer_by=before.answer_by,
    )
    anew.save(force_insert=True)
    return anew
