"""Through the doors: citizens by an identity provider that vouches for their number, staff by their agency's provider
or by a password and a second factor. Whoever comes in gets a session that holds nothing of who was there before."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from portal.accounts import actions, id_tokens, limits, oidc, queries, standing
from portal.accounts.errors import InvalidNumber, SignInRefused, Unavailable, UnknownStaff
from portal.accounts.id_tokens import Vouched
from portal.accounts.levels import Level
from portal.accounts.models import User, UserKind
from portal.accounts.providers import Audience, Provider
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


class ProviderSignIn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped in allauth
    """Takes over before allauth keeps anything: claims carry the number, and it is stored in one place only."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The configured providers; none ever comes from the database."""
        return [_app(one) for one in settings.PORTAL_IDENTITY_PROVIDERS if provider in (None, "openid_connect", one.id)]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        provider = oidc.provider_named(sociallogin.account.provider)
        data = sociallogin.account.extra_data
        asked = sociallogin.state.get(oidc.ASKED) or {}
        wanted, at = Level(asked.get("level", Level.BASE)), timezone.now()
        try:
            vouched = id_tokens.vouched(
                data["id_token"], provider, nonce=asked.get("nonce", ""), max_age=oidc.max_age(wanted), at=at
            )
            user = _user(provider, {**data["id_token"], **data["userinfo"]}, vouched)
        except (SignInRefused, InvalidNumber) as refusal:
            raise ImmediateHttpResponse(_refused(request, provider, refusal)) from refusal
        _open(request, user, provider.id, vouched)
        if not vouched.level.reaches(wanted):  # they are in, as surely as the provider says, and no further
            raise ImmediateHttpResponse(_too_low(request, _next(request, sociallogin)))
        if wanted is not Level.BASE:
            messages.success(request, _("It is confirmed that it is you. Please go on."))
        home = settings.LOGIN_REDIRECT_URL if user.kind == UserKind.CITIZEN else reverse("admin:index")
        raise ImmediateHttpResponse(redirect(_next(request, sociallogin) or home))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False  # everybody who is vouched for was signed in above

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        why = getattr(exception, "why", "") or type(exception).__name__
        log.warning("accounts.sign_in_refused", provider=provider.app.provider_id, error=str(error), why=why)
        if request.GET.get("error") == "access_denied":  # some providers then leave out the state
            raise ImmediateHttpResponse(redirect("socialaccount_login_cancelled"))

    def get_requests_session(self) -> ProviderSession:
        return ProviderSession()


class StaffSignIn(DefaultAccountAdapter):  # type: ignore[misc]  # untyped in allauth
    """What allauth does when a password, and a second factor if the user has one, were right."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        records = get_authentication_records(request, user)
        level = Level.SUBSTANTIAL if any(record["method"] == "mfa" for record in records) else Level.BASE
        super().login(request, user)
        at = timezone.now()
        standing.stamp(request.session, standing.PASSWORD, Vouched("", "", level, at), at=at)
        actions.note_staff_signed_in(user, door=standing.PASSWORD, level=level, at=at)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages say what happened; allauth's own messages are in its words, not ours."""


def _app(provider: Provider) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=provider.id,
        name=provider.title,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={"server_url": provider.issuer, "oauth_pkce_enabled": True},
    )


def _user(provider: Provider, claims: dict[str, Any], vouched: Vouched) -> User:
    """The user for whom the provider vouches; raises InvalidNumber or UnknownStaff."""
    at, is_staff = timezone.now(), provider.audience == Audience.STAFF
    claim = str(claims.get(provider.user_claim if is_staff else provider.number_claim) or "")
    if is_staff:
        limits.take("sign-in-account", f"staff:{claim.strip().casefold()}")
        return actions.sign_in_staff(
            claim,
            agency=provider.agency,
            door=provider.id,
            level=vouched.level,
            at=at,
        )
    limits.take("sign-in-account", f"citizen:{claim}")
    return actions.sign_in(
        claim,
        name=str(claims.get("name") or ""),
        mail=str(claims.get("email") or ""),
        language=queries.reader_language(),
        door=provider.id,
        level=vouched.level,
        at=at,
    )


def _open(request: HttpRequest, user: User, door: str, vouched: Vouched) -> None:
    if request.user.pk == user.pk:
        request.session.cycle_key()  # confirmed once more: for whom they act, say, stays
    else:
        request.session.flush()  # nothing of anybody who was here before
    login(request, user, backend=BACKEND)
    at, agent = timezone.now(), request.headers.get("User-Agent", "")
    standing.stamp(request.session, door, vouched, at=at)
    request.session.save()  # so that its device can be noted beside it
    if user.kind == UserKind.CITIZEN:
        actions.begin_session(user, request.session.session_key or "", agent=agent, at=at)


def _refused(request: HttpRequest, provider: Provider, refusal: SignInRefused | InvalidNumber) -> HttpResponse:
    log.warning("accounts.sign_in_refused", provider=provider.id, why=getattr(refusal, "why", refusal.code))
    if isinstance(refusal, InvalidNumber):
        return render(request, "accounts/no_number.html", {"refusal": refusal}, status=403)
    if isinstance(refusal, UnknownStaff):
        return render(request, "accounts/not_staff.html", {"refusal": refusal}, status=403)
    if refusal.code == "level-too-low":
        return _too_low(request, "")
    return render(request, "socialaccount/authentication_error.html", status=401)


def _too_low(request: HttpRequest, wanted: str) -> HttpResponse:
    return render(request, "accounts/too_low.html", {"next": wanted}, status=403)


def _next(request: HttpRequest, sociallogin: SocialLogin) -> str:
    wanted = sociallogin.state.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if own else ""
