"""The documented form that is hashed: one row, one form, whoever writes it down."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.trail import canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_keys_are_sorted_and_nothing_is_escaped_or_spaced() -> None:
    assert canonical.form("trail.entry/1", {"b": 1, "a": "查阅"}) == (
        '{"a":"查阅","b":1,"schema":"trail.entry/1"}'.encode()
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 24, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=8))), "2026-11-24T01:30:00.000005Z"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00.000000Z"),
        (date(2026, 11, 24), "2026-11-24"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x0a"), "0a"),
        (UUID("0199AE5C-0000-7000-8000-00000000000F"), "0199ae5c-0000-7000-8000-00000000000f"),
        ((1, [None, True]), [1, [None, True]]),
        ({"x": (b"\x01",)}, {"x": ["01"]}),
    ],
)
def test_every_kind_of_value_has_one_way_to_be_written(value: Any, written: Any) -> None:
    assert canonical.plain(value) == written


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), 1j])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical.form("trail.entry/1", {"value": value})


@given(fields=st.dictionaries(st.text(max_size=8), PLAIN, max_size=5))
def test_the_order_in_which_a_row_is_read_does_not_matter(fields: dict[str, Any]) -> None:
    backwards = dict(reversed(fields.items()))
    assert canonical.form("x/1", fields) == canonical.form("x/1", backwards)


@given(value=PLAIN)
def test_a_form_survives_json_there_and_back(value: Any) -> None:
    form = canonical.form("x/1", {"value": value})
    assert canonical.form("x/1", json.loads(form)) == form


def test_the_schema_is_part_of_the_form() -> None:
    assert canonical.form("x/1", {"a": 1}) != canonical.form("x/2", {"a": 1})


COLUMNS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8")),
    st.binary(max_size=40),
    st.uuids(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=4),
)


@given(st.dictionaries(st.sampled_from("abcdefgh"), COLUMNS))
def test_a_row_of_typed_columns_has_the_same_form_by_the_quick_way(columns: dict[str, Any]) -> None:
    assert canonical.row_form("x/1", columns) == canonical.form("x/1", columns)
