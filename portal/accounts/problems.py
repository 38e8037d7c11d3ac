"""Errors of the API as problem details (RFC 9457): a stable type, a text in the reader's language, where it lies."""

from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response

from portal.accounts.errors import Unavailable
from portal.trail.errors import Refusal

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
MACHINES = ("/api/", "/oauth/", "/datatracker/")  # below these, an error is problem details and never a page

# Every code with a page of its own at /problems/<code>/: what happened, and how to mend it.
KNOWN = {
    "invalid": (gettext_lazy("The input is not valid"), gettext_lazy("Correct the fields that `errors` points to.")),
    "parse-error": (gettext_lazy("The body can't be read"), gettext_lazy("Send valid JSON (or NDJSON where allowed).")),
    "not-authenticated": (
        gettext_lazy("You are not signed in"),
        gettext_lazy("Get a token at /oauth/token and send it as a bearer token; tokens last ten minutes."),
    ),
    "not-permitted": (
        gettext_lazy("You may not do this"),
        gettext_lazy("Ask for a token with the scope that the call names; your client must have been granted it."),
    ),
    "not-found": (
        gettext_lazy("We found nothing here"),
        gettext_lazy("Check the address and the identifier; what is another agency's is not there for you."),
    ),
    "method-not-allowed": (
        gettext_lazy("This address does not take this method"),
        gettext_lazy("See `Allow` for those that are."),
    ),
    "unsupported-media-type": (
        gettext_lazy("This type of content is not taken"),
        gettext_lazy("Send application/json."),
    ),
    "not-acceptable": (
        gettext_lazy("There is no answer in the form you accept"),
        gettext_lazy("Accept application/json."),
    ),
    "too-large": (gettext_lazy("Too large"), gettext_lazy("Send fewer rows or a smaller file in one call.")),
    "too-many-requests": (gettext_lazy("Too many calls"), gettext_lazy("Wait as long as `Retry-After` says.")),
    "unavailable": (
        gettext_lazy("Not possible for the moment"),
        gettext_lazy("Nothing was changed. Try again when `Retry-After` says."),
    ),
    "conflict": (
        gettext_lazy("It is no longer as you think"),
        gettext_lazy("Read it again; it has changed meanwhile."),
    ),
    "illegal-move": (
        gettext_lazy("This step is not possible now"),
        gettext_lazy("Read its state; this step isn't possible in it."),
    ),
    "internal-error": (gettext_lazy("Our mistake"), gettext_lazy("Nothing was changed. Try again, then tell us.")),
}
BY_STATUS = {
    400: "invalid",
    401: "not-authenticated",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    503: "unavailable",
}


def problem(code: str, http_status: int, detail: str, *, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body of a problem: `type` is the page that explains `code`, or the general one of its status."""
    page = code if code in KNOWN else BY_STATUS.get(http_status, "internal-error")
    title = KNOWN[page][0]
    body: dict[str, Any] = {
        "type": f"{settings.SITE_URL}/problems/{page}/",
        "title": str(title),
        "status": http_status,
        "detail": detail,
        "code": code,
    }
    return {**body, "errors": errors} if errors else body


def field_error(pointer: str, code: str, detail: str) -> dict[str, str]:
    """One fault and where it lies (a JSON pointer, RFC 6901)."""
    return {"pointer": pointer, "code": code, "detail": detail}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler. Whatever was done before the error is undone: an error changes nothing."""
    body, headers = _described(error)
    if request := context.get("request"):
        body["instance"] = request.path
    response = Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)
    response.changes_nothing = True  # type: ignore[attr-defined]  # read by ActorMiddleware
    return response


def _described(error: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    match error:
        case Refusal():
            return _refused(error), _waiting(error)
        case redis.RedisError():
            log.warning("api.redis_away", error=type(error).__name__)
            return _described(Unavailable())
        case exceptions.ValidationError():
            errors = list(_flattened(error.get_full_details()))
            return problem("invalid", 422, _("Some of the input is not valid."), errors=errors), {}
        case exceptions.APIException():
            return _of_rest_framework(error)
        case RequestDataTooBig():
            return problem("too-large", 413, _("The body is too large.")), {}
        case Http404():
            return problem("not-found", 404, _("We found nothing here.")), {}
        case PermissionDenied():
            return problem("not-permitted", 403, _("You may not do this.")), {}
        case SuspiciousOperation():
            return problem("invalid", 400, _("This request can't be read.")), {}
    log.exception("api.failed", error=type(error).__name__)
    return problem("internal-error", 500, _("Something went wrong on our side. Nothing was changed.")), {}


def _refused(error: Refusal) -> dict[str, Any]:
    faults = getattr(error, "faults", None)
    if faults:
        errors = [field_error(fault.pointer, fault.code, str(fault.detail)) for fault in faults]
    else:
        errors = [field_error(f"/{error.field}", error.code, str(error.message))] if error.field else []
    return problem(error.code, error.status, str(error.message), errors=errors)


def _waiting(error: Refusal) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after)} if error.retry_after else {}


def _of_rest_framework(error: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    code = "parse-error" if isinstance(error, exceptions.ParseError) else BY_STATUS.get(error.status_code, "invalid")
    return problem(code, error.status_code, str(error.detail)), headers


def _flattened(details: Any, pointer: str = "") -> Any:
    """DRF's nested error details as a flat list with JSON pointers."""
    if isinstance(details, dict) and {"message", "code"} <= set(details):
        yield field_error(pointer or "/", details["code"], str(details["message"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            part = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _flattened(inner, pointer + part)
    elif isinstance(details, list):
        for index, inner in enumerate(details):
            nested = isinstance(inner, dict) and not {"message", "code"} <= set(inner)
            yield from _flattened(inner, f"{pointer}/{index}" if nested else pointer)


def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """A refusal outside DRF's views."""
    body = {**_refused(error), "instance": request.path}
    return JsonResponse(body, status=error.status, content_type=MEDIA_TYPE, headers=_waiting(error))


def answer(request: HttpRequest, code: str, http_status: int, detail: str) -> HttpResponse:
    """A problem outside DRF's views."""
    body = {**problem(code, http_status, detail), "instance": request.path}
    return JsonResponse(body, status=http_status, content_type=MEDIA_TYPE)


@csrf_exempt  # there is nothing to forge here, and the refusal would be a page
def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever lies under /api/ and is nothing."""
    return answer(request, "not-found", status.HTTP_404_NOT_FOUND, _("The API has no such address. See /api/v1/docs."))
