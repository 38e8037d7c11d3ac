"""The log that a sample department keeps itself, as it answers for it by the Data Tracker protocol."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from portal.demo.city import City

FOLDER: Final = "/log"
USES: Final = (("核对年度申报", 3), ("更新登记地址", 40))


def token(client_secret: str) -> str:
    """What shows the sample that it is the portal that asks. Both sides derive it, in the demo alone."""
    return sha256(f"own log/{client_secret}".encode()).hexdigest()


def answer(sample: City, agency: str, target: str, authorization: str, expected: str) -> tuple[int, Mapping[str, Any]]:
    """Status and body for a GET of `target`, a path with its query."""
    if not compare_digest(authorization, f"Bearer {expected}"):
        return 401, {}
    parts = urlsplit(target)
    match parts.path.removeprefix(FOLDER):
        case "/v2/heartbeat":
            return 200, {"status": "OK", "message": "API is ready"}
        case "/v2/usagePeriod":
            return 200, {"periodStart": "2024-01-01T00:00:00Z"}
        case "/v2/findUsage":
            return 200, _uses(sample, agency, parse_qs(parts.query).get("userCode", [""])[0])
    return 404, {}


def _uses(sample: City, agency: str, number: str) -> Mapping[str, Any]:
    known = any(person.number == number for person in sample.citizens.values())
    name = sample.agencies[agency].name
    today = datetime.now(UTC).replace(hour=2, minute=15, second=0, microsecond=0)
    uses = [
        {
            "logtime": (today - timedelta(days=days)).isoformat().replace("+00:00", "Z"),
            "action": action,
            "receiverCode": agency,
            "receiverName": name.zh,
            "receiverSystem": "办税大厅",
        }
        for action, days in USES
        if known
    ]
    return {"totalUsages": len(uses), "usages": uses}
