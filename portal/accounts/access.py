"""Who may open which page: denied by default, said once, on the view.

    @citizen_required
    def requests(request): ...

Somebody who is not signed in is sent to do so; somebody of another kind is told that there is nothing here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from portal.accounts.models import User, UserKind
from portal.trail.actor import current
from portal.trail.errors import NotFound

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class SignedIn(HttpRequest):
    """A request of somebody who signed in, for views behind the decorators below."""

    user: User


Guarded = Callable[Concatenate[SignedIn, P], HttpResponseBase]


def kinds_required(
    *kinds: UserKind, sign_in: str
) -> Callable[[Callable[Concatenate[SignedIn, P], HttpResponseBase]], View[P]]:
    """A decorator that lets only users of these kinds in; `sign_in` names the page where they sign in."""

    def decorate(view: Guarded[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse(sign_in))
            represents = UserKind.CITIZEN in kinds and current().mandate is not None
            if request.user.kind not in kinds and not represents:
                raise NotFound
            return view(cast("SignedIn", request), *args, **kwargs)

        guarded.open_to = kinds  # type: ignore[attr-defined]  # what tests/test_walls.py reads
        return cast("View[P]", guarded)

    return decorate


citizen_required = kinds_required(UserKind.CITIZEN, sign_in="pages:sign-in")
clerk_required = kinds_required(UserKind.CLERK, sign_in="admin:login")
authority_required = kinds_required(UserKind.AUTHORITY, sign_in="admin:login")
regulator_required = kinds_required(UserKind.REGULATOR, sign_in="admin:login")


V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def open_to_representatives(*acts: str) -> Callable[[V], V]:
    """Mark a page as one that shows the record of whom its reader acts for, if they may do one of `acts` for them.

    Without this mark a page is its reader's own, for whomever they act: what nobody thought of is not opened.
    portal.representation.middleware reads it.
    """

    def mark(view: V) -> V:
        view.represented = acts  # type: ignore[attr-defined]
        return view

    return mark


def subject_of(request: SignedIn) -> bytes:
    """The subject key of the citizen whose record is asked for: the reader's own, or of whom they act for."""
    key = current().subject_key
    if key is None:
        raise NotFound
    return key
