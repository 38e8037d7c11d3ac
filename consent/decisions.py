"""May this data be used for this purpose, now? PostgreSQL answers, from one locked row.

The newest consent of person and purpose is read FOR NO KEY UPDATE, so a decision and a withdrawal of the same consent
follow one another: a withdrawal that committed first is always seen, one that comes later finds the decision logged
before it. Answer, log and token, and where asked for the release itself, are one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from consent import actions, policy, queries, rule, strangers
from consent.errors import RecipientMissing, ShareDiffers
from consent.models import Answer, Decision, Kind, Purpose, Reason
from consent.newest import Newest, locked
from consent.states import PurposeState
from portal.accounts import actions as people
from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.ledger import actions as ledger
from portal.trail import keys
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from portal.trail.ids import new_id

log = structlog.get_logger(__name__)
TOKEN_LIFE: Final = timedelta(seconds=60)
PERMITS: Final = frozenset({Reason.CONSENT, Reason.DUTY})


@dataclass(frozen=True)
class Question:
    """What a department asks, in codes. No `items`: whatever of the dataset is allowed. No `recipient`: the caller."""

    subject: str
    purpose: str
    dataset: str
    items: Sequence[str] = ()
    recipient: str | None = None
    share: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Verdict:
    """The answer at `decided_at`; `items` are the codes that it covers. The token proves it for 60 s.

    `agreement` and `citation` say on what a use rests that needs no consent.
    """

    answer: Answer
    reason: Reason
    consent: UUID | None
    notice_version: int | None
    valid_until: datetime | None
    items: tuple[str, ...]
    decided_at: datetime
    token: str
    shared: UUID | None = None
    agreement: str | None = None
    citation: str | None = None


class Row(Protocol):
    """A row of the catalogue."""

    pk: Any
    code: str


@dataclass(frozen=True)
class _Case:
    """A question whose codes were found."""

    purpose: Purpose
    dataset: Row
    items: Sequence[Row]
    recipient: UUID
    recipient_code: str | None  # named only where it is another than the caller
    holder: UUID
    caller: UUID
    client: str
    subject: str  # the caller's own key of the person

    def wishes(self) -> list[Any]:
        """What the purpose asks of the dataset, in order."""
        wishes = queries.items_of(self.purpose.pk)
        return [wish.item for wish in wishes if wish.item.dataset_id == self.dataset.pk]


@dataclass(frozen=True)
class _Finding:
    reason: Reason
    consent: Newest | None = None
    covered: Sequence[Row] = field(default=())
    agreement: Any = None

    @property
    def answer(self) -> Answer:
        return Answer.PERMIT if self.reason in PERMITS else Answer.DENY


@transaction.atomic
def decide(question: Question, *, actor: Actor, at: datetime) -> Verdict:
    """Answer `question`; a consent for a single use is used up by the permit, a `share` is recorded once.

    An unknown person is answered as one without consent. Raises UnknownPurpose, UnknownDataset, UnknownItem,
    UnknownAgency, NotPermitted, and what portal.ledger refuses of `share`: nothing is then stored or used up.
    """
    caller = policy.deciding_agency(actor)
    if question.share is not None and question.recipient is None:
        raise RecipientMissing
    subject_key = _person(question, caller, at=at)
    if subject_key is None:
        log.info("consent.decision.stranger", client=actor.client_id)
        name = strangers.key_of(question.subject, agency_id=caller)
        return _verdict(_case(question, name, actor), _Finding(Reason.NO_CONSENT), jti=new_id(), at=at)
    name = accounts.pairwise_key(subject_key, agency_id=caller)
    case = _case(question, name, actor)
    finding, shared = _judge(subject_key, case, at=at), None
    if finding.answer == Answer.PERMIT:
        if finding.consent and finding.consent.kind == Kind.SINGLE_USE:
            actions.use_up(queries.consent(subject_key, finding.consent.id), actor=actor, at=at)
        if question.share is not None:
            fields = _release(question.share, case, finding)
            shared = ledger.record_share(fields, subject_key=subject_key, actor=actor, at=at).id
    jti = _log(subject_key, case, finding, shared=shared, at=at)
    return _verdict(case, finding, jti=jti, at=at, shared=shared)


def _person(question: Question, caller: UUID, *, at: datetime) -> bytes | None:
    """Whom it is about; None for somebody unknown, of whom a duty still holds if the number is one."""
    found = accounts.known_subjects([question.subject], agency_id=caller).get(question.subject)
    if found is None and not queries.purpose(question.purpose).rests_on_consent:
        found = people.resolve_subjects([question.subject], agency_id=caller, at=at).get(question.subject)
    return found


def _case(question: Question, name: str, actor: Actor) -> _Case:
    caller = policy.deciding_agency(actor)
    dataset = catalogue.dataset(question.dataset)
    recipient = catalogue.agency(question.recipient) if question.recipient else None
    return _Case(
        purpose=queries.purpose(question.purpose),
        dataset=dataset,
        items=catalogue.items_of(dataset, question.items) if question.items else (),
        recipient=recipient.pk if recipient else caller,
        recipient_code=recipient.code if recipient else None,
        holder=dataset.agency_id,
        caller=caller,
        client=actor.client_id or "",
        subject=name,
    )


def _judge(subject_key: bytes, case: _Case, *, at: datetime) -> _Finding:
    """The reason, from the newest consent that concerns the caller (row-level security hides all others)."""
    if not case.purpose.rests_on_consent:
        return _duty(case, at=at)
    newest = locked(subject_key, case.purpose.pk)
    reason = rule.reason_of(newest, purpose_state=case.purpose.state, recipient=case.recipient, at=at)
    if newest is None or reason != Reason.CONSENT:
        return _Finding(reason, newest)
    covered = rule.covered(set(newest.items), case.wishes(), {item.pk for item in case.items})
    return _Finding(Reason.CONSENT, newest, covered) if covered else _Finding(Reason.NOT_COVERED, newest)


def _duty(case: _Case, *, at: datetime) -> _Finding:
    """A use that the law has done is permitted only under an approved agreement that cites the duty."""
    wishes = case.wishes()
    covered = rule.covered({item.pk for item in wishes}, wishes, {item.pk for item in case.items})
    if case.purpose.state != PurposeState.APPROVED:
        return _Finding(Reason.PURPOSE_ENDED)
    if not covered:
        return _Finding(Reason.NOT_COVERED)
    if case.caller not in (case.recipient, case.holder):
        return _Finding(Reason.NOT_RECIPIENT)
    agreement = catalogue.duty_covering(
        case.holder, case.recipient, case.dataset.pk, [item.pk for item in covered], at=at
    )
    return _Finding(Reason.DUTY, None, covered, agreement) if agreement else _Finding(Reason.NO_DUTY)


def _release(share: Mapping[str, Any], case: _Case, finding: _Finding) -> dict[str, Any]:
    """The sharing event of a release, bound to its permit. Raises ShareDiffers where it says something else."""
    bound = {
        "dataset": case.dataset.code,
        "items": [item.code for item in finding.covered],
        "recipient": case.recipient_code,
        "legal_basis": case.purpose.legal_basis,
        "consent": str(finding.consent.id) if finding.consent else None,
        "agreement": finding.agreement.code if finding.agreement else share.get("agreement"),
        "outcome": "sent",
    }
    for name, permitted in bound.items():
        said = share.get(name)
        if said is not None and (sorted(map(str, said)) if isinstance(said, list) else said) != (
            sorted(permitted) if isinstance(permitted, list) else permitted
        ):
            raise ShareDiffers(field=f"share/{name}")
    return {"purpose_zh": case.purpose.name_zh, "purpose_en": case.purpose.name_en, **share, **bound}


def _log(subject_key: bytes, case: _Case, finding: _Finding, *, shared: UUID | None, at: datetime) -> UUID:
    row = Decision(
        subject_key=subject_key,
        caller_id=case.caller,
        client=case.client,
        purpose=case.purpose,
        dataset_id=case.dataset.pk,
        items=[item.pk for item in finding.covered or case.items],
        recipient_id=case.recipient,
        answer=finding.answer,
        reason=finding.reason,
        consent_id=finding.consent.id if finding.consent else None,
        agreement_id=finding.agreement.pk if finding.agreement else None,
        shared_event=shared,
        decided_at=at,
    )
    row.save(force_insert=True)
    return row.id


def _verdict(case: _Case, finding: _Finding, *, jti: UUID, at: datetime, shared: UUID | None = None) -> Verdict:
    consent, agreement = finding.consent, finding.agreement
    covered = tuple(item.code for item in finding.covered)
    facts = {
        "iss": settings.SITE_URL,
        "aud": case.client,
        "sub": case.subject,
        "jti": jti,
        "iat": int(at.timestamp()),
        "exp": int((at + TOKEN_LIFE).timestamp()),
        "decision": finding.answer.value,
        "reason": finding.reason.value,
        "purpose": case.purpose.code,
        "dataset": case.dataset.code,
        "items": covered,
        "recipient": case.recipient_code,
        "consent": consent.id if consent else None,
        "agreement": agreement.code if agreement else None,
    }
    return Verdict(
        answer=finding.answer,
        reason=finding.reason,
        consent=consent.id if consent else None,
        notice_version=consent.notice_version if consent else None,
        valid_until=consent.valid_until if consent else None,
        items=covered,
        decided_at=at,
        token=keys.sign(plain(facts), use="decisions"),
        shared=shared,
        agreement=agreement.code if agreement else None,
        citation=agreement.citation if agreement else None,
    )
