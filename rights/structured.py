"""Structured answers: rows against the dataset's items, kept as one file of the reply."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rights.errors import DataPointless, ItemNotAsked
from rights.models import Part
from rights.states import Outcome

NAME: Final = "records.json"
MEDIA_TYPE: Final = "application/json"
GIVES: Final = (Outcome.FULFILLED, Outcome.PARTLY)
Rows = Sequence[Mapping[str, Any]]


def content(part: Part, rows: Rows, outcome: Outcome) -> bytes:
    """The file's bytes; raises ItemNotAsked for an item that is not the dataset's, DataPointless with a refusal."""
    if outcome not in GIVES:
        raise DataPointless
    items = set(part.dataset.items.values_list("code", flat=True)) if part.dataset else set()
    if any(set(row) - items for row in rows):
        raise ItemNotAsked
    return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()
