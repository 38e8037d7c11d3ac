"""What is withheld: how much by ground, for everybody; and what was withheld from one citizen, once it is lifted."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from portal.ledger.models import Embargo
from portal.ledger.states import EmbargoState


@dataclass(frozen=True)
class Withheld:
    """How many events are withheld now on one ground, and how many of these wait for the regulator."""

    ground: str
    events: int
    with_regulator: int


def withheld_counts() -> dict[str, Withheld]:
    """What is withheld now, by ground; counts only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_withheld_counts()")
        return {row[0]: Withheld(*row) for row in cursor.fetchall()}


@dataclass(frozen=True)
class WasWithheld:
    """One time an event was withheld from its citizen, over now."""

    embargo: Embargo

    @property
    def days(self) -> int:
        """How long: started days."""
        decided, lifted = self.embargo.decided_at, self.embargo.lifted_at
        if decided is None or lifted is None:
            return 0
        return -((decided - lifted) // timedelta(days=1))


def was_withheld(subject_key: bytes, event_id: UUID) -> list[WasWithheld]:
    """Each time this event was withheld, the newest first."""
    rows = Embargo.objects.filter(subject_key=subject_key, event_id=event_id, state=EmbargoState.LIFTED)
    return [WasWithheld(row) for row in rows.order_by("-lifted_at")]
