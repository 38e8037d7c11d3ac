"""What an identity provider says of itself: its addresses and its signing keys, fetched and kept for a while."""

from typing import Any, Final

from allauth.socialaccount.adapter import get_adapter
from django.core.cache import cache
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from portal.accounts.errors import ProviderFailed
from portal.accounts.providers import Provider
from portal.outbox import calling

KEPT: Final = 600  # seconds
A_MINUTE: Final = 60
FRESH_KEYS_A_MINUTE: Final = 30  # tokens come from outside: nobody makes us hammer a provider
NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def document(provider: Provider) -> dict[str, Any]:
    """The provider's own description (OpenID Connect Discovery 1.0); raises ProviderFailed."""
    name = f"oidc.document:{provider.issuer}"
    found: dict[str, Any] | None = cache.get(name)
    if found is None:
        found = _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if any(not isinstance(found.get(field), str) for field in NEEDED):
            raise ProviderFailed(f"{provider.id}: its description lacks an address")
        if found["issuer"] != provider.issuer:  # section 4.3: somebody else's description
            raise ProviderFailed(f"{provider.id}: its description is of another issuer")
        cache.set(name, found, KEPT)
    return found


def keys(provider: Provider) -> KeySet:
    """The provider's keys as they were known last; raises ProviderFailed."""
    known = cache.get(_keys_name(provider))
    return _read(provider, known) if known is not None else fresh_keys(provider)


def fresh_keys(provider: Provider) -> KeySet:
    """The keys that the provider publishes now: it may have changed them a moment ago. Raises ProviderFailed."""
    counter = f"oidc.keys.asked:{provider.issuer}"
    cache.add(counter, 0, A_MINUTE)
    if cache.incr(counter) > FRESH_KEYS_A_MINUTE:
        raise ProviderFailed(f"{provider.id}: its keys were asked for too often")
    found = _fetched(document(provider)["jwks_uri"])
    read = _read(provider, found)
    cache.set(_keys_name(provider), found, KEPT)
    return read


def _keys_name(provider: Provider) -> str:
    return f"oidc.keys:{provider.issuer}"


def _read(provider: Provider, published: Any) -> KeySet:
    try:
        return KeySet.import_key_set(published)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderFailed(f"{provider.id}: its keys cannot be read") from error


def _fetched(address: str) -> dict[str, Any]:
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.get(address)
            answer.raise_for_status()
            found = answer.json()
    except calling.SessionFailure as error:
        raise ProviderFailed(f"{address}: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise ProviderFailed(f"{address}: not an object")
    return found
