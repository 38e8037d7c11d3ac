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
from portal.pages import menu
from portal.representation import queries as representation
from portal.trail import actor as acting
from portal.trail.vault import KeyMissing


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Lazily: a page that shows no header asks nothing of the database."""
    user, acting_for = getattr(request, "user", None), getattr(request, "acting_for", None)
    kind = UserKind.CITIZEN.value if acting_for else getattr(user, "kind", "")  # a clerk may assist one who is present
    found = {
        "is_demo": settings.PORTAL_DEMO,
        "acting_for": acting_for,
        "menu": SimpleLazyObject(lambda: list(menu.entries(request, kind))),
    }
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
    except (UnknownSubject, KeyMissing):  # no actor yet, or no key: the page that says so must show
        return ""
