"""Is it alive, is it ready, how is it doing: three plain pages for machines."""

import ipaddress
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts import callers
from portal.outbox import queries as outbox
from portal.outbox.actions import BEAT
from portal.pages import measuring

LATE = timedelta(seconds=60)
OLDEST = timedelta(minutes=5)  # of a message that is due: beyond it, what should leave does not


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """What the portal stands on answers, and its worker works; 503 names what does not."""
    found = {name: _holds(check) for name, check in CHECKS.items()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _redis() -> bool:
    return bool(redis.Redis.from_url(settings.PORTAL_REDIS_URL, socket_timeout=2).ping())


def _worker() -> bool:
    beat = outbox.last_beat(BEAT)
    return beat is not None and timezone.now() - beat < LATE


def _outbox() -> bool:
    numbers = measuring.newest()
    return numbers is None or numbers["oldest_message_age"] < OLDEST.total_seconds()  # None: the worker's check tells


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "outbox": _outbox,
}


def _numbers() -> dict[str, object]:
    try:
        return dict(measuring.newest() or {})
    except redis.RedisError:  # portal_ready tells so
        return {}


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus, for the operator's own networks alone."""
    address = callers.address_of(request)
    if not any(address in ipaddress.ip_network(network) for network in settings.PORTAL_METRICS_NETWORKS):
        raise Http404
    beat = outbox.last_beat(BEAT)
    lines = [f'portal_ready{{part="{name}"}} {int(_holds(check))}' for name, check in CHECKS.items()]
    if beat:
        lines.append(f"portal_seconds_since_sweep {(timezone.now() - beat).total_seconds():.1f}")
    lines += [f"portal_{name} {value}" for name, value in _numbers().items() if name != "at"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
