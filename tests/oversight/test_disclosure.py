"""Small counts cannot be worked out of what is published: tried by linear algebra, which knows every sum."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from portal.oversight.disclosure import SMALLEST, withheld

TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(st.lists(st.integers(0, 40), min_size=columns, max_size=columns), min_size=1, max_size=6)
)


def _given_away(table: list[list[int]], hidden: frozenset[tuple[int, int]]) -> set[tuple[int, int]]:
    """The withheld cells whose value follows from the sums of rows and columns and the cells shown (Gauss-Jordan)."""
    unknown = sorted(hidden)
    lines = [[Fraction(cell[0] == row) for cell in unknown] for row in range(len(table))]
    lines += [[Fraction(cell[1] == column) for cell in unknown] for column in range(len(table[0]))]
    done = 0
    for place in range(len(unknown)):
        pivot = next((line for line in range(done, len(lines)) if lines[line][place]), None)
        if pivot is None:
            continue
        lines[done], lines[pivot] = lines[pivot], lines[done]
        lines[done] = [value / lines[done][place] for value in lines[done]]
        for other in range(len(lines)):
            if other != done and lines[other][place]:
                factor = lines[other][place]
                lines[other] = [a - factor * b for a, b in zip(lines[other], lines[done], strict=True)]
        done += 1
    alone = [line for line in lines if sum(value != 0 for value in line) == 1]
    return {unknown[next(place for place, value in enumerate(line) if value)] for line in alone}


@given(TABLES)
def test_no_small_count_is_shown(table: list[list[int]]) -> None:
    hidden = withheld(table)
    assert {(r, c) for r, row in enumerate(table) for c, n in enumerate(row) if 0 < n < SMALLEST} <= hidden


@given(TABLES.filter(lambda table: len(table) > 1 and len(table[0]) > 1))
def test_nothing_withheld_follows_from_the_sums(table: list[list[int]]) -> None:
    assert _given_away(table, withheld(table)) == set()


def test_the_attack_works_where_only_the_small_count_itself_is_withheld() -> None:
    assert _given_away([[3, 20], [30, 40]], frozenset({(0, 0)})) == {(0, 0)}


def test_nothing_is_withheld_where_every_count_is_large_or_nought() -> None:
    assert withheld([[0, 20], [30, 10]]) == frozenset()


def test_a_single_row_with_a_small_count_shows_its_sum_alone() -> None:
    assert withheld([[3, 20, 50]]) == {(0, 0), (0, 1), (0, 2)}
