"""What has a state and takes the steps of one table."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from portal.trail.errors import IllegalMove


class Moving(models.Model):
    """The base of such models; `moves` names the table."""

    moves: ClassVar[Mapping[str, frozenset[str]]]
    state: str

    class Meta:
        abstract = True

    def move_to(self, state: str) -> None:
        """Take a step of the table; raises IllegalMove."""
        if state not in self.moves[self.state]:
            raise IllegalMove
        self.state = state
