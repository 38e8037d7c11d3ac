"""A whole cohort at once: who of up to a million people permits this use, exactly as if each were asked alone.

Keys come in by COPY, one statement judges all of them in one snapshot, the log's rows are appended by another, and
both have committed before the first line of the answer leaves. Only pieces of the input are ever in memory.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent import policy, queries, rule
from consent.errors import NobodyNamed, OneByOne, TooManySubjects
from consent.models import Kind, Purpose
from consent.states import PurposeState
from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.trail import actions as trail
from portal.trail import keys
from portal.trail.actor import Actor
from portal.trail.canonical import plain

MOST: Final = 1_000_000
BLOCK: Final = 64 * 1024
PIECE: Final = 20_000  # lines worked on at a time
LONGEST_LINE: Final = 400
PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
TOKEN_LIFE: Final = timedelta(seconds=60)

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS consent_cohort (place integer, subject_key bytea, given text) ON COMMIT DROP;
TRUNCATE consent_cohort;
DROP TABLE IF EXISTS consent_cohort_found, consent_cohort_covered;
"""
# One statement, so one snapshot. Row-level security hides consents that don't concern the caller, as for one person.
_FIND = f"""
CREATE TEMP TABLE consent_cohort_found ON COMMIT DROP AS
SELECT DISTINCT ON (asked.place) asked.place, asked.subject_key, asked.given, newest.id AS consent_id,
    newest.items, newest.notice_id, newest.valid_until, {rule.REASON} AS reason
FROM consent_cohort asked
LEFT JOIN consent_consent newest ON newest.subject_key = asked.subject_key AND newest.purpose_id = %(purpose)s
ORDER BY asked.place, newest.asked_at DESC NULLS LAST, newest.id DESC
"""  # noqa: S608  # nosec B608  # the rule is our own text
_TICKED = "SELECT DISTINCT items FROM consent_cohort_found WHERE reason = 'consent'"
_COVER = """
CREATE TEMP TABLE consent_cohort_covered (ticked uuid[], covered uuid[], codes text) ON COMMIT DROP;
"""
# A UUIDv7 (RFC 9562, 5.7): the milliseconds of the decision, then chance; PostgreSQL makes them itself from 18 on.
_ID: Final = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING %(milliseconds)s FROM 1 FOR 6), 52, 1),"
    " 53, 1), 'hex')::uuid"
)
_LOG = f"""
INSERT INTO consent_decision (subject_key, id, caller_id, client, purpose_id, dataset_id, items, recipient_id, answer,
    reason, consent_id, decided_at)
SELECT found.subject_key, {_ID}, %(caller)s, %(client)s, %(purpose)s, %(dataset)s,
    coalesce(covered.covered, %(items)s::uuid[]), %(recipient)s,
    CASE WHEN covered.ticked IS NULL THEN 'deny' ELSE 'permit' END,
    CASE WHEN covered.ticked IS NULL AND found.reason = 'consent' THEN 'not-covered' ELSE found.reason END,
    found.consent_id, %(at)s
FROM consent_cohort_found found
LEFT JOIN consent_cohort_covered covered ON found.reason = 'consent' AND covered.ticked = found.items
"""  # noqa: S608  # nosec B608  # the id is our own text
# As lines of JSON: what a line names consists of letters, digits, dashes and underscores, or it named nobody.
_PERMITTED = """
COPY (
    SELECT '{"line":' || found.place || ',"subject":"' || found.given || '","consent":"' || found.consent_id
        || '","notice_version":' || notice.version || ',"valid_until":"'
        || to_char(found.valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","items":'
        || covered.codes || '}'
    FROM consent_cohort_found found
    JOIN consent_cohort_covered covered ON covered.ticked = found.items
    JOIN consent_notice notice ON notice.id = found.notice_id
    WHERE found.reason = 'consent' ORDER BY found.place
) TO STDOUT
"""


@dataclass(frozen=True)
class About:
    """What is asked of everybody alike, in codes; as consent.decisions.Question."""

    purpose: str
    dataset: str
    items: Sequence[str] = ()
    recipient: str | None = None


@dataclass(frozen=True)
class BadRow:
    """A line that names nobody, and why. It is told at its place and never repeated."""

    line: int
    code: str
    detail: str


@dataclass
class Staged:
    """The cohort as it came in: `size` lines, of which `bad` were refused."""

    size: int
    bad: list[BadRow]


# ------------------------------------------------------------------ in
def stage(lines: Iterable[bytes], *, actor: Actor) -> Staged:
    """Bring a cohort in, a subject a line: `"…"` or `{"subject": "…"}`. Line 1 is the first subject.

    Raises TooManySubjects, NobodyNamed. Who is unknown is no bad row: as for one person, nothing stands for them.
    """
    agency, staged = policy.deciding_agency(actor), Staged(0, [])
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        for named in _pieces(lines, staged):
            known = accounts.known_subjects([name for _, name in named], agency_id=agency)
            found = ((place, known[name], name) for place, name in named if name in known)
            rows = (f"{place}\t\\\\x{key.hex()}\t{_plain(name, key, agency)}\n" for place, key, name in found)
            with cursor.copy("COPY consent_cohort (place, subject_key, given) FROM STDIN") as copy:
                copy.write("".join(rows).encode())
        cursor.execute("ANALYZE consent_cohort")
    if staged.size == 0:
        raise NobodyNamed
    return staged


