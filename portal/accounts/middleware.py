"""Each request is one transaction with one actor, so that row-level security knows who asks."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import redis
import structlog
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch
from django.utils import timezone

from portal.accounts import limits, numbers, sessions
from portal.accounts.errors import NumberInAddress, Unavailable
from portal.accounts.models import User, UserKind
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind, acting_as, current, streaming
from portal.trail.errors import Refusal

log = structlog.get_logger(__name__)
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
            return Actor.clerk(user.pk, user.agency_id, user.role)
        case UserKind.AUTHORITY:
            return Actor.authority(user.pk)
        case UserKind.REGULATOR:
            return Actor.regulator(user.pk)
        case UserKind.OPERATOR:
            return Actor.operator(user.pk)
    return Actor.visitor()


class AddressMiddleware:
    """Turns away whoever writes an identity number into an address, before anything is done with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        if numbers.stands_in(f"{request.path} {unquote_plus(request.META.get('QUERY_STRING', ''))}"):
            return limits.refused(request, NumberInAddress())
        return None


class ActorMiddleware:
    """Wraps the view in `acting_as`; a refusal or an error answer (≥ 500) rolls everything back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self._answered(request)
        except OperationalError as error:  # before the view or at the commit: nothing was done that anybody was told of
            if not request.path.startswith(API):
                raise
            log.warning("api.database_away", error=type(error).__name__)
            return limits.refused(request, Unavailable())

    def _answered(self, request: HttpRequest) -> HttpResponseBase:
        with acting_as(actor_of(request)) as asks:
            if asks.kind is ActorKind.CITIZEN:
                sessions.see_session(request.session.session_key, at=timezone.now())
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(response, "changes_nothing", False):
                transaction.set_rollback(True)
            actor = current()  # a departmental system became known on the way
        if refused_act := getattr(response, "refused_act", None):
            _note_refusal(*refused_act, actor=actor, call=request.resolver_match)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # The request's transaction is over by the time the rows are drawn.
            response.streaming_content = streaming(actor, _chunks(response.streaming_content))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal that no form caught is a page of its own. The API answers for itself (problems.py)."""
        if isinstance(error, redis.RedisError):
            log.warning("site.redis_away", error=type(error).__name__)
            error = Unavailable()
        if not isinstance(error, Refusal) or request.path.startswith(API):
            return None
        return refused(request, error)


def _note_refusal(event: str, code: str, *, actor: Actor, call: ResolverMatch | None) -> None:
    """What was refused and undone leaves a line in the trail, in a transaction of its own; never what was sent."""
    at, name = timezone.now(), call.view_name if call else ""
    with acting_as(actor):
        trail.record(event, actor=actor, at=at, agency=actor.agency_id, code=code, call=name)


def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """A refusal as a page; whatever the request changed before is rolled back."""
    response = limits.refused(request, error)
    response.changes_nothing = True  # type: ignore[attr-defined]  # read above
    return response


def _chunks(content: object) -> Iterator[bytes]:
    yield from content  # type: ignore[misc]  # sync by the check above
