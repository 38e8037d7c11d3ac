"""Pages about the API, the keys that everybody may check our signatures with, and how sure we are who somebody is."""

from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from portal.accounts import actions, id_tokens, oidc, problems
from portal.accounts.access import SignedIn, citizen_required, is_assured
from portal.accounts.errors import ProviderFailed, TokenRefused
from portal.accounts.levels import Level
from portal.accounts.providers import Audience
from portal.accounts.standing import Standing
from portal.trail import keys

VERBS = ("get", "post", "put", "delete", "patch")
log = structlog.get_logger(__name__)


class OpenApiView(SpectacularAPIView):
    """The contract of the departments' API, OpenAPI 3.1."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = [OpenApiJsonRenderer]  # noqa: RUF012  # as its base declares it


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The same contract, to read."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    calls = [
        {"verb": verb.upper(), "path": path, **_described(operation)}
        for path, operations in sorted(schema["paths"].items())
        for verb, operation in operations.items()
        if verb in VERBS
    ]
    return render(request, "accounts/api_docs.html", {"calls": calls, "info": schema["info"]})


def _described(operation: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = operation.get("description", "").partition("\n")
    scopes = [scope for rule in operation.get("security", []) for scopes in rule.values() for scope in scopes]
    return {
        "summary": operation.get("summary") or summary,
        "description": rest.strip(),
        "scopes": scopes,
        "parameters": operation.get("parameters", []),
        "answers": [(code, answer.get("description", "")) for code, answer in operation.get("responses", {}).items()],
    }


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem's `type` leads to: what happened and how to mend it."""
    if code not in problems.KNOWN:
        raise Http404
    title, mend = problems.KNOWN[code]
    return render(request, "accounts/problem.html", {"code": code, "title": title, "mend": mend})


@require_safe
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys of our signatures, retired ones too (RFC 7517)."""
    return JsonResponse(keys.public_jwks())


@never_cache
@require_safe
@citizen_required
def confirm(request: SignedIn) -> HttpResponse:
    """Why the identity service must confirm once more who somebody is, and the button that leads there."""
    asked, wanted = request.GET.get("level", ""), request.GET.get("next", "")
    level = Level(asked) if asked in Level.values else Level.SUBSTANTIAL
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    wanted = wanted if own else "/"
    if is_assured(request, level):
        return redirect(wanted)
    able = [
        provider
        for provider in settings.PORTAL_IDENTITY_PROVIDERS
        if provider.audience == Audience.CITIZENS and provider.acr_values(level)
    ]
    standing = Standing.within(request.session)
    known = [provider for provider in able if standing and provider.id == standing.door]
    is_stale = standing is not None and Level(standing.level).reaches(level)
    context = {"level": level, "next": wanted, "providers": known or able, "is_stale": is_stale}
    return render(request, "accounts/confirm.html", context)


@csrf_exempt  # a call from server to server; the token's signature is what counts
@require_POST
def logged_out(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The identity provider says that somebody signed out there (Back-Channel Logout 1.0): they are out here too."""
    provider, at = oidc.provider_named(provider_id), timezone.now()
    try:
        whose = id_tokens.logged_out(request.POST.get("logout_token", ""), provider, at=at)
    except (TokenRefused, ProviderFailed) as refusal:
        log.warning("accounts.logout_refused", provider=provider.id, why=refusal.why)
        problem = {"error": "invalid_request", "error_description": "The logout token is not valid."}
        return JsonResponse(problem, status=400, headers={"Cache-Control": "no-store"})
    actions.end_at_provider(provider=provider.id, subject=whose.subject, sid=whose.sid, at=at)
    return HttpResponse(headers={"Cache-Control": "no-store"})
