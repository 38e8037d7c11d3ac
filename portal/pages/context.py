"""What every page shows around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal.accounts import queries as accounts
from portal.accounts.errors import UnknownSubject
from portal.accounts.models import User, UserKind
from portal.inbox import queries as inbox
from portal.representation import queries as representation
from portal.trail import actor as acting


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Lazily: a page that shows no header asks nothing of the database."""
    user, acting_for = getattr(request, "user", None), getattr(request, "acting_for", None)
    found = {"is_demo": settings.PORTAL_DEMO, "acting_for": acting_for}
    if acting_for is not None:
        found["is_anothers"] = getattr(acting.peek(), "mandate", None) is not None
    if not isinstance(user, User) or user.kind != UserKind.CITIZEN or not user.subject_key:
        return found
    key = bytes(user.subject_key)
    return {
        **found,
        "citizen": SimpleLazyObject(lambda: acting_for.shown.representative if acting_for else _name(key)),
        "unread": SimpleLazyObject(lambda: inbox.unread(key)),
        "may_act_for": SimpleLazyObject(lambda: representation.standing(key, at=timezone.now())),
    }


def _name(subject_key: bytes) -> str:
    try:
        return accounts.name_of(subject_key)
    except UnknownSubject:  # no actor yet: an error page outside the request's transaction
        return ""
