"""Reads the sample city strictly: every reference resolves, every code is unique, every sharing names its law."""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stdnum.cn import ric

from portal.demo.city.records import (
    Agency,
    Agreement,
    Citizen,
    City,
    Dataset,
    Flow,
    Item,
    Law,
    Purpose,
    Staff,
    System,
    Text,
    Wish,
)

FOLDER = Path(__file__).parent
Row = dict[str, Any]
T = TypeVar("T")
NOTHING = Text("", "")


class BadCity(ValueError):
    """The sample's files contradict themselves; the message names the file and the row."""


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


C = TypeVar("C", bound=_Coded)


def _text(row: Row, name: str, *, required: bool = True) -> Text:
    """Take `name_zh` and `name_en` out of a row; both or, where not required, neither."""
    zh, en = row.pop(f"{name}_zh", ""), row.pop(f"{name}_en", "")
    if bool(zh) != bool(en) or (required and not zh):
        raise BadCity(f"{name} must be given in both languages")
    return Text(zh, en)


def _take(table: dict[str, T], code: str, kind: str) -> T:
    if code not in table:
        raise BadCity(f"there is no {kind} {code!r}")
    return table[code]


def _rows(path: Path, kind: str, top: Iterable[str] = ()) -> list[Row]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(content) - {kind, *top}
    if unknown:
        raise BadCity(f"{path.name}: unknown {sorted(unknown)}")
    return list(content[kind])


def _table(kind: str, rows: Iterable[Row], build: Callable[[Row], C]) -> dict[str, C]:
    """Build each row; a row with a key that nobody takes, or a code that is there already, is an error."""
    table: dict[str, C] = {}
    for row in rows:
        name = f"{kind} {row.get('code', '?')}"
        try:
            record = build(row)
        except (BadCity, TypeError, KeyError) as error:
            raise BadCity(f"{name}: {error}") from error
        if record.code in table:
            raise BadCity(f"{name}: the code is used twice")
        table[record.code] = record
    return table


def _laws(folder: Path) -> dict[str, Law]:
    content = tomllib.loads((folder / "laws.toml").read_text(encoding="utf-8"))
    return {code: Law(code, Text(**words)) for code, words in content["laws"].items()}


def _items(folder: Path) -> dict[str, Item]:
    content = tomllib.loads((folder / "items.toml").read_text(encoding="utf-8"))
    return {code: Item(code=code, name=_text(row, "name"), **row) for code, row in content["items"].items()}


def _dataset(
    row: Row, *, region: str, systems: dict[str, System], items: dict[str, Item], laws: dict[str, Law]
) -> Dataset:
    system = _take(systems, row["system"], "system")
    codes = row.pop("items")
    if len(set(codes)) != len(codes):
        raise BadCity("an item is named twice")
    dataset = Dataset(
        unified=f"{region}-{row['code']}",
        agency=system.agency,
        name=_text(row, "name"),
        summary=_text(row, "summary"),
        condition=_text(row, "condition", required=row["sharing"] == "conditional"),
        items=tuple(_take(items, code, "item") for code in codes),
        law=_take(laws, row.pop("law"), "law"),
        **row,
    )
    if dataset.sharing not in {"unconditional", "conditional", "not-shared"}:
        raise BadCity(f"unknown sharing attribute {dataset.sharing!r}")
    return dataset


def _require_items(dataset: Dataset, codes: Iterable[str]) -> tuple[str, ...]:
    codes = tuple(codes)
    foreign = set(codes) - {item.code for item in dataset.items}
    if foreign:
        raise BadCity(f"{dataset.code} has no items {sorted(foreign)}")
    return codes


def _agreement(
    row: Row,
    *,
    agencies: dict[str, Agency],
    systems: dict[str, System],
    datasets: dict[str, Dataset],
    laws: dict[str, Law],
) -> Agreement:
    dataset = _take(datasets, row["dataset"], "dataset")
    recipient = _take(agencies, row["recipient"], "agency")
    if dataset.sharing == "not-shared":
        raise BadCity(f"{dataset.code} is not shared")
    if dataset.agency == recipient.code:
        raise BadCity("nobody shares with itself")
    if _take(systems, row["system"], "system").agency != recipient.code:
        raise BadCity("the system is another agency's")
    return Agreement(
        items=_require_items(dataset, row.pop("items")),
        purpose=_text(row, "purpose"),
        scenario=_text(row, "scenario"),
        law=_take(laws, row.pop("law"), "law"),
        basis=row.pop("basis", "duty"),
        **row,
    )


def _terms(row: Row, *, agreements: dict[str, Agreement], systems: dict[str, System], laws: dict[str, Law]) -> Row:
    """What a flow takes over from its agreement, or says itself where it has none."""
    if "agreement" in row:
        terms = _take(agreements, row["agreement"], "agreement")
        return {
            "dataset": terms.dataset,
            "recipient": terms.recipient,
            "recipient_name": "",
            "recipient_system": systems[terms.system].name,
            "items": terms.items,
            "law": terms.law,
            "basis": terms.basis,
            "method": terms.method,
        }
    system = row.pop("recipient_system")
    return {
        "agreement": "",
        "recipient": row.pop("recipient", ""),
        "recipient_name": row.pop("recipient_name", ""),
        "recipient_system": systems[system].name if system in systems else Text(system, system),
        "items": tuple(row.pop("items")),
        "law": _take(laws, row.pop("law"), "law"),
        "basis": row.pop("basis", "duty"),
    }