def _pieces(lines: Iterable[bytes], staged: Staged) -> Iterator[list[tuple[int, str]]]:
    named: list[tuple[int, str]] = []
    for line in lines:
        if not line.strip():
            continue
        staged.size += 1
        if staged.size > MOST:
            raise TooManySubjects
        name = _named(line)
        if name is None:
            staged.bad.append(BadRow(staged.size, "not-a-subject", _('Each line is a subject, or {"subject": …}.')))
            continue
        named.append((staged.size, name))
        if len(named) == PIECE:
            yield named
            named = []
    if named:
        yield named


def _named(line: bytes) -> str | None:
    """Whom a line names; None where it names nobody."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(row, dict):
        row = row["subject"] if row.keys() == {"subject"} else None
    return row if isinstance(row, str) and 0 < len(row) <= 200 else None


def _plain(name: str, subject_key: bytes, agency: UUID) -> str:
    """How the answer names the person: as the caller did, unless that needs escaping."""
    return name if PLAIN.fullmatch(name) else accounts.pairwise_key(subject_key, agency_id=agency)


# ------------------------------------------------------------------ judged
def answered(about: About, staged: Staged, *, actor: Actor, at: datetime) -> Iterator[bytes]:
    """The answer as NDJSON, in pieces: who is permitted, which lines were refused, and at last a signed summary.

    Everything is judged and logged before this returns; what is drawn later lies in a file that goes with it. Raises
    UnknownPurpose, UnknownDataset, UnknownItem, UnknownAgency, OneByOne.
    """
    answer = TemporaryFile()  # noqa: SIM115  # closed when it has been drawn
    try:
        decide(about, staged, answer, actor=actor, at=at)
    except BaseException:
        answer.close()
        raise
    answer.seek(0)
    return _drawn(answer)


def _drawn(answer: IO[bytes]) -> Iterator[bytes]:
    with answer:
        while block := answer.read(BLOCK):
            yield block


@transaction.atomic
def decide(about: About, staged: Staged, answer: IO[bytes], *, actor: Actor, at: datetime) -> None:
    """Judge what was staged at `at`, write the log, and write the answer to a file."""
    purpose, dataset = queries.purpose(about.purpose), catalogue.dataset(about.dataset)
    if purpose.kind == Kind.SINGLE_USE or not purpose.rests_on_consent:
        raise OneByOne
    asked = [item.pk for item in catalogue.items_of(dataset, about.items)] if about.items else []
    recipient = catalogue.agency(about.recipient) if about.recipient else None
    facts: dict[str, Any] = {
        "purpose": purpose.pk,
        "approved": purpose.state == PurposeState.APPROVED,
        "dataset": dataset.pk,
        "items": asked,
        "caller": policy.deciding_agency(actor),
        "recipient": recipient.pk if recipient else policy.deciding_agency(actor),
        "client": actor.client_id or "",
        "at": at,
        "milliseconds": (int(at.timestamp() * 1000)).to_bytes(6),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, facts)
        _cover(cursor, purpose, dataset.pk, asked)
        cursor.execute(_LOG, facts)
        logged = cursor.rowcount
        digest, permitted = _write(cursor, answer)
    for row in staged.bad:
        _line(answer, digest, {"line": row.line, "code": row.code, "detail": row.detail})
    summary = {
        "asked": staged.size,
        "permitted": permitted,
        "refused": len(staged.bad),
        "purpose": purpose.code,
        "dataset": dataset.code,
        "decided_at": at,
    }
    token = _token(summary, digest.digest(), client=str(facts["client"]), at=at)
    _line(answer, digest, plain({**summary, "token": token}))
    trail.record(
        "consent.cohort.decided",
        actor=actor,
        at=at,
        agency=actor.agency_id,
        purpose=purpose.code,
        dataset=dataset.code,
        asked=staged.size,
        logged=logged,
        permitted=permitted,
        refused=len(staged.bad),
    )


def _cover(cursor: Any, purpose: Purpose, dataset: UUID, asked: Sequence[UUID]) -> None:
    """What each choice of items covers, once for everybody who made it, by the rule for one person."""
    wishes = [wish.item for wish in queries.items_of(purpose.pk) if wish.item.dataset_id == dataset]
    cursor.execute(_TICKED)
    choices = [items for (items,) in cursor.fetchall()]
    cursor.execute(_COVER)
    rows = [
        (ticked, [item.pk for item in covered], json.dumps([item.code for item in covered]))
        for ticked in choices
        if (covered := rule.covered(set(ticked), wishes, asked))
    ]
    if rows:
        cursor.executemany("INSERT INTO consent_cohort_covered VALUES (%s::uuid[], %s::uuid[], %s)", rows)


def _write(cursor: Any, answer: IO[bytes]) -> tuple[Any, int]:
    """The permitted, in the order in which they were named; the digest so far, and how many."""
    digest, count = sha256(), 0
    with cursor.copy(_PERMITTED) as copy:
        for block in copy:
            data = bytes(block)
            digest.update(data)
            count += data.count(b"\n")
            answer.write(data)
    return digest, count


def _line(answer: IO[bytes], digest: Any, row: dict[str, Any]) -> None:
    data = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    digest.update(data)
    answer.write(data)


def _token(summary: dict[str, Any], digest: bytes, *, client: str, at: datetime) -> str:
    """Proves the whole answer: `sha256` is over every byte before the summary's own line."""
    facts = {
        "iss": settings.SITE_URL,
        "aud": client,
        "iat": int(at.timestamp()),
        "exp": int((at + TOKEN_LIFE).timestamp()),
        "sha256": digest.hex(),
        **summary,
    }
    return keys.sign(plain(facts), use="decisions")
