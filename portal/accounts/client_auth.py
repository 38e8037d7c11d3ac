"""Who asks for a token: by a secret, or by an assertion that its key signed; from a network that it may call from."""

import math
from base64 import b64decode
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

import redis
import structlog
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, TemporarilyUnavailableError

from portal.accounts import assertions, callers
from portal.accounts.assertions import BadAssertion, Claims
from portal.accounts.models import ApiClient

log = structlog.get_logger(__name__)


class ClientValidator(OAuth2Validator):  # type: ignore[misc]  # untyped in django-oauth-toolkit
    """django-oauth-toolkit's rules, with our ways for a system to prove itself (it knows no assertions)."""

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        assertion = getattr(request, "client_assertion", None)
        given = self._secret_given(request)
        if (assertion is not None and given is not None) or "client_assertion" in request.duplicate_params:
            raise InvalidRequestError("Use one way to prove who you are.", request=request)  # RFC 7521, 4.2
        if assertion is not None:
            client = self._by_assertion(request, str(assertion))
        else:
            client = self._by_secret(request, *given) if given else None
        if client is None:
            return False
        if not callers.may_call(client.networks, request.headers):
            log.warning("accounts.client.foreign_network", client=client.client_id)
            return False
        request.client = client
        return True

    # ------------------------------------------------------------------ by a secret
    def _secret_given(self, request: Request) -> tuple[str, str] | None:
        """Client id and secret, from the header (RFC 6749, 2.3.1) or else from the form."""
        basic = self._extract_basic_auth(request)
        if basic is None:
            secret = getattr(request, "client_secret", None)
            return (str(request.client_id), str(secret)) if secret and request.client_id else None
        try:
            name, _, secret = b64decode(basic).decode().partition(":")
        except ValueError:
            return "", ""
        return unquote_plus(name), unquote_plus(secret)

    def _by_secret(self, request: Request, client_id: str, secret: str) -> ApiClient | None:
        client = self._known(client_id, request)
        if client is None:
            return None
        hashes = client.secrets_at(timezone.now())
        return client if any(check_password(secret, known) for known in hashes) else None

    def _known(self, client_id: str, request: Request) -> ApiClient | None:
        found = self._load_application(client_id, request) if client_id else None
        return found if isinstance(found, ApiClient) else None

    # ------------------------------------------------------------------ by a key
    def _by_assertion(self, request: Request, assertion: str) -> ApiClient | None:
        try:
            if getattr(request, "client_assertion_type", None) != assertions.TYPE:
                raise BadAssertion("unknown type of assertion")
            named = assertions.named_client(assertion)
            client = self._known(named, request)
            if client is None or not client.jwks or request.client_id not in (None, "", named):
                raise BadAssertion("no such client, or none with keys")
            audience = f"{settings.SITE_URL}{reverse('accounts:token')}"
            claims = assertions.check(
                assertion, client.jwks, client_id=named, audience=audience, at=timezone.now()
            )  # fmt: skip
            if not self._is_new(client, claims, request):
                raise BadAssertion("it was used before")
        except BadAssertion as error:
            log.warning("accounts.client.bad_assertion", reason=str(error))
            return None
        return client

    @staticmethod
    def _is_new(client: ApiClient, claims: Claims, request: Request) -> bool:
        """Whether this `jti` comes for the first time: of two at once one is first (SET NX)."""
        left = (claims.expires_at - timezone.now() + assertions.LEEWAY).total_seconds()
        name = f"jti.{client.pk}.{sha256(claims.jti.encode()).hexdigest()}"
        try:
            return bool(cache.add(name, 1, timeout=max(1, math.ceil(left) + 1)))
        except (redis.RedisError, OSError) as error:
            log.warning("accounts.client.replay_unknown", error=type(error).__name__)
            raise TemporarilyUnavailableError(status_code=503, request=request) from error
