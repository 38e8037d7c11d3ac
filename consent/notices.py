"""What exactly is shown to a person who is asked, and its hash: the thing that a consent was given to.

The form is the trail's documented canonical form (portal.trail.canonical) with schema "consent.notice/2" (1 for
older notices, of fewer fields), without salt: everybody who has the text can recompute the hash that a receipt names.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from consent.models import Notice, Purpose, PurposeItem
from portal.trail import canonical

FORM = 2
LANGUAGES = ("zh", "en")


def shown(notice: Notice, purpose: Purpose, items: Sequence[PurposeItem], language: str) -> dict[str, Any]:
    """The fields of the page on which the person decides, in "zh" or "en"."""

    def text(record: object, name: str) -> str:
        return str(getattr(record, f"{name}_{language}"))

    told = {
        "purpose": purpose.code,
        "name": text(purpose, "name"),
        "description": text(purpose, "description"),
        "if_refused": text(purpose, "if_refused"),
        "risks": text(purpose, "risks"),
        "kind": purpose.kind,
        "longest_days": purpose.longest_days,
        "retention_days": purpose.retention_days,
        "items": [
            {"item": item.item_id, "name": text(item.item, "name"), "need": item.need, "why": text(item, "why")}
            for item in items
        ],
        "version": notice.version,
        "short": text(notice, "short"),
        "full": text(notice, "full"),
        "language": language,
    }
    return told if notice.form == 1 else {**told, **_since_form_2(notice, purpose, items, text)}


def _since_form_2(
    notice: Notice, purpose: Purpose, items: Sequence[PurposeItem], text: Callable[[object, str], str]
) -> dict[str, Any]:
    review = notice.review
    return {
        "child": text(notice, "child"),
        "manner": text(purpose, "manner"),
        "duty": purpose.duty,
        "scenarios": list(purpose.scenarios),
        "automated": text(purpose, "automated"),
        "ethics_review": review
        and {
            "reviewers": review.reviewers,
            "findings": text(review, "findings"),
            "conditions": text(review, "conditions"),
            "reviewed_on": review.reviewed_on,
            "renew_by": review.renew_by,
        },
        "narrower": [text(item, "narrower") for item in items],
    }


def hash_of(notice: Notice, purpose: Purpose, items: Sequence[PurposeItem], language: str) -> bytes:
    """SHA-256 over the canonical form of what is shown."""
    return sha256(canonical.form(f"consent.notice/{notice.form}", shown(notice, purpose, items, language))).digest()