def _flow(row: Row, *, city: dict[str, Any], citizens: dict[str, Citizen]) -> Flow:
    terms = _terms(row, agreements=city["agreements"], systems=city["systems"], laws=city["laws"])
    people = tuple(row.pop("people", ())) or tuple(
        person.code for person in citizens.values() if terms["dataset"] in person.holds
    )
    flow = Flow(people=people, purpose=_text(row, "purpose"), outcome=row.pop("outcome", "sent"), **terms, **row)
    _require_items(_take(city["datasets"], flow.dataset, "dataset"), flow.items)
    if flow.recipient:
        _take(city["agencies"], flow.recipient, "agency")
    if bool(flow.recipient) == bool(flow.recipient_name):
        raise BadCity("name one recipient")
    strangers = [code for code in people if flow.dataset not in _take(citizens, code, "citizen").holds]
    if not people or (strangers and flow.depth != "searched"):  # a search may find nobody
        raise BadCity(f"{flow.dataset} holds nothing about {strangers or 'anybody'}")
    return flow


def _purpose(row: Row, *, city: dict[str, Any]) -> Purpose:
    wishes = tuple(Wish(reason=_text(wish, "reason"), **wish) for wish in row.pop("items"))
    for wish in wishes:
        _require_items(_take(city["datasets"], wish.dataset, "dataset"), [wish.item])
    _take(city["agencies"], row["agency"], "agency")
    if _take(city["systems"], row["recipient_system"], "system").agency != row["recipient"]:
        raise BadCity("the system is another agency's")
    return Purpose(
        title=_text(row, "title"),
        notice=_text(row, "notice"),
        refusal=_text(row, "refusal"),
        risk=_text(row, "risk"),
        child=_text(row, "child", required=row["kind"] == "guardian"),
        law=_take(city["laws"], row.pop("law"), "law"),
        items=wishes,
        **row,
    )


def _citizen(row: Row, *, datasets: dict[str, Dataset]) -> Citizen:
    ric.validate(row["number"])
    holds = tuple(row.pop("holds"))
    for code in holds:
        _take(datasets, code, "dataset")
    return Citizen(
        name=_text(row, "name"),
        about=_text(row, "about"),
        born_on=ric.get_birth_date(row["number"]),
        holds=holds,
        **row,
    )


def _staff(rows: list[Row], agencies: dict[str, Agency]) -> dict[str, Staff]:
    people = [Staff(name=_text(row, "name"), **row) for row in rows]
    for person in people:
        if (person.kind == "clerk") != (person.agency in agencies):
            raise BadCity(f"{person.username}: clerks, and only they, have an agency")
    if len({person.username for person in people}) != len(people):
        raise BadCity("a username is used twice")
    return {person.username: person for person in people}


def _dataset_rows(folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "datasets").glob("*.toml")):
        yield from _rows(path, "dataset")


def read(folder: Path) -> City:
    """The sample in `folder`. Raises BadCity, naming the row that is wrong."""
    head = tomllib.loads((folder / "agencies.toml").read_text(encoding="utf-8"))
    people = tomllib.loads((folder / "people.toml").read_text(encoding="utf-8"))
    laws, items = _laws(folder), _items(folder)
    agencies = _table(
        "agency", head["agency"], lambda row: Agency(name=_text(row, "name"), contact=_text(row, "contact"), **row)
    )
    systems = _table(
        "system", _rows(folder / "systems.toml", "system"), lambda row: System(name=_text(row, "name"), **row)
    )
    for system in systems.values():
        _take(agencies, system.agency, "agency")
    datasets = _table(
        "dataset",
        _dataset_rows(folder),
        lambda row: _dataset(row, region=head["region"], systems=systems, items=items, laws=laws),
    )
    for dataset in datasets.values():
        _take(agencies, dataset.source_of_truth or dataset.agency, "agency")
    agreements = _table(
        "agreement",
        _rows(folder / "agreements.toml", "agreement"),
        lambda row: _agreement(row, agencies=agencies, systems=systems, datasets=datasets, laws=laws),
    )
    known = {"agencies": agencies, "systems": systems, "datasets": datasets, "agreements": agreements, "laws": laws}
    citizens = _table("citizen", people["citizen"], lambda row: _citizen(row, datasets=datasets))
    return City(
        region=head["region"],
        name=Text(head["city_zh"], head["city_en"]),
        agencies=agencies,
        systems=systems,
        datasets=datasets,
        agreements=agreements,
        flows=_table(
            "flow", _rows(folder / "flows.toml", "flow"), lambda row: _flow(row, city=known, citizens=citizens)
        ),
        purposes=_table("purpose", _rows(folder / "purposes.toml", "purpose"), lambda row: _purpose(row, city=known)),
        citizens=citizens,
        staff=_staff(people["staff"], agencies),
        password=people["password"],
    )


@cache
def city() -> City:
    """The sample city, read once."""
    return read(FOLDER)
