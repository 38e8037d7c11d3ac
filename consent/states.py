"""The states of purposes and consents, and every move between them."""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import IllegalMove


class PurposeState(models.TextChoices):
    DRAFT = "draft", _("waits for approval")
    OPEN = "open", _("open for comment")
    APPROVED = "approved", _("approved")
    ENDED = "ended", _("ended")


class ConsentState(models.TextChoices):
    REQUESTED = "requested", _("asked of you")
    GIVEN = "given", _("allowed")
    PAUSED = "paused", _("paused")
    REFUSED = "refused", _("not allowed")
    LAPSED = "lapsed", _("not answered in time")
    SUPERSEDED = "superseded", _("replaced by a newer one")
    WITHDRAWN = "withdrawn", _("stopped by you")
    EXPIRED = "expired", _("ended on its day")


S = ConsentState
MOVES: Final[Mapping[ConsentState, frozenset[ConsentState]]] = {
    S.REQUESTED: frozenset({S.GIVEN, S.REFUSED, S.LAPSED, S.SUPERSEDED}),
    S.GIVEN: frozenset({S.PAUSED, S.WITHDRAWN, S.EXPIRED, S.SUPERSEDED}),
    S.PAUSED: frozenset({S.GIVEN, S.WITHDRAWN, S.EXPIRED, S.SUPERSEDED}),
    S.REFUSED: frozenset(),
    S.LAPSED: frozenset(),
    S.SUPERSEDED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
}
LIVE: Final = (S.REQUESTED, S.GIVEN, S.PAUSED)
STANDING: Final = (S.GIVEN, S.PAUSED)
ENDED: Final = tuple(state for state in S if not MOVES[state])

PURPOSE_MOVES: Final[Mapping[PurposeState, frozenset[PurposeState]]] = {
    PurposeState.DRAFT: frozenset({PurposeState.OPEN, PurposeState.APPROVED, PurposeState.ENDED}),
    PurposeState.OPEN: frozenset({PurposeState.APPROVED, PurposeState.ENDED}),
    PurposeState.APPROVED: frozenset({PurposeState.ENDED}),
    PurposeState.ENDED: frozenset(),
}


def require_move(before: str, after: ConsentState) -> None:
    """Raise IllegalMove unless a consent may go from `before` to `after`."""
    if after not in MOVES[ConsentState(before)]:
        raise IllegalMove


def require_purpose_move(before: str, after: PurposeState) -> None:
    """Raise IllegalMove unless a purpose may go from `before` to `after`."""
    if after not in PURPOSE_MOVES[PurposeState(before)]:
        raise IllegalMove
