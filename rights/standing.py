"""Where each part of a request stands, for the person: who has it, since when, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rights.models import Part
from rights.queries import Row
from rights.states import Outcome, PartState

S = PartState
NEXT: Final[Mapping[str, str | Promise]] = {
    S.QUEUED: _("The agency receives it."),
    S.DELIVERED: _("The agency says that it has begun."),
    S.ACKNOWLEDGED: _("The agency answers."),
    S.INFORMATION_NEEDED: _("You answer its question; then its clock runs on."),
    S.ANSWERED: _("Nothing more."),
    S.TRANSFERRED: _("The agency that took it over answers."),
    S.CANCELLED: _("Nothing more."),
}
DOUBTED: Final = (Outcome.REFUSED, Outcome.PARTLY)


@dataclass(frozen=True)
class Standing:
    """One line of the table."""

    row: Row
    since: datetime
    next: str | Promise

    @property
    def part(self) -> Part:
        return self.row.part


def of(rows: list[Row]) -> list[Standing]:
    """A line for each part, in the order given."""
    return [Standing(row, _since(row), _next(row)) for row in rows]


def _since(row: Row) -> datetime:
    part = row.part
    if row.question is not None:
        return row.question.at
    return part.answered_at or part.acknowledged_at or part.delivered_at or part.created_at


def _next(row: Row) -> str | Promise:
    if row.part.state == PartState.ANSWERED and row.part.outcome in DOUBTED:
        return _("If you disagree, see where to turn below.")
    if row.is_late:
        return _("The agency is late; the regulator can see this.")
    return NEXT[row.part.state]
