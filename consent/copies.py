"""A person's copy of the consent register: every question with its whole history, and each time an agency checked."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from consent import queries
from consent.models import Consent, ConsentEvent, ConsentLink, Decision, Finding, Stop
from portal.catalogue import queries as catalogue
from portal.trail.copies import CHUNK, Row, Word


def consents(subject_key: bytes) -> Iterator[Row]:
    """Everything the person was asked, with each step; four queries."""
    found = queries.consents_of(subject_key)
    agencies = catalogue.names_of_agencies({agency for consent in found for agency in consent.recipients})
    items = catalogue.names_of_items({item for consent in found for item in consent.items})
    steps: dict[UUID, list[ConsentEvent]] = {}
    for step in ConsentEvent.objects.filter(subject_key=subject_key).order_by("at", "id"):
        steps.setdefault(step.consent_id, []).append(step)
    for consent in found:
        yield _consent(consent, steps.get(consent.id, []), agencies, items)


def _consent(
    consent: Consent, steps: Iterable[ConsentEvent], agencies: Mapping[UUID, str], items: Mapping[UUID, str]
) -> Row:
    return {
        "purpose": Word(consent.purpose.code, consent.purpose.name),
        "agency": consent.purpose.agency.name,
        "recipients": [agencies.get(agency, str(agency)) for agency in consent.recipients],
        "state": Word(consent.state, consent.get_state_display()),
        "items": [items.get(item, str(item)) for item in consent.items],
        "notice_version": consent.notice.version,
        "asked_at": consent.asked_at,
        "answer_by": consent.answer_by,
        "decided_at": consent.decided_at,
        "valid_until": consent.valid_until,
        "ended_at": consent.ended_at,
        "history": [
            {
                "at": step.at,
                "step": Word(step.move, step.get_move_display()),
                "by": step.actor_kind,
                "receipt": step.receipt,
            }
            for step in steps
        ],
        "id": consent.id,
    }


def comments(subject_key: bytes) -> Iterator[Row]:
    """What the person said of planned uses, the oldest first."""
    for one in queries.comments_of(subject_key):
        yield {
            "at": one.made_at,
            "purpose": Word(one.purpose.code, one.purpose.name),
            "text": one.text,
            "id": one.id,
        }


def decisions(subject_key: bytes) -> Iterator[Row]:
    """Each time an agency asked whether it may use something, the newest first."""
    rows = Decision.objects.filter(subject_key=subject_key).select_related("caller", "recipient", "dataset", "purpose")
    for row in rows.order_by("-decided_at", "-id").iterator(chunk_size=CHUNK):
        yield {
            "at": row.decided_at,
            "agency": row.caller.name,
            "recipient": row.recipient.name,
            "purpose": Word(row.purpose.code, row.purpose.name),
            "dataset": Word(row.dataset.code or str(row.dataset_id), row.dataset.name),
            "answer": Word(row.answer, row.get_answer_display()),
            "reason": Word(row.reason, row.get_reason_display()),
            "consent": row.consent_id,
            "id": row.id,
        }


def links(subject_key: bytes) -> Iterator[Row]:
    """Each time a service sent the person here, or whoever acts for them."""
    rows = ConsentLink.objects.filter(subject_key=subject_key).select_related("agency").order_by("-made_at", "-id")
    for row in rows:
        yield {
            "agency": row.agency.name,
            "consents": list(row.consents),
            "leads_to": row.return_url,
            "at": row.made_at,
            "used_at": row.used_at,
            "id": row.id,
        }


def stops(subject_key: bytes) -> Iterator[Row]:
    """Who had to stop after a withdrawal, and who said that they did."""
    rows = Stop.objects.filter(subject_key=subject_key).select_related("agency", "purpose")
    for row in rows.order_by("-withdrawn_at", "id"):
        yield {
            "agency": row.agency.name,
            "purpose": Word(row.purpose.code, row.purpose.name),
            "consent": row.consent_id,
            "withdrawn_at": row.withdrawn_at,
            "to_stop_by": row.due_at,
            "stopped_at": row.stopped_at,
            "to_erase_by": row.erase_due_at,
            "erased_at": row.erased_at,
            "id": row.id,
        }


def findings(subject_key: bytes) -> Iterator[Row]:
    """Permits about the person that no reported share followed."""
    rows = Finding.objects.filter(subject_key=subject_key).select_related("agency", "recipient", "purpose", "dataset")
    for row in rows.order_by("-since", "id"):
        yield {
            "agency": row.agency.name,
            "recipient": row.recipient.name if row.recipient else "",
            "purpose": Word(row.purpose.code, row.purpose.name),
            "dataset": Word(row.dataset.code or str(row.dataset_id), row.dataset.name),
            "permitted_at": row.since,
            "found_at": row.found_at,
            "settled_at": row.settled_at,
            "decision": row.decision_id,
        }
