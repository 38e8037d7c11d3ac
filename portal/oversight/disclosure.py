"""Protecting small counts in a published table whose sums are known: primary and complementary suppression.

A count below SMALLEST could point at a person. Withholding it alone does not help: the row's and the column's sums
give it back. So more cells are withheld until none can be worked out. With its margins known, a withheld cell can be
worked out exactly when it lies on no closed path of withheld cells (rows and columns as the two sides of a graph, the
withheld cells as its edges: the edge is a bridge). Ours are tables of agencies by outcomes, small enough for the plain
way.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

SMALLEST: Final = 10

Cell = tuple[int, int]
Node = tuple[str, int]


def withheld(table: Sequence[Sequence[int]]) -> frozenset[Cell]:
    """The cells (row, column) not to be shown, given that every sum of a row and of a column is."""
    hidden = {cell for cell in _cells(table) if 0 < _count(table, cell) < SMALLEST}
    while hidden and (bare := _bare(hidden)):
        more = [cell for cell in _cells(table) if cell not in hidden and _touches(cell, bare)]
        if not more:  # a single row or column: nothing in it can be told apart from its sum
            return frozenset(_cells(table))
        hidden.add(min(more, key=lambda cell: (_count(table, cell) == 0, _count(table, cell), cell)))
    return frozenset(hidden)


def _cells(table: Sequence[Sequence[int]]) -> Iterator[Cell]:
    return ((row, column) for row, counts in enumerate(table) for column in range(len(counts)))


def _count(table: Sequence[Sequence[int]], cell: Cell) -> int:
    return table[cell[0]][cell[1]]


def _touches(cell: Cell, bare: Cell) -> bool:
    return cell[0] == bare[0] or cell[1] == bare[1]


def _bare(hidden: set[Cell]) -> Cell | None:
    """A withheld cell that the sums give away: without it, its row and its column are not connected."""
    return next((cell for cell in sorted(hidden) if not _connected(hidden - {cell}, cell)), None)


def _connected(edges: set[Cell], ends: Cell) -> bool:
    start, goal = ("row", ends[0]), ("column", ends[1])
    seen: set[Node] = {start}
    waiting = deque([start])
    while waiting:
        side, number = waiting.popleft()
        for row, column in edges:
            beyond: Node | None = None
            if side == "row" and row == number:
                beyond = ("column", column)
            elif side == "column" and column == number:
                beyond = ("row", row)
            if beyond and beyond not in seen:
                seen.add(beyond)
                waiting.append(beyond)
    return goal in seen
