"""What every page shows around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.accounts import queries as accounts
from portal.accounts.errors import UnknownSubject
from portal.accounts.models import User, UserKind
from portal.inbox import queries as inbox
from portal.pages import menu
from portal.trail.vault import KeyMissing


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Lazily: a page that shows no header asks nothing of the database."""
    user = getattr(request, "user", None)
    kind = user.kind if isinstance(user, User) else ""
    shared = {"is_demo": settings.PORTAL_DEMO, "menu": SimpleLazyObject(lambda: list(menu.entries(request, kind)))}
    if not isinstance(user, User) or kind != UserKind.CITIZEN or not user.subject_key:
        return shared
    key = bytes(user.subject_key)
    return {
        **shared,
        "citizen": SimpleLazyObject(lambda: _name(key)),
        "unread": SimpleLazyObject(lambda: inbox.unread(key)),
    }


def _name(subject_key: bytes) -> str:
    try:
        return accounts.name_of(subject_key)
    except (UnknownSubject, KeyMissing):  # no actor yet, or no key: the page that says so must show
        return ""
