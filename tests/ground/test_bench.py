"""The harness of `manage.py bench`: what it makes of figures. The figures themselves are never asserted."""

from itertools import count

import pytest

from tests.bench.harness import Bench, Figure, at_least, at_most
from tests.plugin import DATABASE, RUNNING


@pytest.fixture
def reported() -> list[Figure]:
    return []


@pytest.fixture
def bench(reported: list[Figure], monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("tests.bench.harness.gc.collect", lambda: 0)  # half a second here, and nothing is measured
    return Bench(RUNNING, DATABASE, {}, full=False, report=reported.append)


def test_ours_and_theirs_are_run_in_turns_and_each_is_warmed_up_once(bench: Bench) -> None:
    runs: list[str] = []

    def run(side: str, figure: float) -> float:
        runs.append(side)
        return figure

    bench.compare("x", lambda: run("ours", 1), lambda: run("theirs", 2), at_most(1))
    assert runs[:6] == ["ours", "theirs", "ours", "theirs", "theirs", "ours"]
    assert runs.count("ours") == runs.count("theirs") == 8


def test_the_medians_are_compared_and_the_spread_is_told(bench: Bench, reported: list[Figure]) -> None:
    ours = count(0)  # 0 warms up; 1 to 7 count
    bench.compare("x", lambda: float(next(ours)), lambda: 8.0, at_most(0.5), unit="ms")
    (figure,) = reported
    assert (figure.ours, figure.theirs, figure.ratio, figure.as_json()["pass"]) == (4, 8, 0.5, True)
    assert figure.spread == (1, 7, 8, 8)


@pytest.mark.parametrize(("ratio", "holds"), [(0.4, False), (0.5, True), (0.6, True)])
def test_a_rate_must_be_at_least_its_goal(ratio: float, holds: bool) -> None:
    assert at_least(0.5).holds(ratio) is holds


@pytest.mark.parametrize(("ratio", "holds"), [(0.4, True), (0.5, True), (0.6, False)])
def test_a_time_must_be_at_most_its_goal(ratio: float, holds: bool) -> None:
    assert at_most(0.5).holds(ratio) is holds


def test_a_limit_is_a_figure_of_its_own(bench: Bench, reported: list[Figure]) -> None:
    bench.limit("bytes", 90_000, 100_000, at_most(1), unit="bytes")
    assert (reported[0].ratio, reported[0].passed) == (0.9, True)
