"""What the API's documentation says of the ledger's calls (JSON Schema; the rules themselves are in rows.py)."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter

from portal.ledger.intake import MOST_ROWS
from portal.ledger.models import FLAGS, Depth, FaceFault, Finding, Form, Outcome

Schema = dict[str, Any]


def _text(limit: int, description: str = "") -> Schema:
    return {"type": "string", "maxLength": limit, **({"description": description} if description else {})}


_DAY: Final[Schema] = {"type": "string", "format": "date"}
_ID: Final[Schema] = {"type": "string", "format": "uuid"}
_CODES: Final[Schema] = {"type": "array", "items": {"type": "string"}, "description": "Codes of the dataset's items."}
_SUBJECT = _text(200, "The national number, or the pairwise key that was given to you.")

HOLDING: Final[Schema] = {
    "type": "object",
    "required": ["subject", "dataset"],
    "properties": {"subject": _SUBJECT, "dataset": _text(120), "items": _CODES, "since": _DAY, "until": _DAY},
}
EVENT: Final[Schema] = {
    "type": "object",
    "required": ["subject", "reference", "occurred_at", "dataset", "legal_basis"],
    "properties": {
        "subject": _SUBJECT,
        "reference": _text(200, "Your own reference: the same reference and time is the same event."),
        "occurred_at": {"type": "string", "format": "date-time"},
        "dataset": _text(120),
        "items": _CODES,
        "recipient": _text(80, "The code of the recipient's agency, or else recipient_name."),
        "recipient_name": _text(200),
        "recipient_system": _text(200),
        "provider_activity": _text(300),
        "recipient_activity": _text(300),
        "subject_role": _text(100, "As what the person appears: applicant, child, owner."),
        "depth": {"type": "string", "enum": Depth.values, "default": "copied"},
        "form": {"type": "string", "enum": Form.values, "default": "raw"},
        "method": _text(100),
        "purpose_zh": _text(500, "Why, in plain words; at least one of the two languages."),
        "purpose_en": _text(500),
        "legal_basis": _text(40, "The code of a legal basis of the jurisdiction."),
        "citation": _text(300),
        "agreement": _text(80),
        "consent": _ID,
        "parent": _ID,
        "outcome": {"type": "string", "enum": Outcome.values, "default": "sent"},
        "automated": {"type": "boolean", "default": True},
        "contractor": _text(200),
        "use_until": _DAY,
    },
}
OUTCOME: Final[Schema] = {
    "type": "object",
    "required": ["batch", "accepted", "duplicates", "rejected"],
    "properties": {
        "batch": _ID,
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
NOTE: Final[Schema] = {
    "type": "object",
    "required": ["kind", "text"],
    "properties": {
        "kind": {"type": "string", "enum": ["disposal", "correction", "answer"]},
        "text": _text(2000),
        "evidence": _text(500),
    },
}
NOTED: Final[Schema] = {"type": "object", "properties": {"id": _ID, "event": _ID, "kind": _text(12)}}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_COUNTS: Final[Schema] = {
    "type": "object",
    "properties": {"sent": {"type": "integer"}, "denied": {"type": "integer"}},
}
COMPARED: Final[Schema] = {
    "type": "object",
    "description": "What the caller's books say of a month beside what it reported of it; `missing` is the difference.",
    "properties": {
        "month": {"type": "string", "example": "2026-10"},
        "stated": {**_COUNTS, "properties": {**_COUNTS["properties"], "stated_at": _INSTANT}},
        "reported": _COUNTS,
        "missing": {"type": "integer"},
    },
}
AFTER: Final = OpenApiParameter("after", str, description="The cursor in `next` of the page before.")
FLAGGED: Final[Schema] = {
    "type": "object",
    "required": ["results", "next"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "event": _ID,
                    "occurred_at": _INSTANT,
                    "recorded_at": _INSTANT,
                    "provider": _text(80),
                    "recipient": {"type": ["string", "null"]},
                    "recipient_name": _text(200),
                    "dataset": _text(120),
                    "reference": {"type": ["string", "null"], "description": "The provider's; told to it alone."},
                    "kind": {"type": "string", "enum": [kind.value for kind in FLAGS]},
                    "faults": {"type": "array", "items": {"type": "string", "enum": FaceFault.values}},
                    "said": {"type": "string"},
                    "flagged_at": _INSTANT,
                },
            },
        },
        "next": {"type": ["string", "null"]},
    },
}
USAGES: Final[Schema] = {
    "type": "object",
    "properties": {
        "totalUsages": {"type": "integer"},
        "usages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["logtime", "action", "receiverCode", "receiverSystem"],
                "properties": {
                    "logtime": _INSTANT,
                    **{
                        name: {"type": "string"}
                        for name in ("action", "receiverCode", "receiverName", "receiverSystem")
                    },
                },
            },
        },
    },
}
PERIOD: Final[Schema] = {"type": "object", "required": ["periodStart"], "properties": {"periodStart": _INSTANT}}
HEARTBEAT: Final[Schema] = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["OK", "FAIL"]}, "message": {"type": "string"}},
}
PROOF: Final[Schema] = {"type": "object", "description": "See portal/ledger/proofs.py."}
DOUBT: Final[Schema] = {
    "type": "object",
    "required": ["text"],
    "properties": {"items": _CODES, "text": _text(2000, "What you doubt.")},
}
REPORT: Final[Schema] = {
    "type": "object",
    "required": ["finding", "text"],
    "properties": {"finding": {"type": "string", "enum": Finding.values}, "text": _text(2000, "What you found.")},
}
VERIFICATION: Final[Schema] = {
    "type": "object",
    "properties": {
        "id": _ID,
        "event": _ID,
        "dataset": _text(120),
        "items": _CODES,
        "provider": _text(80),
        "doubter": _text(80),
        "doubt": _text(2000),
        "due_at": {"type": "string", "format": "date-time"},
        "finding": {"type": "string", "enum": ["", *Finding.values]},
        "report": _text(2000),
        "answered_at": {"type": ["string", "null"], "format": "date-time"},
    },
}


def many(row: Schema) -> dict[str, Schema]:
    """The bodies of a call that takes rows."""
    return {
        "application/json": {"type": "array", "minItems": 1, "maxItems": MOST_ROWS, "items": row},
        "application/x-ndjson": {"type": "string", "description": "One JSON object a line, as in the JSON array."},
    }
