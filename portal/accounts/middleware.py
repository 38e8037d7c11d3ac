"""Who asks: a session that is over ends, staff shows a second factor, and each request is one transaction with one
actor, so that row-level security knows who asks."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import redis
import structlog
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import limits, numbers, second_factor, sessions, standing
from portal.accounts.errors import NumberInAddress, Unavailable
from portal.accounts.levels import Level
from portal.accounts.models import User, UserKind
from portal.trail.actor import Actor, acting_as, current, streaming
from portal.trail.errors import Refusal

log = structlog.get_logger(__name__)
API = "/api/"
# Where somebody of the staff may be whose second factor is still missing.
OF_STAFF = ("/accounts/2fa/", "/accounts/reauthenticate/")
HALF_WAY = ("/accounts/", "/sign-in/", "/sign-out/", "/admin/logout/", "/language/", "/static/")


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a page's request. Departmental systems become one later, when their token is read."""
    user = request.user
    if not isinstance(user, User) or not user.is_active or is_half_way(request):
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
    """Turns away whoever writes an identity number into an address, before anything is done with it.

    But for the query of a call that a foreign protocol wants so (portal.ledger.datatracker); no log holds a query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_rest: object) -> HttpResponse | None:
        foreign = getattr(getattr(view, "cls", None), "names_a_person_in_its_query", False)  # a protocol's, not ours
        query = "" if foreign else request.META.get("QUERY_STRING", "")
        if numbers.stands_in(f"{request.path} {unquote_plus(query)}"):
            return limits.refused(request, NumberInAddress())
        return None


def is_half_way(request: HttpRequest) -> bool:
    """Whether somebody of the staff gave a password and no second factor yet."""
    user = request.user
    if not settings.PORTAL_STAFF_SECOND_FACTOR or not isinstance(user, User) or user.kind == UserKind.CITIZEN:
        return False
    kept = standing.Standing.within(request.session)
    return kept is None or not Level(kept.level).reaches(Level.SUBSTANTIAL)


class StandingMiddleware:
    """Ends sessions that are over, and keeps staff outside until they showed a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user, at = request.user, timezone.now()
        if isinstance(user, User):
            if standing.is_over(request.session, at=at):
                logout(request)
                messages.info(request, _("You were signed out, because your sign-in was too long ago."))
                return self.get_response(request)
            if standing.see(request.session, at=at) and user.kind == UserKind.CITIZEN:
                with acting_as(actor_of(request)):
                    sessions.see_session(request.session.session_key, at=at)
            records = get_authentication_records(request, user)
            if is_half_way(request) and any(record["method"] == "mfa" for record in records):
                standing.raise_to(request.session, Level.SUBSTANTIAL, at=at)
            if is_half_way(request) and not request.path.startswith((*HALF_WAY, API)):
                return redirect(second_factor.next_step(user, back_to=request.get_full_path()))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """A citizen's factors are their identity provider's business: these pages are not there for them."""
        user = request.user
        if isinstance(user, User) and user.kind == UserKind.CITIZEN and request.path.startswith(OF_STAFF):
            raise Http404


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
        if isinstance(error, redis.RedisError):
            log.warning("site.redis_away", error=type(error).__name__)
            error = Unavailable()
        if not isinstance(error, Refusal) or request.path.startswith(API):
            return None
        return refused(request, error)


def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """A refusal as a page; whatever the request changed before is rolled back."""
    response = limits.refused(request, error)
    response.changes_nothing = True  # type: ignore[attr-defined]  # read above
    return response


def _chunks(content: object) -> Iterator[bytes]:
    yield from content  # type: ignore[misc]  # sync by the check above
