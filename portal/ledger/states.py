"""The states of an embargo, and every move between them."""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.trail.errors import IllegalMove


class EmbargoState(models.TextChoices):
    ASKED = "asked", _("waits for a second person")
    IN_FORCE = "in_force", _("withheld")
    REFUSED = "refused", pgettext_lazy("embargo", "refused")
    LIFTED = "lifted", _("lifted")


MOVES: Final[Mapping[EmbargoState, frozenset[EmbargoState]]] = {
    EmbargoState.ASKED: frozenset({EmbargoState.IN_FORCE, EmbargoState.REFUSED}),
    EmbargoState.IN_FORCE: frozenset({EmbargoState.LIFTED}),
    EmbargoState.REFUSED: frozenset(),
    EmbargoState.LIFTED: frozenset(),
}


def require_move(before: str, after: EmbargoState) -> None:
    """Raise IllegalMove unless an embargo may go from `before` to `after`."""
    if after not in MOVES[EmbargoState(before)]:
        raise IllegalMove
