"""What becomes of representations when somebody closes their account."""

from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from portal.outbox.models import Message
from portal.representation import policy
from portal.representation.actions import steps
from portal.representation.models import Representation
from portal.representation.states import BY_LAW, LIVE, RULES, State
from portal.trail.actor import Actor, current

# What a person may not end themselves they don't end by leaving: a guardian stands by law, with or without an account.
STAYS: Final = [kind for kind in BY_LAW if not RULES[kind].person_may_end]


def leave(message: Message, at: datetime) -> None:
    """Consumer of accounts.account.closed. What began after it, with a new account, is left alone."""
    closed_at = parse_datetime(message.payload["at"]) or at
    end_of_closed(bytes.fromhex(message.payload["subject"]), closed_at=closed_at, actor=current(), at=at)


def end_of_closed(key: bytes, *, closed_at: datetime, actor: Actor, at: datetime) -> int:
    """End what the person granted, asked for or did for others, and tell the other side; how many."""
    policy.require(actor, "representation.leave")
    theirs = Q(representative_key=key) | (Q(subject_key=key) & ~Q(kind__in=STAYS))
    rows = Representation.objects.select_for_update(of=("self",)).filter(theirs, state__in=LIVE)
    ended = list(rows.filter(asked_at__lte=closed_at).order_by("asked_at", "id"))
    for row in ended:
        steps.close(row, State.ENDED, by=actor, at=at)
        steps.keep(row, "representation.ended", *steps.CLOSED, actor=actor, at=at, because="account closed")
        tell = steps.tell_representative if bytes(row.subject_key) == key else steps.tell_person
        tell(row, "representation_ended", at=at)
    return len(ended)
