"""Receipts: a signed record of what was allowed or stopped, for the person to keep and anybody to check.

Field names follow Kantara Consent Receipt 1.1, with what ISO/IEC TS 27560 adds (notice, event). The person appears
as the receipt's holder only: no name, no number.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import translation

from consent import queries
from consent.models import Consent, Move
from portal.catalogue import queries as catalogue
from portal.trail import keys
from portal.trail.canonical import plain

VERSION: Final = "KI-CR-v1.1.0"
SCHEMA: Final = "consent.receipt/1"


def payload(consent: Consent, move: Move, *, event_id: UUID, at: datetime) -> dict[str, Any]:
    """What a receipt says. Instants are RFC 3339 in UTC; texts stand in the language that was shown."""
    language = "en" if consent.language.startswith("en") else "zh"
    purpose, notice = consent.purpose, consent.notice
    with translation.override("en" if language == "en" else "zh-hans"):
        recipients = sorted(catalogue.names_of_agencies(consent.recipients).values())
    body = {
        "version": VERSION,
        "schema": SCHEMA,
        "jurisdiction": settings.PORTAL_JURISDICTION.upper(),
        "consentTimestamp": at,
        "collectionMethod": settings.SITE_URL,
        "consentReceiptID": event_id,
        "language": language,
        "consentRecord": consent.id,
        "event": move.value,
        "state": consent.state,
        "piiControllers": [{"piiController": getattr(purpose.agency, f"name_{language}"), "code": purpose.agency.code}],
        "recipients": recipients,
        "services": [{"service": getattr(purpose, f"name_{language}"), "purposes": [_purpose(consent, language)]}],
        "notice": {"version": notice.version, "sha256": notice.hash_in(consent.language)},
        "impactAssessment": purpose.impact_assessment,
    }
    found: dict[str, Any] = plain(body)
    return found


def _purpose(consent: Consent, language: str) -> dict[str, Any]:
    """What it is for, what it covers item by item, and how long."""
    purpose, chosen = consent.purpose, set(consent.items)
    covered = [wish.item for wish in queries.items_of(purpose.pk) if wish.item_id in chosen]
    return {
        "purpose": purpose.code,
        "consentType": consent.kind.upper(),
        "piiCategory": [
            {"dataset": item.dataset.code, "item": item.code, "name": getattr(item, f"name_{language}")}
            for item in covered
        ],
        "primaryPurpose": True,
        "validFrom": consent.valid_from,
        "termination": consent.valid_until,
        "retentionDays": purpose.retention_days,
        "thirdPartyDisclosure": any(one != purpose.agency_id for one in consent.recipients),
    }


def sign(consent: Consent, move: Move, *, event_id: UUID, at: datetime) -> str:
    """The receipt of a step as a compact JWS."""
    return keys.sign(payload(consent, move, event_id=event_id, at=at), use="receipts")


def check(token: str) -> dict[str, Any]:
    """What a receipt says, if it is ours and unchanged; raises portal.trail.keys.BadSignature."""
    return keys.check(token.strip(), use="receipts")
