"""Who may open which page, and how surely they must be known: denied by default, said once, on the view.

    @citizen_required
    @assured(Level.SUBSTANTIAL)
    def new(request): ...

Somebody who is not signed in is sent to do so; somebody of another kind is told that there is nothing here; somebody
who is not known surely enough, or was confirmed too long ago, is sent to their identity provider and comes back.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.levels import Level
from portal.accounts.models import User, UserKind
from portal.accounts.standing import Standing
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


def is_assured(request: HttpRequest, level: Level = Level.SUBSTANTIAL) -> bool:
    """Whether whoever asks was confirmed at this level, and lately enough.

    Staff who assist somebody showed two factors at the door, and whom they assist has confirmed it in person.
    """
    if isinstance(request.user, User) and request.user.kind != UserKind.CITIZEN:
        return True
    standing = Standing.within(request.session)
    return standing is not None and standing.reaches(level, at=timezone.now())


def to_be_confirmed(request: HttpRequest, level: Level = Level.SUBSTANTIAL, *, back_to: str = "") -> HttpResponseBase:
    """Off to be confirmed at this level; afterwards the reader is back at `back_to`, or where they are now."""
    return redirect(f"{reverse('accounts:confirm')}?{urlencode({'level': level, 'next': back_to or _here(request)})}")


def assured(level: Level, *, is_download: bool = False) -> Callable[[Guarded[P]], Guarded[P]]:
    """A decorator for what only somebody surely known may do. It stands below the one that says who may come in.

    A page comes back to itself. What is sent, and a file (which would leave the provider's page in the window), comes
    back to the page it was asked from: a form's page asks for the same level, so that little is ever typed in vain.
    """

    def decorate(view: Guarded[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: SignedIn, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if is_assured(request, level):
                return view(request, *args, **kwargs)
            is_page = request.method in ("GET", "HEAD") and not is_download
            return to_be_confirmed(request, level, back_to=_here(request) if is_page else _came_from(request))

        guarded.assured = level  # type: ignore[attr-defined]  # what tests/test_walls.py reads
        return cast("Guarded[P]", guarded)

    return decorate


def _here(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in ("GET", "HEAD") else _came_from(request)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that led here, without its host."""
    referrer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(referrer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def subject_of(request: SignedIn) -> bytes:
    """The subject key of the citizen whose record is asked for: the reader's own, or of whom they act for."""
    key = current().subject_key
    if key is None:
        raise NotFound
    return key
