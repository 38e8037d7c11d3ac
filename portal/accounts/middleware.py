"""Each request is one transaction with one actor, so that row-level security knows who asks."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from portal.accounts.models import User, UserKind
from portal.trail.actor import Actor, acting_as, current, streaming
from portal.trail.errors import Refusal

API = "/api/"


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a page's request. Departmental systems become one later, when their token is read."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return Actor.visitor()
    match user.kind:
        case UserKind.CITIZEN if user.subject_key:
            return Actor.citizen(user.pk, bytes(user.subject_key))
        case UserKind.CLERK if user.agency_id:
            return Actor.clerk(user.pk, user.agency_id)
        case UserKind.AUTHORITY:
            return Actor.authority(user.pk)
        case UserKind.REGULATOR:
            return Actor.regulator(user.pk)
        case UserKind.OPERATOR:
            return Actor.operator(user.pk)
    return Actor.visitor()


class ActorMiddleware:
    """Wraps the view in `acting_as`; a refusal or an error answer (≥ 500) rolls everything back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting_as(actor_of(request)):
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(response, "changes_nothing", False):
                transaction.set_rollback(True)
            actor = current()  # a departmental system became known on the way
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # The request's transaction is over by the time the rows are drawn.
            response.streaming_content = streaming(actor, _chunks(response.streaming_content))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal that no form caught is a page of its own. The API answers for itself (problems.py)."""
        if not isinstance(error, Refusal) or request.path.startswith(API):
            return None
        return refused(request, error)


def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """A refusal as a page; whatever the request changed before is rolled back."""
    response = render(request, "errors/refusal.html", {"refusal": error}, status=error.status)
    response.changes_nothing = True  # type: ignore[attr-defined]  # read above
    return response


def _chunks(content: object) -> Iterator[bytes]:
    yield from content  # type: ignore[misc]  # sync by the check above
