"""The states of requests and of their parts, and every move between them."""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import IllegalMove


class RequestState(models.TextChoices):
    DRAFT = "draft", _("not sent yet")
    SUBMITTED = "submitted", _("filed")
    IN_PROGRESS = "in_progress", _("being answered")
    ANSWERED = "answered", _("answered")
    PARTLY_ANSWERED = "partly_answered", _("answered in part")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("taken back")


class PartState(models.TextChoices):
    QUEUED = "queued", _("on its way")
    DELIVERED = "delivered", _("received by the agency")
    ACKNOWLEDGED = "acknowledged", _("being worked on")
    INFORMATION_NEEDED = "information_needed", _("waits for the person")
    ANSWERED = "answered", _("answered")
    TRANSFERRED = "transferred", _("passed on")
    CANCELLED = "cancelled", _("cancelled")


class Outcome(models.TextChoices):
    FULFILLED = "fulfilled", _("done as asked")
    PARTLY = "partly", _("done in part")
    REFUSED = "refused", _("refused")
    NOTHING_HELD = "nothing_held", _("nothing held")


R, P = RequestState, PartState
REQUEST_MOVES: Final[Mapping[RequestState, frozenset[RequestState]]] = {
    R.DRAFT: frozenset({R.SUBMITTED}),
    R.SUBMITTED: frozenset({R.IN_PROGRESS, R.ANSWERED, R.WITHDRAWN}),
    R.IN_PROGRESS: frozenset({R.ANSWERED, R.PARTLY_ANSWERED, R.REFUSED, R.WITHDRAWN}),
    R.ANSWERED: frozenset(),
    R.PARTLY_ANSWERED: frozenset(),
    R.REFUSED: frozenset(),
    R.WITHDRAWN: frozenset(),
}
_ENDS: Final = frozenset({P.ANSWERED, P.TRANSFERRED, P.CANCELLED})
MOVES: Final[Mapping[PartState, frozenset[PartState]]] = {
    P.QUEUED: frozenset({P.DELIVERED, P.CANCELLED}),
    P.DELIVERED: frozenset({P.ACKNOWLEDGED}) | _ENDS,
    P.ACKNOWLEDGED: frozenset({P.INFORMATION_NEEDED}) | _ENDS,
    P.INFORMATION_NEEDED: frozenset({P.ACKNOWLEDGED}) | _ENDS,
    P.ANSWERED: frozenset(),  # an appeal alone will reopen one (a later app adds the move)
    P.TRANSFERRED: frozenset(),
    P.CANCELLED: frozenset(),
}
OPEN: Final = (P.QUEUED, P.DELIVERED, P.ACKNOWLEDGED, P.INFORMATION_NEEDED)
AT_THE_AGENCY: Final = (P.DELIVERED, P.ACKNOWLEDGED, P.INFORMATION_NEEDED)
RUNNING: Final = (P.QUEUED, P.DELIVERED, P.ACKNOWLEDGED)  # whose clock runs
REQUEST_OPEN: Final = (R.SUBMITTED, R.IN_PROGRESS)


def may_move(before: str, after: PartState) -> bool:
    """Whether a part may go from `before` to `after`."""
    return after in MOVES[PartState(before)]


def require_move(before: str, after: PartState) -> None:
    """Raise IllegalMove unless a part may go from `before` to `after`."""
    if not may_move(before, after):
        raise IllegalMove


def require_request_move(before: str, after: RequestState) -> None:
    """Raise IllegalMove unless a request may go from `before` to `after`."""
    if after not in REQUEST_MOVES[RequestState(before)]:
        raise IllegalMove
