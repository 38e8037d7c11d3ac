"""For whom a request acts: the session holds the id of a representation, and nothing more.

It is looked up anew each time, so that one which ended opens nothing. Pages that are marked for it
(portal.accounts.access.open_to_representatives) then show the represented person's record; all others stay their
reader's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from portal.accounts.middleware import refused
from portal.accounts.models import User
from portal.representation import actions, queries
from portal.representation.errors import NotCovered, NotStanding
from portal.representation.queries import Shown
from portal.representation.states import Kind
from portal.trail.actor import Mandate, become, current

SESSION_KEY: Final = "representation"


@dataclass(frozen=True)
class ActingFor:
    """For whom the reader acts, as every page tells them."""

    shown: Shown
    mandate: Mandate

    @property
    def is_assisted(self) -> bool:
        return self.shown.row.kind == Kind.ASSISTED


class RepresentationMiddleware:
    """Puts the represented person in the reader's place, inside the transaction that ActorMiddleware opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        acting = getattr(request, "acting_for", None)
        if acting is not None and acting.is_assisted:
            response.headers["Cache-Control"] = "private, no-store"  # nothing stays on the counter's device
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Change the actor for a marked page, or say that what the session names is over: the act is not done then."""
        user = request.user
        named = request.session.get(SESSION_KEY) if isinstance(user, User) else None
        if named is None or not isinstance(user, User):
            return None
        row = queries.acting(
            UUID(named),
            own_key=bytes(user.subject_key) if user.subject_key else None,
            user_id=user.pk,
            at=timezone.now(),
        )
        acts = getattr(view, "represented", None)
        if row is None:
            stop(request)
            return None if acts is None else _over(request)
        acting = ActingFor(queries.shown(row, at=timezone.now()), queries.mandate_of(row))
        request.acting_for = acting  # type: ignore[attr-defined]  # read by pages.context and by __call__
        if acts is not None:
            if not acting.mandate.acts.intersection(acts):
                return refused(request, NotCovered())
            become(actions.in_place_of(row, current()))
        return None


def begin(request: HttpRequest, identifier: UUID) -> None:
    """From the next request on, act by this representation."""
    request.session[SESSION_KEY] = str(identifier)


def stop(request: HttpRequest) -> None:
    """From the next request on, act for oneself."""
    request.session.pop(SESSION_KEY, None)


def _over(request: HttpRequest) -> HttpResponseBase:
    messages.warning(request, str(NotStanding.message))
    return redirect("pages:home")
