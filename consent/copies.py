"""A person's copy of the consent register: every question with its whole history, and each time an agency checked."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from consent import queries
from consent.models import Consent, ConsentEvent, Decision
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
