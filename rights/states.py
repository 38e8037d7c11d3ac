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
    R.ANSWERED: frozenset({R.IN_PROGRESS}),  # a part of it was reopened
    R.PARTLY_ANSWERED: frozenset({R.IN_PROGRESS}),
    R.REFUSED: frozenset({R.IN_PROGRESS}),
    R.WITHDRAWN: frozenset(),
}
_ENDS: Final = frozenset({P.ANSWERED, P.TRANSFERRED, P.CANCELLED})
MOVES: Final[Mapping[PartState, frozenset[PartState]]] = {
    P.QUEUED: frozenset({P.DELIVERED, P.CANCELLED}),
    P.DELIVERED: frozenset({P.ACKNOWLEDGED}) | _ENDS,
    P.ACKNOWLEDGED: frozenset({P.INFORMATION_NEEDED}) | _ENDS,
    P.INFORMATION_NEEDED: frozenset({P.ACKNOWLEDGED}) | _ENDS,
    P.ANSWERED: frozenset({P.ACKNOWLEDGED}),  # see BY_APPEAL
    P.TRANSFERRED: frozenset(),
    P.CANCELLED: frozenset(),
}
BY_APPEAL: Final = frozenset({(P.ANSWERED, P.ACKNOWLEDGED)})  # by a granted appeal alone
OPEN: Final = (P.QUEUED, P.DELIVERED, P.ACKNOWLEDGED, P.INFORMATION_NEEDED)
AT_THE_AGENCY: Final = (P.DELIVERED, P.ACKNOWLEDGED, P.INFORMATION_NEEDED)
RUNNING: Final = (P.QUEUED, P.DELIVERED, P.ACKNOWLEDGED)  # whose clock runs
REQUEST_OPEN: Final = (R.SUBMITTED, R.IN_PROGRESS)


def may_move(before: str, after: PartState, *, by_appeal: bool = False) -> bool:
    """Whether a part may go from `before` to `after`; some moves only an appeal makes, and it makes no others."""
    move = (PartState(before), after)
    return after in MOVES[move[0]] and (move in BY_APPEAL) == by_appeal


def require_move(before: str, after: PartState, *, by_appeal: bool = False) -> None:
    """Raise IllegalMove unless a part may go from `before` to `after`."""
    if not may_move(before, after, by_appeal=by_appeal):
        raise IllegalMove


def require_request_move(before: str, after: RequestState) -> None:
    """Raise IllegalMove unless a request may go from `before` to `after`."""
    if after not in REQUEST_MOVES[RequestState(before)]:
        raise IllegalMove


# ------------------------------------------------------------------ what follows an answer, or none
class AppealState(models.TextChoices):
    FILED = "filed", _("filed")
    UNDER_REVIEW = "under_review", _("under review")
    GRANTED = "granted", _("you were right")
    DISMISSED = "dismissed", _("the answer stands")
    WITHDRAWN = "withdrawn", _("taken back")
    LAPSED = "lapsed", _("passed to the regulator")  # the agency did not decide in time


class ComplaintState(models.TextChoices):
    FILED = "filed", _("filed")
    IN_HAND = "in_hand", _("being looked into")
    UPHELD = "upheld", _("found justified")
    NOT_UPHELD = "not_upheld", _("not found justified")
    WITHDRAWN = "withdrawn", _("taken back")


class MediationState(models.TextChoices):
    ASKED = "asked", _("asked for")
    UNDER_WAY = "under_way", _("under way")
    PROPOSED = "proposed", _("a settlement is proposed")
    SETTLED = "settled", _("settled")
    FAILED = "failed", _("without agreement")
    DECLINED = "declined", _("declined by the agency")
    WITHDRAWN = "withdrawn", _("taken back")


A, C, M = AppealState, ComplaintState, MediationState
APPEAL_MOVES: Final[Mapping[str, frozenset[str]]] = {
    A.FILED: frozenset({A.UNDER_REVIEW, A.WITHDRAWN, A.LAPSED}),
    A.UNDER_REVIEW: frozenset({A.GRANTED, A.DISMISSED, A.WITHDRAWN, A.LAPSED}),
    A.GRANTED: frozenset(),
    A.DISMISSED: frozenset(),
    A.WITHDRAWN: frozenset(),
    A.LAPSED: frozenset(),
}
COMPLAINT_MOVES: Final[Mapping[str, frozenset[str]]] = {
    C.FILED: frozenset({C.IN_HAND, C.WITHDRAWN}),
    C.IN_HAND: frozenset({C.UPHELD, C.NOT_UPHELD, C.WITHDRAWN}),
    C.UPHELD: frozenset(),
    C.NOT_UPHELD: frozenset(),
    C.WITHDRAWN: frozenset(),
}
MEDIATION_MOVES: Final[Mapping[str, frozenset[str]]] = {
    M.ASKED: frozenset({M.UNDER_WAY, M.DECLINED, M.WITHDRAWN}),
    M.UNDER_WAY: frozenset({M.PROPOSED, M.FAILED, M.WITHDRAWN}),
    M.PROPOSED: frozenset({M.UNDER_WAY, M.SETTLED, M.FAILED, M.WITHDRAWN}),
    M.SETTLED: frozenset(),
    M.FAILED: frozenset(),
    M.DECLINED: frozenset(),
    M.WITHDRAWN: frozenset(),
}
APPEAL_OPEN: Final = (A.FILED, A.UNDER_REVIEW)
COMPLAINT_OPEN: Final = (C.FILED, C.IN_HAND)
MEDIATION_OPEN: Final = (M.ASKED, M.UNDER_WAY, M.PROPOSED)
