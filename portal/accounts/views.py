"""Pages about the API, and the keys that everybody may check our signatures with."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from portal.accounts import problems
from portal.trail import keys

VERBS = ("get", "post", "put", "delete", "patch")


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
