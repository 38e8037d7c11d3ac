"""When what people agreed to has changed, what they allowed ends and they are asked anew (PIPL 14).

Consumer of `consent.terms.changed`, which says whose consents end (`purpose_id`, those given under a notice `below` a
version, or all), and for what their people are asked instead (`anew_id`).
"""

from contextlib import suppress
from datetime import datetime
from typing import Final

from consent import actions
from consent.actions import steps
from consent.errors import AlreadyAsked, AlreadyGiven, CoolingDown, NotAskable
from consent.models import Consent, Kind, Move, Purpose
from consent.states import LIVE, STANDING, ConsentState
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail.actor import Actor

A_BATCH: Final = 200


def ask_anew(message: Message, at: datetime) -> None:
    """End a batch of what was allowed and ask each of these people once; the rest follows by a message of its own.

    Silence is never consent: until they answer, nothing is permitted. Harmless when run twice: what has ended is
    passed over.
    """
    portal = Actor.portal()
    purpose = Purpose.objects.select_related("agency").get(pk=message.payload["anew_id"])
    rows = Consent.objects.filter(purpose=message.payload["purpose_id"], state__in=LIVE)
    below = message.payload.get("below")
    if below is not None:
        rows = rows.filter(notice__version__lt=below, state__in=STANDING)  # who was asked reads the new text anyway
    found = list(rows.order_by("subject_key", "id")[:A_BATCH])
    for one in found:
        _supersede(one, purpose, portal, at=at)
    if len(found) == A_BATCH:
        outbox.put("consent.terms.changed", **message.payload)


def _supersede(found: Consent, purpose: Purpose, portal: Actor, *, at: datetime) -> None:
    consent = steps.locked(found)
    if consent.state not in LIVE:
        return
    was_allowed = consent.state != ConsentState.REQUESTED
    steps.move_to(consent, Move.SUPERSEDED, actor=portal, at=at, ended_at=at, paused_at=None)
    steps.note(consent, Move.SUPERSEDED, actor=portal, at=at)
    told = "consent_asked_anew" if was_allowed and consent.kind != Kind.GUARDIAN else None
    with suppress(NotAskable, CoolingDown, AlreadyAsked, AlreadyGiven):  # the person is to be left alone, or was asked
        actions.ask(consent.subject_key, purpose, actor=portal, at=at, told=told)
