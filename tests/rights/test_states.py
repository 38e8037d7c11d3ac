"""The moves of requests and parts: over every pair; and that nothing else writes a state."""

import ast
from pathlib import Path

import pytest

import rights
from portal.trail.errors import IllegalMove
from rights.models import Part, RightsRequest
from rights.states import MOVES, OPEN, REQUEST_MOVES, PartState, RequestState


@pytest.mark.parametrize("before", PartState)
@pytest.mark.parametrize("after", PartState)
def test_a_part_takes_exactly_the_moves_of_the_table(before: PartState, after: PartState) -> None:
    part = Part(state=before)
    if after in MOVES[before]:
        part.move_to(after)
        assert part.state == after
    else:
        with pytest.raises(IllegalMove):
            part.move_to(after)
        assert part.state == before


@pytest.mark.parametrize("before", RequestState)
@pytest.mark.parametrize("after", RequestState)
def test_a_request_takes_exactly_the_moves_of_the_table(before: RequestState, after: RequestState) -> None:
    request = RightsRequest(state=before)
    if after in REQUEST_MOVES[before]:
        request.move_to(after)
        assert request.state == after
    else:
        with pytest.raises(IllegalMove):
            request.move_to(after)
        assert request.state == before


def test_every_open_part_can_be_cancelled_and_no_closed_one_moves() -> None:
    assert {state for state in PartState if MOVES[state]} == set(OPEN)
    assert all(PartState.CANCELLED in MOVES[state] for state in OPEN)


def _writes_a_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "state" and isinstance(node.ctx, ast.Store)
    is_update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    return is_update and isinstance(node, ast.Call) and any(word.arg == "state" for word in node.keywords)


def test_a_state_is_written_by_move_to_alone() -> None:
    package = Path(rights.__file__).parent
    written = [
        (file.relative_to(package).as_posix(), node.lineno)  # type: ignore[attr-defined]  # such nodes have a line
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if _writes_a_state(node)
    ]
    assert [file for file, _ in written] == ["models.py", "models.py"]
