"""When somebody reaches the age at which they decide themselves, what a guardian allowed is put to them anew."""

from contextlib import suppress
from datetime import datetime

from consent import actions
from consent.actions import steps
from consent.errors import CoolingDown, NotAskable
from consent.models import Consent, Kind, Move
from consent.states import STANDING
from portal.outbox.models import Message
from portal.trail.actor import Actor


def ask_anew(message: Message, at: datetime) -> None:
    """Supersede every consent of this person that somebody gave for them, and ask the person for each.

    Until they answer, nothing is permitted under it: silence is never consent. What only a guardian can be asked is
    not asked again. Harmless when run twice.
    """
    portal, key = Actor.portal(), bytes.fromhex(message.payload["subject_key"])
    rows = Consent.objects.filter(subject_key=key, state__in=STANDING, on_behalf_of__isnull=False)
    for found in rows.order_by("asked_at", "id"):
        consent = steps.locked(found)
        if consent.state not in STANDING:
            continue
        steps.move_to(consent, Move.SUPERSEDED, actor=portal, at=at, ended_at=at, paused_at=None)
        steps.note(consent, Move.SUPERSEDED, actor=portal, at=at)
        if consent.kind != Kind.GUARDIAN:
            with suppress(NotAskable, CoolingDown):  # the purpose has ended, or the person is to be left alone
                actions.ask(key, consent.purpose, actor=portal, at=at)
