"""The pages that belong to nobody else: the first one, sign-in, settings, help, checking, figures, errors."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import actions as accounts
from portal.accounts import problems
from portal.accounts import queries as people
from portal.accounts.access import SignedIn, citizen_required, subject_of
from portal.accounts.models import User, UserKind
from portal.accounts.providers import Audience
from portal.pages import figures, home, verifying
from portal.pages.forms import MailForm, VerifyForm
from portal.trail.actor import current

A_YEAR = timedelta(days=365)


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What this is; or, for a citizen, what needs them and what happened."""
    user = request.user
    if isinstance(user, User) and user.kind == UserKind.CITIZEN and user.subject_key:
        return render(request, "pages/home.html", {"home": home.of(bytes(user.subject_key), at=timezone.now())})
    return render(request, "pages/welcome.html")


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """A button for each identity provider; afterwards the reader is where they wanted to go."""
    if isinstance(request.user, User) and request.user.kind == UserKind.CITIZEN:
        return redirect("pages:home")
    wanted = request.GET.get("next", "")
    providers = [one for one in settings.PORTAL_IDENTITY_PROVIDERS if one.audience == Audience.CITIZENS]
    context = {"next": wanted if _is_own(request, wanted) else "/", "providers": providers}
    return render(request, "pages/sign_in.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("pages:home")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language and go back to the page that was being read."""
    language, wanted = request.POST.get("language", ""), request.POST.get("next", "")
    response = redirect(wanted if _is_own(request, wanted) else "/")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax", secure=settings.SECURE
        )
        if isinstance(request.user, User):
            accounts.set_language(request.user, language)
    return response


def _is_own(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


@citizen_required
def preferences(request: SignedIn) -> HttpResponse:
    """Where you want mail."""
    key = subject_of(request)
    form = MailForm(request.POST or None, initial={"mail": people.mail_of(key)})
    if request.method == "POST" and form.is_valid():
        accounts.set_mail(key, form.cleaned_data["mail"], actor=current(), at=timezone.now())
        return redirect("pages:settings")
    return render(request, "pages/settings.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


def verify(request: HttpRequest) -> HttpResponse:
    """Anybody may check a receipt, a proof or a package's manifest; nothing of it is kept."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    found = verifying.checked(form.cleaned_data["document"]) if form.is_bound and form.is_valid() else None
    return render(request, "pages/verify.html", {"form": form, "found": found}, status=422 if form.errors else 200)


@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """Public figures: who shares with whom, and how often. Counts alone, small ones withheld."""
    return render(request, "pages/transparency.html", {"figures": figures.public(at=timezone.now())})


# ------------------------------------------------------------------ errors
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, "errors/400.html", "invalid", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, "errors/403.html", "not-permitted", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, "errors/404.html", "not-found", 404)


def failed(request: HttpRequest) -> HttpResponseBase:
    return _error(request, "errors/500.html", "internal-error", 500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long, or was sent from elsewhere."""
    return render(request, "errors/csrf.html", status=403)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Too many wrong passwords (axes)."""
    return render(request, "errors/429.html", status=429)


def _error(request: HttpRequest, template: str, code: str, status: int) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        return problems.answer(request, code, status, str(problems.KNOWN[code][0]))
    return render(request, template, status=status)
