"""The moves of requests and parts: over every pair; and that nothing else writes a state."""

import ast
from pathlib import Path
from typing import Any

import pytest

import rights
from portal.trail.errors import IllegalMove
from rights.models import Appeal, Complaint, Mediation, Part, RightsRequest
from rights.states import (
    APPEAL_MOVES,
    BY_APPEAL,
    COMPLAINT_MOVES,
    MEDIATION_MOVES,
    MOVES,
    OPEN,
    REQUEST_MOVES,
    AppealState,
    ComplaintState,
    MediationState,
    PartState,
    RequestState,
)


@pytest.mark.parametrize("before", PartState)
@pytest.mark.parametrize("after", PartState)
def test_a_part_takes_exactly_the_moves_of_the_table(before: PartState, after: PartState) -> None:
    for by_appeal in (False, True):
        part = Part(state=before)
        if after in MOVES[before] and ((before, after) in BY_APPEAL) == by_appeal:
            part.move_to(after, by_appeal=by_appeal)
            assert part.state == after
        else:
            with pytest.raises(IllegalMove):
                part.move_to(after, by_appeal=by_appeal)
            assert part.state == before


MACHINES: list[tuple[Any, Any, Any]] = [
    (Appeal, AppealState, APPEAL_MOVES),
    (Complaint, ComplaintState, COMPLAINT_MOVES),
    (Mediation, MediationState, MEDIATION_MOVES),
]


@pytest.mark.parametrize(
    ("model", "moves", "before", "after"),
    [(model, moves, before, after) for model, states, moves in MACHINES for before in states for after in states],
)
def test_what_follows_an_answer_takes_exactly_the_moves_of_its_table(
    model: Any, moves: Any, before: str, after: str
) -> None:
    row = model(state=before)
    if after in moves[before]:
        row.move_to(after)
        assert row.state == after
    else:
        with pytest.raises(IllegalMove):
            row.move_to(after)
        assert row.state == before


def test_every_state_of_a_machine_is_in_its_table() -> None:
    for _model, states, moves in MACHINES:
        assert set(moves) == set(states)
        assert set().union(*moves.values()) <= set(states)


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


def test_every_open_part_can_be_cancelled_and_no_closed_one_moves_but_by_appeal() -> None:
    by_itself = {state for state in PartState for after in MOVES[state] if (state, after) not in BY_APPEAL}
    assert by_itself == set(OPEN)
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
    assert sorted(file for file, _ in written) == ["models.py", "models.py", "stepping.py"]
