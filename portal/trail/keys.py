"""Signatures: JOSE EdDSA (RFC 8037), a key of its own for each use, retired public keys still published."""

import json
import warnings
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OKPKey

from portal.trail import secrets
from portal.trail.errors import Invalid

ALGORITHM = "EdDSA"
# RFC 9864 renames this algorithm to "Ed25519"; the name that verifiers in the field know is still this one.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


class BadSignature(Invalid):
    code = "bad-signature"


def _kid(key: OKPKey) -> str:
    return str(key.as_dict(private=False)["kid"])


def sign(payload: Mapping[str, Any], *, use: str) -> str:
    """`payload` as a compact JWS under the current key of `use` (heads, receipts, decisions or packages)."""
    key = secrets.load().signing[use][0]
    body = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    header = {"alg": ALGORITHM, "kid": _kid(key), "typ": use}
    return jws.serialize_compact(header, body, key, algorithms=[ALGORITHM])


def check(token: str, *, use: str) -> dict[str, Any]:
    """The payload of a token signed by us for `use`; raises BadSignature otherwise."""
    try:
        claimed = jws.extract_compact(token.encode()).headers()
        key = next(key for key in secrets.load().signing[use] if _kid(key) == claimed.get("kid"))
        signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        if claimed.get("typ") != use:
            raise BadSignature
        payload = json.loads(signed.payload)
    except (JoseError, StopIteration, ValueError) as error:
        raise BadSignature from error
    if not isinstance(payload, dict):
        raise BadSignature
    return payload


def public_jwks() -> dict[str, list[dict[str, Any]]]:
    """Every public key, current and retired (RFC 7517)."""
    rings = secrets.load().signing
    return {
        "keys": [
            {**key.as_dict(private=False), "alg": ALGORITHM, "use": "sig", "portal_use": use}
            for use, keys in rings.items()
            for key in keys
        ]
    }
