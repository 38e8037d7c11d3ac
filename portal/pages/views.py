"""The pages that belong to nobody else: the first one, sign-in, help, checking, figures, errors."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import actions as accounts
from portal.accounts import callers, limits, problems
from portal.accounts.access import open_to_representatives
from portal.accounts.errors import TooMany
from portal.accounts.limits import limited
from portal.accounts.models import User, UserKind
from portal.accounts.providers import Audience
from portal.pages import figures, home, verifying
from portal.pages.forms import VerifyForm
from portal.trail.actor import ActorKind, current
from portal.trail.errors import NotFound

A_YEAR = timedelta(days=365)


@open_to_representatives("see", "consent", "file")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What this is; or, for a citizen, what needs them and what happened."""
    actor = current()
    if actor.kind is not ActorKind.CITIZEN or actor.subject_key is None:
        return render(request, "pages/welcome.html")
    if not actor.may_act("see"):
        return redirect("consent:index" if actor.may_act("consent") else "rights:index")
    return render(request, "pages/home.html", {"home": home.of(actor.subject_key, at=timezone.now())})


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
    response = HttpResponseRedirect(wanted if _is_own(request, wanted) else "/")
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


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


@limited("verify", by=callers.network_of, methods=("POST",))
def verify(request: HttpRequest) -> HttpResponseBase:
    """Anybody may check a receipt, a proof or a package's manifest; nothing of it is kept."""
    given: QueryDict | None = request.POST or None
    if request.method != "POST" and "document" in request.GET:  # the code on a paper leads here
        limits.take("verify", callers.network_of(request))
        given = QueryDict(mutable=True)
        given["text"] = request.GET["document"]
    form = VerifyForm(given, request.FILES or None)
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


def no_such_page(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that a library brings and that leads nowhere here."""
    raise NotFound


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error(request, "errors/404.html", "not-found", 404)


def failed(request: HttpRequest) -> HttpResponseBase:
    return _error(request, "errors/500.html", "internal-error", 500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long, or was sent from elsewhere."""
    return render(request, "errors/csrf.html", status=403)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Too many wrong passwords (axes)."""
    return limits.refused(request, TooMany(retry_after=int(settings.AXES_COOLOFF_TIME.total_seconds())))


def _error(request: HttpRequest, template: str, code: str, status: int) -> HttpResponseBase:
    if request.path.startswith(problems.MACHINES):
        return problems.answer(request, code, status, str(problems.KNOWN[code][0]))
    return render(request, template, status=status)
