"""Every change to where an agency's own log of use answers, by its administrator; and how that log is asked.

The protocol is Estonia's Data Tracker 2.1 (Andmejälgija): `v2/findUsage`, `v2/usagePeriod`, `v2/heartbeat`. Its query
carries a person's number, so it is never logged, and an answer is shown and forgotten.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.ledger import queries
from portal.ledger.models import Tracker
from portal.outbox import addresses, calling
from portal.outbox import policy as outbox_policy
from portal.trail import actions as trail
from portal.trail import vault
from portal.trail.actor import Actor
from portal.trail.errors import Conflict, Invalid, NotFound
from portal.trail.ids import new_id

BUDGET: Final = 0.5  # seconds for all of them together: they are asked at once
MOST_BYTES: Final = 1024 * 1024
MOST_USES: Final = 100
LOOKS_BACK: Final = timedelta(days=365)
SAME_MOMENT: Final = timedelta(seconds=1)


class TrackerThere(Conflict):
    code = "tracker-there"
    message = _("Your agency has a log in use already. Switch it off first.")


class TrackerOff(Conflict):
    code = "tracker-off"
    message = _("This log is switched off. Register it again.")


class TrackerSilent(Invalid):
    code = "tracker-silent"
    message = _("The log did not answer as the protocol says within two seconds.")


@dataclass(frozen=True)
class Use:
    """One line of a department's own log."""

    at: datetime
    action: str
    recipient: str
    system: str


@dataclass(frozen=True)
class Asked:
    """A log that is to be asked; everything that is needed to do so outside a transaction."""

    agency_id: UUID
    agency: str
    url: str
    token: str
    withheld: tuple[datetime, ...]  # moments of which the person must not hear for now


@dataclass(frozen=True)
class Answered:
    """What one department said: its uses, newest first, or why there are none."""

    agency: str
    uses: tuple[Use, ...] = ()
    more: int = 0  # how many beyond those shown
    failure: str = ""  # "late" or "failed"


# ------------------------------------------------------------------ registering
def place(tracker_id: UUID) -> str:
    """Where a tracker's token belongs in the vault."""
    return f"ledger.tracker:{tracker_id}"


@transaction.atomic
def register(agency_id: UUID, *, url: str, actor: Actor, at: datetime) -> tuple[Tracker, str]:
    """An agency's own log, and the token that we shall show it, told this once; raises AddressRefused, TrackerThere."""
    outbox_policy.require_keeper(actor, agency_id)
    addresses.target(url)
    if Tracker.objects.select_for_update().filter(agency_id=agency_id, ended_at=None).exists():
        raise TrackerThere
    token = token_urlsafe(32)
    row = Tracker(id=new_id(), agency_id=agency_id, url=url, registered_at=at)
    row.token_sealed = vault.seal(token, place=place(row.pk))
    row.save(force_insert=True)
    trail.record("ledger.tracker.registered", actor=actor, at=at, about=row, agency=agency_id)
    return row, token


@transaction.atomic
def switch_off(tracker: Tracker, *, actor: Actor, at: datetime) -> None:
    """Ask this log no more. Not undone: register it again."""
    row = _locked(tracker, actor)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    trail.record("ledger.tracker.ended", actor=actor, at=at, about=row, agency=row.agency_id)


def try_it(tracker: Tracker, *, actor: Actor, at: datetime) -> None:
    """Ask a log whether it lives and since when it has records; raises TrackerSilent, TrackerOff."""
    outbox_policy.require_keeper(actor, tracker.agency_id)
    if tracker.ended_at is not None:
        raise TrackerOff
    token = vault.open_sealed(tracker.token_sealed, place=place(tracker.pk))
    try:
        alive = _get(tracker.url, "heartbeat", token, {}, seconds=1)
        period = _get(tracker.url, "usagePeriod", token, {}, seconds=1)
        since = datetime.fromisoformat(period["periodStart"])
    except (*calling.FAILURES, ValueError, KeyError, TypeError) as error:
        raise TrackerSilent from error
    if alive.get("status") != "OK" or since > at:
        raise TrackerSilent
    trail.record("ledger.tracker.tried", actor=actor, at=at, about=tracker, agency=tracker.agency_id, since=since)


