"""Asking many at once: the list is read and looked at, confirmed, and then worked off a batch at a time.

A number is never kept: a line holds the person's key until they were asked, and after that nobody's.
"""

import csv
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from consent import actions, policy, queries
from consent.errors import AlreadyAsked, AlreadyGiven, CoolingDown, InvalidTerms, NotAskable
from consent.models import AskingRound, Purpose, RoundLine
from consent.models.rounds import LineFault, LineOutcome, RoundState
from consent.states import PurposeState
from portal.accounts import queries as accounts
from portal.outbox import actions as outbox
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove, Refusal

LONGEST: Final = 10_000  # lines of one list
A_BATCH: Final = 100
_OUTCOMES: Final = {
    AlreadyAsked: LineOutcome.ALREADY_ASKED,
    AlreadyGiven: LineOutcome.ALREADY_GIVEN,
    CoolingDown: LineOutcome.COOLING_DOWN,
    NotAskable: LineOutcome.NOT_ASKABLE,
}


def identifiers_of(content: bytes) -> list[str]:
    """The first column of a CSV file, line by line. Raises InvalidTerms for what is no such file."""
    try:
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidTerms(_("Give a CSV file in UTF-8 with one number or key a line."), field="file") from error
    return [row[0].strip() if row else "" for row in rows]


@transaction.atomic
def upload(purpose: Purpose, identifiers: Iterable[str], *, actor: Actor, at: datetime) -> AskingRound:
    """Read a list of numbers or keys; nobody is asked yet. The same list again gives the same round.

    Raises NotAskable, InvalidTerms (at `file`) for a list that is empty or too long, NotPermitted.
    """
    policy.require(actor, "consent.ask", purpose)
    if purpose.state != PurposeState.APPROVED or queries.current_notice(purpose.pk) is None:
        raise NotAskable
    names = list(identifiers)
    if not 0 < len(names) <= LONGEST:
        raise InvalidTerms(gettext("Give 1 to %(most)d lines.") % {"most": LONGEST}, field="file")
    digest = sha256("\n".join(names).encode()).digest()
    before = AskingRound.objects.filter(purpose=purpose, digest=digest).first()
    if before is not None:
        return before
    lines = _lines(names, purpose)
    made = AskingRound(
        purpose=purpose,
        agency_id=purpose.agency_id,
        digest=digest,
        uploaded_by=policy.signature(actor),
        uploaded_at=at,
        total=len(lines),
        faulty=sum(bool(line.fault) for line in lines),
    )
    made.save(force_insert=True)
    for line in lines:
        line.round = made
    RoundLine.objects.bulk_create(lines, batch_size=1_000)
    trail.record("consent.round.uploaded", actor=actor, at=at, about=made, agency=made.agency_id, lines=made.total)
    return made


def _lines(names: list[str], purpose: Purpose) -> list[RoundLine]:
    known = accounts.known_subjects(names, agency_id=purpose.agency_id)
    formed = accounts.valid_numbers(names).keys() | known.keys()
    seen, lines = set[bytes](), list[RoundLine]()
    for position, name in enumerate(names, 1):
        key = known.get(name)
        fault = LineFault.TWICE if key in seen else "" if key else LineFault.UNKNOWN
        if name not in formed:
            fault = LineFault.MALFORMED
        lines.append(RoundLine(position=position, subject_key=None if fault else key, fault=fault))
        if key:
            seen.add(key)
    return lines


@transaction.atomic
def confirm(asking: AskingRound, *, actor: Actor, at: datetime) -> AskingRound:
    """Ask everybody on the list, from now on and as fast as the workers go. Raises IllegalMove, NotPermitted."""
    asking = AskingRound.objects.select_for_update(of=("self",)).select_related("purpose").get(pk=asking.pk)
    policy.require(actor, "consent.ask", asking.purpose)
    if asking.state != RoundState.UPLOADED:
        raise IllegalMove
    asking.state, asking.confirmed_at = RoundState.CONFIRMED, at
    asking.save(update_fields=["state", "confirmed_at"])
    outbox.put("consent.round.confirmed", round_id=asking.pk)
    trail.record("consent.round.confirmed", actor=actor, at=at, about=asking, agency=asking.agency_id)
    return asking


def work(message: Message, at: datetime) -> None:
    """Ask a batch of a confirmed round; the rest follows by a message of its own. Harmless when run twice."""
    portal = Actor.portal()
    rows = AskingRound.objects.select_for_update(of=("self",)).select_related("purpose__agency")
    asking = rows.get(pk=message.payload["round_id"])
    if asking.state != RoundState.CONFIRMED:
        return
    lines = list(asking.lines.filter(subject_key__isnull=False).order_by("position")[:A_BATCH])
    for line in lines:
        line.outcome = _asked(bytes(line.subject_key or b""), asking.purpose, portal, at=at)
        line.subject_key = None
    RoundLine.objects.bulk_update(lines, ["outcome", "subject_key"])
    asking.handled += len(lines)
    if len(lines) == A_BATCH:
        outbox.put("consent.round.confirmed", round_id=asking.pk)
    else:
        asking.state, asking.done_at = RoundState.DONE, at
    asking.save(update_fields=["state", "done_at", "handled"])


def _asked(key: bytes, purpose: Purpose, portal: Actor, *, at: datetime) -> LineOutcome:
    try:
        actions.ask(key, purpose, actor=portal, at=at)
    except Refusal as refusal:
        return next(outcome for kind, outcome in _OUTCOMES.items() if isinstance(refusal, kind))
    return LineOutcome.ASKED


def progress(asking: AskingRound) -> str:
    """How far it is, in words."""
    wanted = asking.total - asking.faulty
    said = ngettext("%(done)d of %(all)d person asked", "%(done)d of %(all)d people asked", wanted)
    return said % {"done": asking.handled, "all": wanted}
