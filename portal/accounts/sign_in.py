"""Citizens come in through the identity provider (OpenID Connect), which vouches for their national number."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts import actions, queries
from portal.accounts.errors import InvalidNumber

BACKEND = "django.contrib.auth.backends.ModelBackend"


class CitizenAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped in allauth
    """Takes over before allauth keeps anything: claims carry the number, and it is stored in one place only."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims = _claims(sociallogin.account.extra_data)
        try:
            user = actions.sign_in(
                str(claims.get(settings.OIDC_NUMBER_CLAIM, "")),
                name=str(claims.get("name", "")),
                mail=str(claims.get("email", "")),
                language=queries.reader_language(),
                at=timezone.now(),
            )
        except InvalidNumber as error:
            page = render(request, "accounts/no_number.html", {"refusal": error}, status=403)
            raise ImmediateHttpResponse(page) from error
        login(request, user, backend=BACKEND)
        raise ImmediateHttpResponse(HttpResponseRedirect(_next(request, sociallogin)))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False  # everybody who is vouched for was signed in above


def _claims(data: dict[str, Any]) -> dict[str, Any]:
    """The claims of the ID token and of the userinfo, the latter first."""
    return {**data, **(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def _next(request: HttpRequest, sociallogin: SocialLogin) -> str:
    wanted = sociallogin.state.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if own else settings.LOGIN_REDIRECT_URL
