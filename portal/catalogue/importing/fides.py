"""A dataset annotation of Fides (YAML): one dataset, an item for each column that says something of a person.

The file also says where the data stands; a connector is registered with it (rights.connector). What Fides does not
state (sharing, legal basis, retention) is marked as not stated rather than guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from portal.catalogue.importing.cleaning import folded, shortened, words
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.importing.riha import CONDITIONS_EN, CONDITIONS_ZH, REASON_EN, REASON_ZH
from portal.catalogue.words import AgencyKind, Basis, Level, Method, Sharing, UpdateFrequency

ORIGIN: Final = "fides"
PERSONAL: Final = "user"


def read(path: Path) -> Sequence[Found | Unusable]:
    """Every dataset of the file. Raises UnreadableFile."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnreadableFile from error
    datasets = document.get("dataset") if isinstance(document, Mapping) else None
    if not isinstance(datasets, list):
        raise UnreadableFile
    return [_read(row, place) for place, row in enumerate(datasets)]


def _read(row: object, place: int) -> Found | Unusable:
    given: Mapping[str, Any] = row if isinstance(row, Mapping) else {}
    code, label = folded(words(given.get("fides_key")))[:100], words(given.get("fides_key")) or f"#{place + 1}"
    if not code:
        return Unusable(label, "", "it has no fides_key")
    items = list(_items(given))
    if not items:
        return Unusable(label, code, "no column of it says anything of a person")
    name = words(given.get("name")) or label
    agency = {"code": f"fides-{code}", "name_zh": name, "name_en": name, "kind": AgencyKind.DEPARTMENT,
              "level": Level.NATIONAL, "region": "", "origin": ORIGIN, "original_language": "en"}  # fmt: skip
    return Found(label, code, agency, None, _dataset(given, code, name, items))


def _items(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for table in given.get("collections") or ():
        for column in table.get("fields") or ():
            categories = column.get("data_categories") or ()
            if any(name == PERSONAL or name.startswith(f"{PERSONAL}.") for name in categories):
                name = f"{table['name']}.{column['name']}"
                yield {"code": folded(name), "name_zh": name, "name_en": name}


def _dataset(given: Mapping[str, Any], code: str, name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    summary = shortened(words(given.get("description")), 4000)
    return {
        "code": code,
        "agency": f"fides-{code}",
        "name_zh": name,
        "name_en": name,
        "summary_zh": summary,
        "summary_en": summary,
        "items": items,
        "sharing": Sharing.CONDITIONAL,
        "sharing_conditions_zh": CONDITIONS_ZH,
        "sharing_conditions_en": CONDITIONS_EN,
        "classification_reason_zh": REASON_ZH,
        "classification_reason_en": REASON_EN,
        "collection_basis": Basis.NOT_STATED,
        "sharing_method": Method.NOT_STATED,
        "update_frequency": UpdateFrequency.NOT_STATED,
        "original_language": "en",
    }
