import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portal.ledger.leaves import HASHED, BatchTree, form_of, form_of_values, leaf_of
from portal.ledger.models import SharingEvent
from portal.trail import tree

texts = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)
moments = st.datetimes(datetime(2023, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds of a strategy are naive
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "UUIDField": st.uuids(),
    "CharField": texts,
    "ArrayField": st.lists(texts, max_size=4),
    "DateTimeField": moments,
    "DateField": st.none() | st.dates(date(2000, 1, 1)),
    "BooleanField": st.booleans(),
    "KeyField": st.binary(min_size=16, max_size=16),
    "BytesField": st.binary(min_size=16, max_size=16),
    "ForeignKey": st.none() | st.uuids(),
}
events = st.fixed_dictionaries(
    {
        field.attname: COLUMNS[type(field).__name__]
        for field in SharingEvent._meta.concrete_fields
        if field.attname in HASHED[SharingEvent]
    }
)


@given(events)
def test_a_leaf_is_what_anybody_can_compute_from_the_documented_form(values: dict[str, Any]) -> None:
    form = form_of_values(SharingEvent, values)
    said = json.loads(form)
    assert said["schema"] == "ledger.event/1"
    assert bytes.fromhex(said["salt"]) == values["salt"]
    assert json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == form
    assert leaf_of(SharingEvent(**values)) == sha256(b"\x00" + form).digest()


@given(events, st.data())
def test_no_column_can_change_without_the_leaf(values: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(HASHED[SharingEvent]))
    kind = type(SharingEvent._meta.get_field(name.removesuffix("_id") if name == "dataset_id" else name)).__name__
    changed = {**values, name: data.draw(COLUMNS[kind])}
    same = changed[name] == values[name]
    assert (form_of_values(SharingEvent, changed) == form_of_values(SharingEvent, values)) == same


def test_every_column_but_the_leaf_is_hashed() -> None:
    columns = {field.attname for field in SharingEvent._meta.concrete_fields} - {"pk", "leaf"}
    assert columns == set(HASHED[SharingEvent])


def test_a_row_and_its_values_have_the_same_form() -> None:
    values = dict.fromkeys(HASHED[SharingEvent]) | {"items": ["a"], "salt": b"1" * 16}
    assert form_of(SharingEvent(**values)) == form_of_values(SharingEvent, values)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_every_leaf_of_a_batch_leads_to_its_root(leaves: list[bytes], data: st.DataObject) -> None:
    batch = BatchTree(leaves)
    position = data.draw(st.integers(0, len(leaves) - 1))
    assert tree.included(leaves[position], position, len(leaves), batch.path(position), batch.root())


def test_a_batch_of_nothing_has_the_root_of_nothing() -> None:
    assert BatchTree([]).root() == tree.EMPTY
