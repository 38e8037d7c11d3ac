"""Looked for every day: permits that no reported share followed, items that nobody uses, shares that nothing covers.

A permit to hand data over is followed by a share that its holder reports, or the citizen's list is wrong. What is
found goes to the regulator, and is settled when the share is reported after all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, QuerySet

from consent import policy, uncovered
from consent.models import Answer, Decision, Finding, FindingKind, Need, PurposeItem
from consent.states import PurposeState
from portal.ledger import actions as ledger
from portal.ledger import queries as ledger_queries
from portal.trail import actions as trail
from portal.trail.actor import Actor

GRACE: Final = timedelta(days=3)  # for a holder to report; our policy
LOOKS_BACK: Final = timedelta(days=30)
SKEW: Final = timedelta(minutes=5)  # how far a holder's clock may be behind ours
YEAR: Final = timedelta(days=365)
A_BATCH: Final = 500


def find_unreported(*, actor: Actor, at: datetime) -> int:
    """Note permits to hand data over that no share followed in GRACE; how many are new. Harmless when run twice."""
    policy.require(actor, "consent.look")
    known = Finding.objects.filter(kind=FindingKind.UNREPORTED, found_at__gt=at - 2 * LOOKS_BACK)
    seen = set(known.values_list("decision_id", flat=True))
    rows = (
        Decision.objects.filter(decided_at__gt=at - LOOKS_BACK, decided_at__lte=at - GRACE, answer=Answer.PERMIT)
        .filter(shared_event=None)
        .exclude(recipient=F("dataset__agency"))
        .select_related("dataset")
        .order_by("decided_at", "id")
    )
    found = 0
    for permits in _batches(row for row in rows.iterator(chunk_size=A_BATCH) if row.id not in seen):
        silent = _without_share(permits)
        Finding.objects.bulk_create(
            Finding(
                kind=FindingKind.UNREPORTED,
                agency_id=permit.dataset.agency_id,
                purpose_id=permit.purpose_id,
                dataset_id=permit.dataset_id,
                recipient_id=permit.recipient_id,
                subject_key=permit.subject_key,
                decision_id=permit.id,
                since=permit.decided_at,
                found_at=at,
            )
            for permit in silent
        )
        found += len(silent)
    _note("unreported", found, actor=actor, at=at)
    return found


def settle(*, at: datetime) -> int:
    """Close findings whose share was reported after all; how many."""
    rows = Finding.objects.filter(kind=FindingKind.UNREPORTED, settled_at=None, since__gt=at - 2 * LOOKS_BACK)
    settled = 0
    for findings in _batches(rows.iterator(chunk_size=A_BATCH)):
        keys = {finding.subject_key for finding in findings}
        permits = {
            permit.id: permit
            for permit in Decision.objects.filter(
                subject_key__in=keys, id__in=[finding.decision_id for finding in findings]
            )
        }
        silent = {permit.id for permit in _without_share(list(permits.values()))}
        reported = [finding.pk for finding in findings if finding.decision_id not in silent]
        settled += Finding.objects.filter(pk__in=reported).update(settled_at=at)
    return settled


def _without_share(permits: Sequence[Decision]) -> list[Decision]:
    """Those that no reported share of the person answers: same dataset, same recipient, soon after."""
    if not permits:
        return []
    since = min(permit.decided_at for permit in permits) - SKEW
    until = max(permit.decided_at for permit in permits) + GRACE
    shares: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
    for event in ledger_queries.sent_about({bytes(permit.subject_key) for permit in permits}, since, until):
        shares[bytes(event.subject_key), event.dataset_id, event.recipient_id].append(event.occurred_at)
    return [
        permit
        for permit in permits
        if not any(
            permit.decided_at - SKEW <= moment <= permit.decided_at + GRACE
            for moment in shares[bytes(permit.subject_key), permit.dataset_id, permit.recipient_id]
        )
    ]


def find_unused(*, actor: Actor, at: datetime) -> int:
    """Note items that a purpose calls needed and that no permit covered for a year; how many are new."""
    policy.require(actor, "consent.look")
    wishes = PurposeItem.objects.filter(
        need=Need.NEEDED, purpose__state=PurposeState.APPROVED, purpose__approved_at__lte=at - YEAR
    ).select_related("item__dataset", "purpose")
    used: dict[Any, set[Any]] = defaultdict(set)
    permits = Decision.objects.filter(answer=Answer.PERMIT, decided_at__gt=at - YEAR)
    for purpose, items in permits.values_list("purpose_id", "items").distinct():
        used[purpose].update(items)
    open_ones = Finding.objects.filter(kind=FindingKind.UNUSED, settled_at=None)
    known = set(open_ones.values_list("purpose_id", "item_id"))
    fresh = [
        wish
        for wish in wishes
        if wish.item_id not in used[wish.purpose_id] and (wish.purpose_id, wish.item_id) not in known
    ]
    Finding.objects.bulk_create(
        Finding(
            kind=FindingKind.UNUSED,
            agency_id=wish.purpose.agency_id,
            purpose=wish.purpose,
            dataset=wish.item.dataset,
            item=wish.item,
            since=at - YEAR,
            found_at=at,
        )
        for wish in fresh
    )
    for purpose, covered in used.items():
        open_ones.filter(purpose=purpose, item__in=covered).update(settled_at=at)
    _note("unused", len(fresh), actor=actor, at=at)
    return len(fresh)


def flag_shares(*, actor: Actor, at: datetime) -> int:
    """Flag shares of the last days that claim a consent which did not stand, should the news of them have been lost."""
    policy.require(actor, "consent.look")
    claimed = ledger_queries.claiming_consent(at - GRACE, at)
    doubtful = uncovered.without_consent(list(claimed[: 20 * A_BATCH]))
    return len(ledger.flag_uncovered(doubtful, actor=actor, at=at)) if doubtful else 0


def open_findings(kind: FindingKind) -> QuerySet[Finding]:
    """What has not been explained yet and the reader may see, the newest first."""
    rows = Finding.objects.filter(kind=kind, settled_at=None)
    return rows.select_related("agency", "purpose", "dataset", "recipient", "item").order_by("-found_at", "-id")


def _note(kind: str, count: int, *, actor: Actor, at: datetime) -> None:
    if count:
        trail.record(f"consent.{kind}.found", actor=actor, at=at, count=count)


def _batches(rows: Iterable[Any]) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
