"""Our side of OpenID Connect: django-allauth's code flow, with what it leaves out.

allauth brings state, PKCE and the exchange of the code. Added here: a nonce, a level of assurance and a greatest age
in the question; in the answer, the signature of the ID token (allauth trusts the connection), its issuer as it is
configured, and that the userinfo is about the same person.
"""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import discovery, id_tokens
from portal.accounts.errors import SignInRefused
from portal.accounts.levels import Level
from portal.accounts.providers import Provider
from portal.outbox import calling

ASKED: Final = "data"  # where allauth keeps our own part of the state


def provider_named(identifier: str) -> Provider:
    """A configured provider; 404 for any other."""
    for provider in settings.PORTAL_IDENTITY_PROVIDERS:
        if provider.id == identifier:
            return provider
    raise Http404


def max_age(level: Level) -> timedelta:
    """How long ago somebody may have been confirmed by the provider, who asks them again if it was earlier."""
    lasts: timedelta = settings.PORTAL_SESSION_LASTS if level is Level.BASE else settings.PORTAL_STEP_UP_LASTS
    return lasts


class ProviderAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # untyped in allauth
    """Reads the provider's answers."""

    @property
    def openid_config(self) -> dict[str, Any]:
        return discovery.document(provider_named(self.provider_id))

    def get_access_token_data(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Exchange the code, unless another issuer says that it is the one who answers (RFC 9207)."""
        issuer = provider_named(self.provider_id).issuer
        if request.GET.get("iss", issuer) != issuer:
            raise OAuth2Error("answered by another issuer")
        data: dict[str, Any] = super().get_access_token_data(request, *args, **kwargs)
        return data

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        given = kwargs["response"].get("id_token")
        if not isinstance(given, str):
            raise OAuth2Error("no ID token")
        claims = id_tokens.signed(given, provider_named(self.provider_id), at=timezone.now())
        userinfo = self._fetch_user_info(token.token)
        if not isinstance(userinfo, dict) or not claims.get("sub") or userinfo.get("sub") != claims["sub"]:
            raise OAuth2Error("the userinfo is about somebody else")  # OpenID Connect Core, section 5.3.2
        data = {"userinfo": userinfo, "id_token": claims}
        return self.get_provider().sociallogin_from_response(request, data)


class IdentityProvider(OpenIDConnectProvider):  # type: ignore[misc]  # untyped in allauth
    """Asks the provider's questions."""

    oauth2_adapter_class = ProviderAdapter
    package = "allauth.socialaccount.providers.openid_connect"

    def extract_uid(self, data: dict[str, Any]) -> str:
        """For allauth, which keeps nothing of it here: a name of a length that it takes."""
        return sha256(str(data["id_token"]["sub"]).encode()).hexdigest()

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What to ask. Nothing in the address changes the question but the level and where to go afterwards."""
        wanted = request.GET.get("level", "")
        level = Level(wanted) if wanted in Level.values else Level.BASE
        provider, nonce = provider_named(self.app.provider_id), token_urlsafe(32)
        question = {"nonce": nonce, "max_age": str(int(max_age(level).total_seconds()))}
        if acr_values := provider.acr_values(level):
            question["acr_values"] = " ".join(acr_values)
        given: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        return {
            **given,
            "process": "login",
            "scope": list(provider.scopes),
            "auth_params": question,
            ASKED: {"nonce": nonce, "level": level.value},
        }


@never_cache
@require_POST
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the provider."""
    adapter = ProviderAdapter(request, provider_named(provider_id).id)
    provider = adapter.get_provider()
    try:
        answer: HttpResponse = provider.redirect_from_request(request)
    except (OAuth2Error, SignInRefused, calling.SessionFailure) as error:
        answer = render_authentication_error(request, provider, exception=error)
    return answer


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider, with a code or an error."""
    adapter = ProviderAdapter(request, provider_named(provider_id).id)
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    except (OAuth2Error, SignInRefused, calling.SessionFailure, KeyError, TypeError, ValueError) as error:
        answer = render_authentication_error(request, adapter.get_provider(), exception=error)
    return answer