def _locked(tracker: Tracker, actor: Actor) -> Tracker:
    row = Tracker.objects.select_for_update(of=("self",)).filter(pk=tracker.pk).first()
    if row is None:
        raise NotFound
    outbox_policy.require_keeper(actor, row.agency_id)
    if row.ended_at is not None:
        raise TrackerOff
    return row


# ------------------------------------------------------------------ asking
def to_ask() -> list[Asked]:
    """The logs in use, with what must be kept back of their answers; for a citizen's own transaction; two queries."""
    withheld = queries.withheld_moments()
    return [
        Asked(
            row.agency_id,
            row.agency.name,
            row.url,
            vault.open_sealed(row.token_sealed, place=place(row.pk)),
            tuple(withheld.get(row.agency_id, ())),
        )
        for row in queries.trackers_in_use()
    ]


def ask_all(logs: Sequence[Asked], number: str, *, at: datetime, budget: float) -> Iterator[Answered]:
    """Each log's answer as it comes; those that have not answered when `budget` is over come last, as late.

    Nobody waits for a thread that hangs: the calls have time-outs of their own.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, len(logs)), thread_name_prefix="tracker")
    try:
        asked: dict[Future[Answered], Asked] = {pool.submit(ask, log, number, at, budget): log for log in logs}
        waiting = set(asked)
        try:
            for answer in as_completed(asked, timeout=budget):
                waiting.discard(answer)
                yield answer.result()
        except OutOfTime:
            for late in sorted(waiting, key=lambda one: asked[one].agency):
                yield Answered(asked[late].agency, failure="late")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def ask(log: Asked, number: str, at: datetime, seconds: float) -> Answered:
    """One log's answer about one person; a failure is told, never raised."""
    query = {
        "userCode": number,
        "periodStart": (at - LOOKS_BACK).isoformat(timespec="seconds"),
        "limit": str(MOST_USES),
    }
    try:
        told = _get(log.url, "findUsage", log.token, query, seconds=seconds, user=number)
        uses = [_use(row) for row in told["usages"][:MOST_USES]]
        total = int(told.get("totalUsages", len(uses)))
    except TimeoutError:
        return Answered(log.agency, failure="late")
    except (*calling.FAILURES, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return Answered(log.agency, failure="failed")
    shown = [use for use in uses if not any(abs(use.at - moment) < SAME_MOMENT for moment in log.withheld)]
    shown.sort(key=lambda use: use.at, reverse=True)
    return Answered(log.agency, tuple(shown), max(0, total - len(uses)))


def _use(row: Mapping[str, Any]) -> Use:
    at = datetime.fromisoformat(row["logtime"])
    name = row.get("receiverName") or row["receiverCode"]
    texts = [str(text)[:300] for text in (row["action"], name, row["receiverSystem"])]
    return Use(at if at.tzinfo else at.replace(tzinfo=UTC), *texts)


def _get(
    url: str, what: str, token: str, query: Mapping[str, str], *, seconds: float, user: str = ""
) -> Mapping[str, Any]:
    """A call's JSON object. Raises one of calling.FAILURES, TimeoutError, ValueError."""
    address = f"{url.rstrip('/')}/v2/{what}" + (f"?{urlencode(query)}" if query else "")
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    headers |= {"x-road-userid": user} if user else {}
    told = orjson.loads(calling.get(address, headers, until=time.monotonic() + seconds, most=MOST_BYTES))
    if not isinstance(told, dict):
        raise ValueError("not an object")  # noqa: TRY004  # a fault of the answer, not of our types
    return told
