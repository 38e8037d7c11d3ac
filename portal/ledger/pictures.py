"""The flow picture: who shared with whom, as ribbons whose breadth is how often. Drawn as plain SVG by the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

from django.utils.translation import ngettext

from portal.ledger.queries import Flow

WIDTH: Final = 960
EDGE: Final = 310  # room for names at either side
LETTER: Final = 14  # breadth of a Chinese character, and height of the names
HEIGHT: Final = 260  # of all ribbons together, gaps not counted
GAP: Final = 14
THINNEST: Final = 5
MOST: Final = 8


@dataclass
class End:
    """An agency at one side of the picture."""

    name: str
    times: int
    top: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.top + self.height / 2, 1)

    @property
    def label(self) -> str:
        """The name, cut to the room there is, and the times."""
        times = f" · {self.times}"
        room = EDGE - 8 - sum(map(_breadth, times))
        return _cut(self.name, room) + times


@dataclass(frozen=True)
class Ribbon:
    """One flow: the outline of its ribbon, and its sentence for those who can't see it."""

    path: str
    title: str
    shade: int  # 0–3: neighbours differ


@dataclass(frozen=True)
class Picture:
    height: int
    left: list[End]
    right: list[End]
    ribbons: list[Ribbon]
    left_out: int  # flows too rare to be drawn; the table has them
    flows: list[Flow]  # those that are drawn, for narrow screens as bars
    width: int = WIDTH
    edge: int = EDGE  # where the left ends stand
    right_edge: int = WIDTH - EDGE - 8

    @property
    def most(self) -> int:
        """How often the most frequent flow."""
        return max(flow.times for flow in self.flows)


def drawn(flows: Sequence[Flow]) -> Picture | None:
    """The picture of the most frequent flows, or None where nothing was shared."""
    if not flows:
        return None
    shown = list(flows[:MOST])
    total = sum(flow.times for flow in shown)
    breadths = [max(THINNEST, HEIGHT * flow.times / total) for flow in shown]
    left = _ends([flow.provider for flow in shown], [flow.times for flow in shown], breadths)
    right = _ends([flow.recipient for flow in shown], [flow.times for flow in shown], breadths)
    used: dict[tuple[str, str], float] = {}
    ribbons = []
    for place, (flow, breadth) in enumerate(zip(shown, breadths, strict=True)):
        start = used.setdefault(("left", flow.provider), left[flow.provider].top)
        end = used.setdefault(("right", flow.recipient), right[flow.recipient].top)
        used["left", flow.provider] += breadth
        used["right", flow.recipient] += breadth
        title = ngettext(
            "%(provider)s to %(recipient)s: %(times)d time",
            "%(provider)s to %(recipient)s: %(times)d times",
            flow.times,
        ) % {
            "provider": flow.provider,
            "recipient": flow.recipient,
            "times": flow.times,
        }
        ribbons.append(Ribbon(_outline(start, end, breadth), title, place % 4))
    height = max(end.top + end.height for end in (*left.values(), *right.values()))
    ends = (list(left.values()), list(right.values()))
    return Picture(round(height) + GAP, *ends, ribbons, len(flows) - len(shown), shown)


def _ends(names: Sequence[str], times: Sequence[int], breadths: Sequence[float]) -> dict[str, End]:
    ends: dict[str, End] = {}
    for name, count, breadth in zip(names, times, breadths, strict=True):
        end = ends.setdefault(name, End(name, 0, 0.0, 0.0))
        end.times += count
        end.height += breadth
    top = float(GAP)
    for end in ends.values():
        end.top, end.height = round(top, 1), round(end.height, 1)
        top += end.height + GAP
    return ends


def _breadth(letter: str) -> float:
    """About how broad a letter is drawn: Chinese ones are square, others a little over half of it."""
    return LETTER if east_asian_width(letter) in "WF" else LETTER * 0.58


def _cut(name: str, room: float) -> str:
    if sum(map(_breadth, name)) <= room:
        return name
    while name and sum(map(_breadth, name)) + LETTER > room:
        name = name[:-1]
    return name.rstrip() + "…"


def _outline(start: float, end: float, breadth: float) -> str:
    near, far, middle = EDGE + 8, WIDTH - EDGE - 8, WIDTH // 2
    low = start + breadth
    return (
        f"M{near} {start:.1f}C{middle} {start:.1f} {middle} {end:.1f} {far} {end:.1f}"
        f"V{end + breadth:.1f}C{middle} {end + breadth:.1f} {middle} {low:.1f} {near} {low:.1f}Z"
    )
