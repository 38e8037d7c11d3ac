"""Each request is one transaction with one actor, so that row-level security knows who asks."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from portal.accounts.models import User, UserKind
from portal.trail.actor import Actor, acting_as, streaming


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a page's request. Departmental systems become one later, when their token is read."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return Actor.visitor()
    match user.kind:
        case UserKind.CITIZEN if user.subject_key:
            return Actor.citizen(user.pk, user.subject_key)
        case UserKind.CLERK if user.agency_id:
            return Actor.clerk(user.pk, user.agency_id)
        case UserKind.AUTHORITY:
            return Actor.authority(user.pk)
        case UserKind.REGULATOR:
            return Actor.regulator(user.pk)
    return Actor.visitor()


class ActorMiddleware:
    """Wraps the view in `acting_as`; an error answer (≥ 500, or an exception) rolls everything back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor = actor_of(request)
        with acting_as(actor):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # The request's transaction is over by the time the rows are drawn.
            response.streaming_content = streaming(getattr(request, "actor", actor), _chunks(response))
        return response


def _chunks(response: StreamingHttpResponse) -> Iterator[bytes]:
    yield from response.streaming_content  # type: ignore[misc]  # sync by the check above


