"""Receipts: a signed record of each step of a consent, for the person to keep and anybody to check.

What is signed is a Kantara Consent Receipt 1.1 with a few members of our own (schema "consent.receipt/2"). It is signed
once, with the step, and never again: every other form of it (page, PDF, JSON, JSON-LD) is made from the signed text
alone, so that an old receipt reads the same for ever. The person appears by the key that the controller knows them by:
no name, no number.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils import translation

from consent import queries
from consent.models import Consent, ConsentEvent, PurposeItem
from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.trail import keys
from portal.trail.canonical import plain

VERSION: Final = "KI-CR-v1.1.0"
SCHEMA: Final = "consent.receipt/2"
ENGLISH, CHINESE = "en", "zh"


def payload(consent: Consent, event: ConsentEvent) -> dict[str, Any]:
    """What a receipt says. Instants are RFC 3339 in UTC, but Kantara's own `consentTimestamp` in seconds.

    Texts stand in the language that was shown when it was given, or else in Chinese.
    """
    language = ENGLISH if consent.language.startswith(ENGLISH) else CHINESE
    purpose, agency = consent.purpose, consent.purpose.agency
    wishes = queries.items_of(purpose.pk)
    covered = [wish for wish in wishes if wish.item_id in set(consent.items)]
    with translation.override("en" if language == ENGLISH else "zh-hans"):
        recipients = sorted(catalogue.names_of_agencies(consent.recipients).values())
    special = sorted({one for wish in covered or wishes for one in wish.item.dataset.special_categories})
    body = {
        "version": VERSION,
        "jurisdiction": settings.PORTAL_JURISDICTION.upper(),
        "consentTimestamp": int(event.at.timestamp()),
        "collectionMethod": settings.SITE_URL,
        "consentReceiptID": str(event.id),
        "publicKey": f"{settings.SITE_URL}/.well-known/jwks.json",
        "language": language,
        "piiPrincipalId": accounts.pairwise_key(consent.subject_key, agency_id=agency.pk),
        "piiControllers": [_controller(agency, language)],
        "policyUrl": f"{settings.SITE_URL}/purposes/{purpose.code}/",
        "services": [
            {
                "service": _text(purpose, "name", language),
                "purposes": [_purpose(consent, covered, recipients, language)],
            }
        ],
        "sensitive": bool(special),
        "spiCat": special,
        "schema": SCHEMA,
        "record": _record(consent, event, covered, recipients, language),
    }
    found: dict[str, Any] = plain(body)
    return found


def _controller(agency: Any, language: str) -> dict[str, Any]:
    """Who answers for it. Kantara wants address, mail and telephone named; the register of agencies has one contact."""
    name = _text(agency, "name", language)
    address = f"{settings.SITE_URL}/catalogue/agencies/{agency.code}/"
    known = {"piiController": name, "contact": agency.contact or name, "piiControllerUrl": address}
    return {**known, "address": {}, "email": "", "phone": ""}


def _purpose(consent: Consent, covered: list[PurposeItem], recipients: list[str], language: str) -> dict[str, Any]:
    """What it is for, as Kantara wants it told."""
    others = any(one != consent.purpose.agency_id for one in consent.recipients)
    told = {
        "purpose": _text(consent.purpose, "name", language),
        "consentType": consent.kind.upper(),
        "purposeCategory": [consent.purpose.code],
        "piiCategory": [_text(wish.item, "name", language) for wish in covered],
        "primaryPurpose": True,
        "termination": plain(consent.valid_until) or "",
        "thirdPartyDisclosure": others,
    }
    return {**told, "thirdPartyName": ", ".join(recipients)} if others else told


def _record(
    consent: Consent, event: ConsentEvent, covered: list[PurposeItem], recipients: list[str], language: str
) -> dict[str, Any]:
    """What is ours: which step this was, of which consent, given to which text, and item by item what it covers."""
    return {
        "consent": consent.id,
        "event": event.move,
        "at": event.at,
        "state": consent.state,
        "way": event.way,
        "by": "representative" if event.on_behalf_of else event.actor_kind,
        "purpose": consent.purpose.code,
        "controller": consent.purpose.agency.code,
        "recipients": recipients,
        "kind": consent.kind,
        "validFrom": consent.valid_from,
        "validUntil": consent.valid_until,
        "retentionDays": consent.purpose.retention_days,
        "impactAssessment": consent.purpose.impact_assessment,
        "notice": {"version": consent.notice.version, "sha256": consent.notice.hash_in(consent.language)},
        "items": [
            {
                "dataset": wish.item.dataset.code,
                "item": wish.item.code,
                "name": _text(wish.item, "name", language),
                "holder": _text(wish.item.dataset.agency, "name", language),
                "need": wish.need,
            }
            for wish in covered
        ],
    }


def _text(row: object, name: str, language: str) -> str:
    """In that language, or in the other where there is only one."""
    other = CHINESE if language == ENGLISH else ENGLISH
    return str(getattr(row, f"{name}_{language}") or getattr(row, f"{name}_{other}"))


def sign(consent: Consent, event: ConsentEvent) -> str:
    """The receipt of a step as a compact JWS."""
    return keys.sign(payload(consent, event), use="receipts")


def with_signature(token: str) -> dict[str, Any]:
    """The receipt as JSON that still validates as Kantara's, its signed text beside it as `signature`."""
    return {**check(token), "signature": token.strip()}


def holds(document: Mapping[str, Any]) -> bool:
    """Whether such JSON is ours and says exactly what its signature says."""
    try:
        return with_signature(str(document.get("signature", ""))) == document
    except keys.BadSignature:
        return False


def check(token: str) -> dict[str, Any]:
    """What a receipt says, if it is ours and unchanged; raises portal.trail.keys.BadSignature."""
    return keys.check(token.strip(), use="receipts")
