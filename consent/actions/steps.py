"""One step of a consent: the state, its event, the feed, the trail, the citizen's inbox and the agencies' webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from consent import receipts
from consent.errors import UnknownConsent
from consent.models import Consent, ConsentChange, ConsentEvent, Move, Way
from consent.states import ConsentState, require_move
from portal.accounts import queries as accounts
from portal.inbox import actions as inbox
from portal.outbox import actions as outbox
from portal.representation import actions as representation
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind
from portal.trail.canonical import plain

S = ConsentState
LEADS_TO: Final[Mapping[Move, ConsentState]] = {
    Move.REQUESTED: S.REQUESTED,
    Move.GIVEN: S.GIVEN,
    Move.REFUSED: S.REFUSED,
    Move.LAPSED: S.LAPSED,
    Move.SUPERSEDED: S.SUPERSEDED,
    Move.PAUSED: S.PAUSED,
    Move.RESUMED: S.GIVEN,
    Move.WITHDRAWN: S.WITHDRAWN,
    Move.EXPIRED: S.EXPIRED,
    Move.USED: S.EXPIRED,
}
TOLD: Final[Mapping[Move, str]] = {
    Move.REQUESTED: "consent_asked",
    Move.GIVEN: "consent_given",
    Move.REFUSED: "consent_refused",
    Move.PAUSED: "consent_paused",
    Move.RESUMED: "consent_resumed",
    Move.WITHDRAWN: "consent_withdrawn",
    Move.EXPIRED: "consent_expired",
    Move.USED: "consent_expired",
    Move.SHORTENED: "consent_shortened",
}
WITHOUT_RECEIPT: Final = frozenset({Move.REQUESTED, Move.LAPSED})  # nothing was decided
# The feed and webhooks speak of what changed for an agency: a used-up consent has expired for everybody, and a
# shortened one stands on the terms that are now told.
NEWS: Final[Mapping[Move, Move]] = {Move.USED: Move.EXPIRED, Move.SHORTENED: Move.GIVEN}


def locked(consent: Consent) -> Consent:
    """The consent as it is now, held until the transaction ends, so that two acts on it follow one another."""
    rows = Consent.objects.select_for_update(of=("self",), no_key=True).select_related("purpose__agency", "notice")
    found = rows.filter(subject_key=consent.subject_key, id=consent.id).first()
    if found is None:
        raise UnknownConsent
    return found


def move_to(consent: Consent, move: Move, *, actor: Actor, at: datetime, **fields: Any) -> None:
    """Take the step `move`, with what changes beside the state; raises IllegalMove."""
    after = LEADS_TO[move]
    require_move(consent.state, after)
    for name, value in {**fields, "state": after}.items():
        setattr(consent, name, value)
    consent.save(update_fields=["state", *fields])


def note(
    consent: Consent,
    move: Move,
    *,
    actor: Actor,
    at: datetime,
    shown_hash: bytes | None = None,
    way: Way | None = None,
    told: str | None = None,
) -> None:
    """Write down that the step was taken, with its receipt, and tell everybody concerned: in the caller's transaction.

    `told` names another letter than the step's own, or "" for none.
    """
    event = _event_of(consent, move, actor=actor, at=at)
    event.notice_hash = shown_hash
    event.way = way or (Way.PAGE if actor.kind is ActorKind.CITIZEN else "")
    if move not in WITHOUT_RECEIPT:
        event.receipt = receipts.sign(consent, event)
    event.save(force_insert=True)
    _tell_agencies(consent, NEWS.get(move, move), actor=actor, at=at)
    trail.record(
        f"consent.consent.{move.value}",
        actor=actor,
        at=at,
        about=consent,
        subject=consent.subject_key,
        agency=consent.purpose.agency_id,
        purpose=consent.purpose.code,
        notice=consent.notice.version,
        items=list(consent.items),
    )
    if actor.mandate is not None:
        purpose = consent.purpose
        names = {"about_zh": purpose.name_zh, "about_en": purpose.name_en}
        representation.tell_of_act(f"consent.{move.value}", **names, actor=actor, at=at)
    elif kind := TOLD.get(move, "") if told is None else told:
        _tell_citizen(consent, kind, at=at)


def _event_of(consent: Consent, move: Move, *, actor: Actor, at: datetime) -> ConsentEvent:
    return ConsentEvent(
        subject_key=consent.subject_key,
        consent_id=consent.id,
        move=move,
        at=at,
        actor_kind=actor.kind,
        actor_user=actor.user_id,
        actor_agency=actor.agency_id,
        actor_client=actor.client_id or "",
        on_behalf_of=actor.on_behalf_of,
        notice_version=consent.notice.version,
        language=consent.language,
        items=consent.items,
        valid_until=consent.valid_until,
        parties=consent.parties,
    )


def _tell_citizen(consent: Consent, kind: str, *, at: datetime) -> None:
    purpose, agency = consent.purpose, consent.purpose.agency
    names = {
        "purpose_zh": purpose.name_zh,
        "purpose_en": purpose.name_en,
        "agency_zh": agency.name_zh,
        "agency_en": agency.name_en,
    }
    answer_by = consent.answer_by if consent.state == ConsentState.REQUESTED else None
    inbox.tell(consent.subject_key, kind, at=at, about=consent, answer_by=answer_by, **names)


def _tell_agencies(consent: Consent, news: Move, *, actor: Actor, at: datetime) -> None:
    """A row in each party's feed, and a webhook to its endpoints; each knows the person by its own key."""
    ConsentChange.objects.bulk_create(
        ConsentChange(
            agency_id=party,
            subject_key=consent.subject_key,
            consent_id=consent.id,
            purpose=consent.purpose,
            move=news,
            at=at,
            valid_until=consent.valid_until,
            caused_by=None if actor.mandate else actor.agency_id,  # a clerk who assists acts for the person
        )
        for party in consent.parties
    )
    for party in consent.parties:
        data = {
            "consent": str(consent.id),
            "purpose": consent.purpose.code,
            "subject": accounts.pairwise_key(consent.subject_key, agency_id=party),
            "occurred_at": plain(at),
        }
        outbox.notify(party, f"consent.{news.value}", str(consent.id), data, at=at)
