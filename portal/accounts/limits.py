"""How often somebody may do something: one table (settings.PORTAL_LIMITS), counted in Redis in one step.

A count and its judgement are one script in Redis, so the limit holds however many try at once, in however many
processes. The window slides: there is no full hour at which it begins anew. What is counted is kept under a digest:
nothing in Redis tells who it was. When Redis is away nobody can be counted, and nothing that is limited is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, wraps
from math import ceil
from time import time
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

import redis
import structlog
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.accounts import callers, problems
from portal.accounts.errors import TooMany, Unavailable
from portal.accounts.models import User
from portal.trail.errors import Refusal

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
PATIENCE: Final = 2  # seconds for an answer of Redis
FACTOR: Final = "second-factor"  # the limit's name
A_MINUTE: Final = 60  # the shortest wait that is put in words


@dataclass(frozen=True, slots=True)
class Count:
    """One line of what a page counts: the limit, and whom it counts (nobody when there is no name)."""

    limit: str
    whom: Callable[[HttpRequest], str]


def _posted(field: str) -> Callable[[HttpRequest], str]:
    return lambda request: f"staff:{request.POST.get(field, '').strip().casefold()}"


def _whose_factor(request: HttpRequest) -> str:
    """Who shows a second factor: whoever is in, or whoever's password was right (allauth keeps that until then)."""
    pending = request.session.get(LOGIN_SESSION_KEY) or {}
    return f"factor:{request.user.pk or pending.get('user_pk', '')}"


# The pages of libraries that are limited: by the route's name, each POST. Our own say it on the view.
PAGES: Final[Mapping[str, tuple[Count, ...]]] = {
    "staff-sign-in": (Count("sign-in-address", callers.network_of), Count("sign-in-account", _posted("username"))),
    "account_reauthenticate": (Count(FACTOR, _whose_factor),),
    "mfa_authenticate": (Count(FACTOR, _whose_factor),),
    "mfa_reauthenticate": (Count(FACTOR, _whose_factor),),
    "mfa_reauthenticate_webauthn": (Count(FACTOR, _whose_factor),),
    "mfa_activate_totp": (Count(FACTOR, _whose_factor),),
    "openid_connect_login": (Count("sign-in-address", callers.network_of),),
    "accounts:logged-out": (Count("token-address", callers.network_of),),
    "accounts:token": (Count("token-address", callers.network_of),),
}


@cache
def _counter(url: str) -> MovingWindowRateLimiter:
    pool = redis.ConnectionPool.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 1)
    )
    return MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix="limits"))


@cache
def _parsed(text: str) -> RateLimitItem:
    return parse(text)


def take(name: str, whom: str) -> None:
    """Count one more for `whom` under the limit `name`; raises TooMany beyond it, Unavailable when Redis is away."""
    limit, counter = _parsed(settings.PORTAL_LIMITS[name]), _counter(settings.PORTAL_REDIS_URL)
    key = salted_hmac(f"portal.accounts.limits.{name}", whom, algorithm="sha256").hexdigest()[:32]
    try:
        if counter.hit(limit, name, key):
            return
        free_at = counter.get_window_stats(limit, name, key).reset_time
    except redis.RedisError as error:
        log.warning("limits.redis_away", limit=name, error=type(error).__name__)
        raise Unavailable from error
    log.warning("limits.reached", limit=name)
    raise TooMany(retry_after=max(1, ceil(free_at - time())))


def limited(
    name: str, *, by: Callable[[HttpRequest], str], methods: tuple[str, ...] = ("GET", "HEAD", "POST")
) -> Callable[
    [Callable[Concatenate[R, P], HttpResponseBase]],
    Callable[Concatenate[R, P], HttpResponseBase],
]:
    """A decorator that counts each request of these methods under the limit `name`."""

    def decorate(view: Callable[Concatenate[R, P], HttpResponseBase]) -> Callable[Concatenate[R, P], HttpResponseBase]:
        @wraps(view)
        def counted(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method in methods:
                take(name, by(request))
            return view(request, *args, **kwargs)

        counted.limited_by = name  # type: ignore[attr-defined]  # what tests read
        return cast("Callable[Concatenate[R, P], HttpResponseBase]", counted)

    return decorate


def person(request: HttpRequest) -> str:
    """The citizen who asks."""
    user = request.user
    return bytes(user.subject_key or b"").hex() if isinstance(user, User) else ""


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as a page, or as problem details where a machine asks; with Retry-After where waiting helps."""
    if request.path.startswith(problems.MACHINES):
        return problems.refused(request, refusal)
    wait = refusal.retry_after
    again_at = timezone.now() + timedelta(seconds=max(wait, A_MINUTE) + 1) if wait else None
    context = {"refusal": refusal, "again_at": again_at}
    return told_when(render(request, "errors/refusal.html", context, status=refusal.status), refusal)


def told_when(answer: HttpResponse, refusal: Refusal) -> HttpResponse:
    """`answer` with Retry-After, where the refusal knows when."""
    if refusal.retry_after:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


class LimitsMiddleware:
    """Counts the pages of PAGES, before they do anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or request.method != "POST":
            return None
        try:
            for count in PAGES.get(match.view_name, ()):
                take(count.limit, count.whom(request))
        except Refusal as refusal:
            return refused(request, refusal)
        return None
