"""Citizens come in through the identity provider (OpenID Connect), which vouches for their national number."""

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts import actions, limits, queries
from portal.accounts.errors import InvalidNumber, Unavailable
from portal.outbox.calling import Session, SessionAnswer, SessionFailure

BACKEND = "django.contrib.auth.backends.ModelBackend"
log = structlog.get_logger(__name__)


class ProviderSession(Session):
    """How the identity provider is asked. When it is away, signing in is not possible for the moment: 503, no error."""

    def request(self, *args: Any, **kwargs: Any) -> SessionAnswer:
        try:
            answer = super().request(*args, **kwargs)
        except SessionFailure as error:
            log.warning("accounts.provider_away", error=type(error).__name__)
            raise Unavailable from error
        if answer.status_code >= 500:
            log.warning("accounts.provider_away", status=answer.status_code)
            raise Unavailable
        return answer


class CitizenAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped in allauth
    """Takes over before allauth keeps anything: claims carry the number, and it is stored in one place only."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims, at = _claims(sociallogin.account.extra_data), timezone.now()
        limits.take("sign-in-account", f"citizen:{claims.get(settings.OIDC_NUMBER_CLAIM, '')}")
        try:
            user = actions.sign_in(
                str(claims.get(settings.OIDC_NUMBER_CLAIM, "")),
                name=str(claims.get("name", "")),
                mail=str(claims.get("email", "")),
                language=queries.reader_language(),
                at=at,
            )
        except InvalidNumber as error:
            page = render(request, "accounts/no_number.html", {"refusal": error}, status=403)
            raise ImmediateHttpResponse(page) from error
        login(request, user, backend=BACKEND)
        agent = request.headers.get("User-Agent", "")
        actions.begin_session(user, request.session.session_key or "", agent=agent, at=at)
        raise ImmediateHttpResponse(HttpResponseRedirect(_next(request, sociallogin)))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **what: Any) -> None:
        """Who goes back is told so, although some providers then leave out the state and allauth knows no reason."""
        if request.GET.get("error") == "access_denied":
            raise ImmediateHttpResponse(redirect("socialaccount_login_cancelled"))

    def get_requests_session(self) -> "ProviderSession":
        return ProviderSession()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False  # everybody who is vouched for was signed in above


def _claims(data: dict[str, Any]) -> dict[str, Any]:
    """The claims of the ID token and of the userinfo, the latter first."""
    return {**data, **(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def _next(request: HttpRequest, sociallogin: SocialLogin) -> str:
    wanted = sociallogin.state.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if own else settings.LOGIN_REDIRECT_URL
