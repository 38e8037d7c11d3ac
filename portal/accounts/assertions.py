"""How a departmental system proves itself by a key (private_key_jwt, RFC 7523): what its assertion must say.

The keys that a system registers are public; whatever it signs with them never leaves it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from portal.accounts.errors import KeysRefused

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE: Final = timedelta(minutes=5)
LEEWAY: Final = timedelta(seconds=30)  # clocks differ
LONGEST: Final = 4096  # characters
MOST_KEYS: Final = 2  # one in use and its successor
SMALLEST_RSA: Final = 2048  # bits

Key = OKPKey | ECKey | RSAKey


class BadAssertion(Exception):
    """It proves nothing; the reason is for our log alone."""


@dataclass(frozen=True)
class Claims:
    """What holds of an assertion, but for its `jti`, which must be new."""

    jti: str
    expires_at: datetime


# ------------------------------------------------------------------ a system's keys
def checked_keys(text: str) -> dict[str, Any]:
    """The JWK set in `text` as we keep it; raises KeysRefused."""
    try:
        given = json.loads(text)["keys"]
        keys = [_public(dict(jwk)) for jwk in given]
    except (ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
        raise KeysRefused(field="jwks") from error
    names = {jwk["kid"] for jwk in keys}
    if not 0 < len(keys) <= MOST_KEYS or len(names) != len(keys):
        raise KeysRefused(field="jwks")
    return {"keys": keys}


def _public(jwk: dict[str, Any]) -> dict[str, Any]:
    if "d" in jwk or not isinstance(jwk.get("kid"), str) or not 0 < len(jwk["kid"]) <= 100:
        raise KeysRefused(field="jwks")
    key = JWKRegistry.import_key(jwk)
    algorithm = _algorithm(key)
    if key.is_private or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        raise KeysRefused(field="jwks")
    return {**key.as_dict(private=False), "kid": jwk["kid"], "alg": algorithm, "use": "sig"}


def _algorithm(key: Any) -> str:
    """The one algorithm that we take with a key of this kind; raises KeysRefused."""
    match key:
        case OKPKey() if key.curve_name == "Ed25519":
            return "EdDSA"
        case ECKey() if key.curve_name == "P-256":
            return "ES256"
        case RSAKey() if key.public_key.key_size >= SMALLEST_RSA:
            return "PS256"
    raise KeysRefused(field="jwks")


# ------------------------------------------------------------------ an assertion
def named_client(assertion: str) -> str:
    """Which system an assertion says it is of, before anything of it is believed; raises BadAssertion."""
    try:
        signed = jws.extract_compact(assertion.encode())
        subject = json.loads(signed.payload)["sub"]
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadAssertion("it can't be read") from error
    if len(assertion) > LONGEST or not isinstance(subject, str) or not subject.isascii() or not subject.isprintable():
        raise BadAssertion("it can't be read")
    return subject


def check(assertion: str, jwks: Mapping[str, Any], *, client_id: str, audience: str, at: datetime) -> Claims:
    """Raise BadAssertion unless the system `client_id` signed this for us, and it is fresh."""
    payload = _signed_payload(assertion, jwks)
    if payload.get("iss") != client_id or payload.get("sub") != client_id:
        raise BadAssertion("iss and sub must be the client id")
    if payload.get("aud") not in (audience, [audience]):
        raise BadAssertion("aud must be the token endpoint")
    jti = payload.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 200:
        raise BadAssertion("jti is missing")
    expires_at = _instant(payload, "exp")
    if expires_at is None or not at - LEEWAY < expires_at <= at + LONGEST_LIFE + LEEWAY:
        raise BadAssertion("exp must lie within the next five minutes")
    for name in ("iat", "nbf"):
        since = _instant(payload, name)
        if since is not None and since > at + LEEWAY:
            raise BadAssertion(f"{name} lies in the future")
    return Claims(jti, expires_at)


def _signed_payload(assertion: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    try:
        header = jws.extract_compact(assertion.encode()).headers()
        for jwk in jwks["keys"]:
            if header.get("kid", jwk["kid"]) == jwk["kid"] and header.get("alg") == jwk["alg"]:
                payload = _opened(assertion, jwk)
                if payload is not None:
                    return payload
    except (JoseError, ValueError) as error:
        raise BadAssertion("it can't be read") from error
    raise BadAssertion("none of the registered keys signed it")


def _opened(assertion: str, jwk: Mapping[str, Any]) -> dict[str, Any] | None:
    key = JWKRegistry.import_key(dict(jwk))
    try:
        signed = jws.deserialize_compact(assertion, key, algorithms=[jwk["alg"]])
    except JoseError:
        return None
    payload = json.loads(signed.payload)
    return payload if isinstance(payload, dict) else None


def _instant(payload: Mapping[str, Any], name: str) -> datetime | None:
    seconds = payload.get(name)
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadAssertion(f"{name} is no number")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadAssertion(f"{name} is no instant") from error
