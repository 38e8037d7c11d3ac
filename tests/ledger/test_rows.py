from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ledger.errors import RowRefused
from portal.ledger.rows import read_event, read_holding
from tests.ledger.factories import AT, event_row, holding_row

BASES = ("statutory_duty", "consent")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def refused(row: Any) -> tuple[str, str]:
    with pytest.raises(RowRefused) as caught:
        read_event(row, bases=BASES, at=AT)
    return caught.value.pointer, caught.value.code


def test_a_whole_row_is_read() -> None:
    row = read_event(event_row(use_until="2027-01-01", automated=False), bases=BASES, at=AT)
    assert (row.reference, row.items, row.recipient) == ("r-1", ("income",), "housing")
    assert row.occurred_at.isoformat() == "2026-11-20T01:30:00.123000+00:00"
    assert (row.rest["depth"], row.rest["form"], row.rest["outcome"]) == ("copied", "raw", "sent")
    assert row.rest["is_automated"] is False


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"subject": None}, "/subject", "missing"),
        ({"subject": 42}, "/subject", "not-a-string"),
        ({"reference": "  "}, "/reference", "missing"),
        ({"reference": "x" * 201}, "/reference", "too-long"),
        ({"occurred_at": None}, "/occurred_at", "missing"),
        ({"occurred_at": "yesterday"}, "/occurred_at", "not-an-instant"),
        ({"occurred_at": "2026-11-20T09:30:00"}, "/occurred_at", "no-offset"),
        ({"occurred_at": "2022-12-31T23:59:59Z"}, "/occurred_at", "too-old"),
        ({"occurred_at": (AT + timedelta(minutes=6)).isoformat()}, "/occurred_at", "in-the-future"),
        ({"items": "income"}, "/items", "not-a-list"),
        ({"items": [1]}, "/items", "not-a-list"),
        ({"recipient": None}, "/recipient", "one-recipient"),
        ({"recipient_name": "Company X"}, "/recipient", "one-recipient"),
        ({"purpose_zh": None, "purpose_en": None}, "/purpose_zh", "missing"),
        ({"purpose_zh": "a\x00b"}, "/purpose_zh", "bad-characters"),
        ({"purpose_zh": "\ud800"}, "/purpose_zh", "bad-characters"),
        ({"legal_basis": None}, "/legal_basis", "missing"),
        ({"legal_basis": "because"}, "/legal_basis", "unknown-code"),
        ({"depth": "deep"}, "/depth", "unknown-code"),
        ({"consent": "x"}, "/consent", "not-a-uuid"),
        ({"automated": "yes"}, "/automated", "not-a-boolean"),
        ({"use_until": "2027-13-01"}, "/use_until", "not-a-date"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown-field"),
    ],
)
def test_a_row_is_refused_where_it_is_wrong(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert refused(event_row(**changes)) == (pointer, code)


@pytest.mark.parametrize("row", [None, 3, "x", []])
def test_what_is_no_object_is_refused(row: Any) -> None:
    assert refused(row) == ("", "not-an-object")


def test_a_holding_does_not_end_before_it_begins() -> None:
    with pytest.raises(RowRefused) as caught:
        read_holding(holding_row(until="2019-01-01"))
    assert caught.value.code == "ends-before-it-begins"


@given(st.dictionaries(st.sampled_from(sorted(event_row())), anything))
def test_whatever_is_sent_is_read_or_refused_and_never_repeated_in_the_refusal(changes: dict[str, Any]) -> None:
    row = event_row(**{"subject": "110101198805170070", **changes})
    refusal = None
    try:
        read_event(row, bases=BASES, at=AT)
    except RowRefused as error:
        refusal = error
    assert refusal is None or refusal.pointer.startswith("/")
    assert "110101198805170070" not in str(refusal)


@pytest.mark.parametrize("key", ["\x00", "\ud800"])
def test_a_key_that_no_database_holds_is_told_without_it(key: str) -> None:
    assert refused({key: 1}) == ("/\ufffd", "unknown-field")
