"""Reading what an identity provider signed: ID tokens (OpenID Connect Core 1.0) and logout tokens (Back-Channel
Logout 1.0). A token that fails any check is refused whole, with the reason for the log and none for the sender."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from portal.accounts import discovery
from portal.accounts.errors import TokenRefused
from portal.accounts.levels import Level
from portal.accounts.providers import Provider

# Public keys alone: neither "none" nor a shared secret.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCKS_DIFFER: Final = timedelta(seconds=60)
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LASTS: Final = timedelta(minutes=5)
LONGEST: Final = 255  # characters of a name that a provider gives (OpenID Connect Core, section 2)


@dataclass(frozen=True)
class Vouched:
    """What a provider vouches for at a sign-in."""

    subject: str  # what the provider calls the person
    sid: str  # what it calls the session; empty if it has no name for it
    level: Level
    confirmed_at: datetime


@dataclass(frozen=True)
class LoggedOut:
    """Whose sessions a provider ended: one session by `sid`, or all of `subject`."""

    subject: str
    sid: str


def signed(token: str, provider: Provider, *, at: datetime) -> dict[str, Any]:
    """The claims of an unexpired token that `provider` signed for us. Raises TokenRefused, ProviderFailed."""
    claims = _opened(token, provider)
    if claims.get("iss") != provider.issuer:
        raise TokenRefused("another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in audiences:
        raise TokenRefused("for somebody else")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise TokenRefused("given to somebody else")
    if _instant(claims, "exp", at) <= at - CLOCKS_DIFFER:
        raise TokenRefused("expired")
    if _instant(claims, "iat", at) > at + CLOCKS_DIFFER:
        raise TokenRefused("from the future")
    return claims


def _opened(token: str, provider: Provider) -> dict[str, Any]:
    """A key that we do not know, or that does not fit, may be a new one: the provider is asked once."""
    for keys in (discovery.keys, discovery.fresh_keys):
        try:
            return _with(keys(provider), token)
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    raise TokenRefused("no signature of this provider")


def _with(keys: KeySet, token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)


def _instant(claims: Mapping[str, Any], name: str, at: datetime) -> datetime:
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TokenRefused(f"no {name}")
    try:
        return datetime.fromtimestamp(seconds, at.tzinfo)
    except (OverflowError, OSError, ValueError) as error:
        raise TokenRefused(f"no {name}") from error


def _name(claims: Mapping[str, Any], claim: str) -> str:
    """What the provider calls somebody or something; empty if it names nothing."""
    value = claims.get(claim)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise TokenRefused(f"{claim} is no name")
    return value


def vouched(claims: Mapping[str, Any], provider: Provider, *, nonce: str, max_age: timedelta, at: datetime) -> Vouched:
    """What a signed ID token says of the sign-in that we asked for with `nonce` and `max_age`."""
    if not nonce or claims.get("nonce") != nonce:
        raise TokenRefused("another nonce")
    subject, sid, acr = (_name(claims, name) for name in ("sub", "sid", "acr"))
    if not subject:
        raise TokenRefused("nobody is named")
    confirmed_at = _instant(claims, "auth_time", at)
    if confirmed_at > at + CLOCKS_DIFFER or confirmed_at < at - max_age - CLOCKS_DIFFER:
        raise TokenRefused("confirmed too long ago")
    level = provider.level_of(acr)
    if level is None:
        raise TokenRefused(f"acr {acr[:100]!r}", code="level-too-low")
    return Vouched(subject, sid, Level(level), min(confirmed_at, at))


def logged_out(token: str, provider: Provider, *, at: datetime) -> LoggedOut:
    """Whose sessions to end (Back-Channel Logout 1.0, section 2.6). A token counts once."""
    claims = signed(token, provider, at=at)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise TokenRefused("no logout event")
    if "nonce" in claims:
        raise TokenRefused("an ID token")
    if _instant(claims, "iat", at) < at - LOGOUT_LASTS - CLOCKS_DIFFER:
        raise TokenRefused("too old")
    subject, sid, own = (_name(claims, name) for name in ("sub", "sid", "jti"))
    if not (subject or sid) or not own:
        raise TokenRefused("no subject, no session or no name of its own")
    once = sha256(f"{provider.issuer} {own}".encode()).hexdigest()
    if not cache.add(f"oidc.logout:{once}", 1, int((LOGOUT_LASTS + 2 * CLOCKS_DIFFER).total_seconds())):
        raise TokenRefused("used before")
    return LoggedOut(subject, sid)
