"""How far a request is, as a picture: a bar for each part from the filing to its answer, and a mark where it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rights.queries import Row
from rights.states import PartState

WIDTH: Final = 640
HIGH: Final = 26  # of one part, with its gap
TOP: Final = 18  # where the first bar begins


@dataclass(frozen=True)
class Bar:
    """One part: where its bar lies and ends, where its deadline is, and its sentence."""

    top: int
    length: float
    due_at: float
    kind: str  # done, waits, late, runs
    title: str


@dataclass(frozen=True)
class Picture:
    height: int
    now: float
    bars: list[Bar]
    width: int = WIDTH

    @property
    def foot(self) -> int:
        return self.height - 4


def of(rows: Sequence[Row], *, began_at: datetime, at: datetime) -> Picture | None:
    """The picture of these parts, whose clocks began at `began_at`; none where there is no part."""
    shown = [row for row in rows if row.part.state not in (PartState.TRANSFERRED, PartState.CANCELLED)]
    if not shown:
        return None
    last = max(at, *(row.part.due_at for row in shown), *(row.part.answered_at or at for row in shown))
    whole = max((last - began_at).total_seconds(), 1.0)

    def place(moment: datetime) -> float:
        return round((moment - began_at).total_seconds() / whole * (WIDTH - 16) + 4, 1)

    bars = [
        Bar(
            TOP + HIGH * index,
            max(place(row.part.answered_at or at) - 4, 2.0),
            place(row.part.due_at),
            _kind(row),
            f"{row.part.agency.name}: {row.part.get_state_display()}",
        )
        for index, row in enumerate(shown)
    ]
    return Picture(TOP + HIGH * len(shown) + 8, place(at), bars)


def _kind(row: Row) -> str:
    if row.part.state == PartState.ANSWERED:
        return "done"
    if row.part.state == PartState.INFORMATION_NEEDED:
        return "waits"
    return "late" if row.is_late else "runs"
