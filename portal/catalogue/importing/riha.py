"""Estonia's register of state information systems (RIHA open data), as JSON, gzipped or not.

A record is a system. It becomes an agency (its owner, by registry code), a system, and, where it says what data it
stores, a dataset with an item for each kind of data. Texts are Estonian; they stand in both languages and say so.
What RIHA doesn't state (sharing, retention, often the law) is marked as not stated rather than guessed.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from portal.catalogue.importing.cleaning import folded, item, item_code, shortened, words
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.words import AgencyKind, Basis, Grade, Level, Method, Sharing, SystemStatus, UpdateFrequency

ORIGIN: Final = "riha"
LANGUAGE: Final = "et"
MAX_BYTES: Final = 256 * 1024 * 1024  # unpacked; the whole register of 2020 has 6 MB

STATUS: Final = {
    "IN_USE": SystemStatus.IN_USE,
    "FINISHED": SystemStatus.RETIRED,
    "ESTABLISHING": SystemStatus.PLANNED,
}
# Registry codes tell what an owner is by how they begin: state, municipality, foundation or association, company.
OWNERS: Final = {
    "70": (AgencyKind.DEPARTMENT, Level.NATIONAL),
    "74": (AgencyKind.PUBLIC_BODY, Level.NATIONAL),
    "75": (AgencyKind.DEPARTMENT, Level.COUNTY),
    "77": (AgencyKind.DEPARTMENT, Level.COUNTY),
    "80": (AgencyKind.PUBLIC_BODY, Level.NATIONAL),
    "90": (AgencyKind.PUBLIC_BODY, Level.NATIONAL),
}
# The last letter pair of the ISKE security class is confidentiality: S0 is public, S3 secret.
GRADES: Final = {"S0": Grade.GENERAL_1, "S1": Grade.GENERAL_2, "S2": Grade.GENERAL_3, "S3": Grade.GENERAL_4}
CONDITIONS_ZH: Final = "来源登记册未说明共享条件，须与数据所有部门商定。"
CONDITIONS_EN: Final = "The source register does not state the conditions; they are to be agreed with the owner."
REASON_ZH: Final = "由来源登记册导入，该册未标明共享属性；在数据所有部门确认之前按有条件共享处理。"
REASON_EN: Final = (
    "Taken over from a register that states no sharing attribute; shared under conditions until the owner says so."
)


def read(path: Path) -> Sequence[Found | Unusable]:
    """Every record of the file, cleaned, in the order of the file. Raises UnreadableFile."""
    records = _records(path)
    owners: dict[str, str] = {}
    codes = _system_codes(records)
    return [_read(record, place, codes, owners) for place, record in enumerate(records)]


def _records(path: Path) -> list[object]:
    try:
        document = json.loads(_unpacked(path))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(_("The gzip file is cut off or damaged.")) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFile(_("This is not JSON.")) from error
    except OSError as error:
        raise UnreadableFile(_("There is no such file, or it cannot be opened.")) from error
    records = document.get("content") if isinstance(document, Mapping) else None
    if not isinstance(records, list) or not any(_is_a_system(record) for record in records):
        raise UnreadableFile(_("This is JSON, but not a RIHA register: it lacks a list “content” of systems."))
    total = document.get("totalElements")
    if isinstance(total, int) and total != len(records):
        raise UnreadableFile(_("The register says that it has more or fewer systems than are in the file."))
    return records


def _unpacked(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableFile(_("This file is too large."))
    return data


def _is_a_system(record: object) -> bool:
    return isinstance(record, Mapping) and isinstance(record.get("details"), Mapping)


def _details(record: object) -> Mapping[str, Any]:
    details = record.get("details") if isinstance(record, Mapping) else None
    return details if isinstance(details, Mapping) else {}


def _owner(details: Mapping[str, Any]) -> tuple[str, str]:
    owner = details.get("owner")
    owner = owner if isinstance(owner, Mapping) else {}
    return folded(words(owner.get("code"))), words(owner.get("name"))


def _plain_code(details: Mapping[str, Any]) -> str:
    short = folded(words(details.get("short_name")))[:90].strip(".-")
    return f"riha-{short}" if short else ""


def _system_codes(records: Sequence[object]) -> dict[int, str]:
    """Our code for the record at each place. Of short names that differ by case only, the first keeps the plain one."""
    seen: Counter[str] = Counter()
    codes = {}
    for place, record in enumerate(records):
        details = _details(record)
        plain = _plain_code(details)
        seen[plain] += 1
        codes[place] = plain if seen[plain] < 2 else f"{plain}-{_owner(details)[0]}"
    taken = Counter(codes.values())
    return {place: code if taken[code] == 1 else f"{code}-{place}" for place, code in codes.items() if code}


def _read(record: object, place: int, codes: Mapping[int, str], owners: dict[str, str]) -> Found | Unusable:
    details = _details(record)
    number = record.get("id") if isinstance(record, Mapping) else None
    label = f"{number if number is not None else f'#{place + 1}'} {words(details.get('short_name'))}".strip()
    code = codes.get(place, "")
    owner_code, owner_name = _owner(details)
    for lacking, why in (
        (details, "it is not a system: it has no details"),
        (code, "it has no short name"),
        (owner_code, "its owner has no code"),
        (owner_name, "its owner has no name"),
        (words(details.get("name")), "it has no name"),
    ):
        if not lacking:
            return Unusable(label, code, why)
    notes, merged = [], []
    first_name = owners.setdefault(owner_code, owner_name)
    if first_name != owner_name:
        merged.append(f"owner {owner_code} is spelt “{owner_name}” here and “{first_name}” before")
    if code != _plain_code(details):
        notes.append("another system has this short name: kept apart by the owner's code")
    dataset = _dataset(details, code, owner_code, notes, merged)
    agency, system = _agency(owner_code, first_name), _system(details, code)
    return Found(label, code, agency, system, dataset, tuple(notes), tuple(merged))


def _agency(code: str, name: str) -> dict[str, Any]:
    kind, level = OWNERS.get(code[:2], (AgencyKind.COMPANY, Level.NATIONAL))
    return {
        "code": f"ee-{code}",
        "name_zh": name,
        "name_en": name,
        "kind": kind,
        "level": level,
        "region": "EE",
        "origin": ORIGIN,
        "original_language": LANGUAGE,
    }


def _part(details: Mapping[str, Any], *path: str) -> str:
    """A text deep in the record, or "" wherever the way there is null."""
    value: object = details
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return words(value)


def _system(details: Mapping[str, Any], code: str) -> dict[str, Any]:
    name = words(details.get("name"))
    return {
        "code": code,
        "name_zh": name,
        "name_en": name,
        "region": "EE",
        "level": Level.NATIONAL,
        "status": STATUS.get(_part(details, "meta", "system_status", "status"), SystemStatus.UNKNOWN),
        "origin": ORIGIN,
        "original_language": LANGUAGE,
    }


def _texts(value: object) -> Iterator[str]:
    yield from value if isinstance(value, list) else ()


def _dataset(
    details: Mapping[str, Any], code: str, owner: str, notes: list[str], merged: list[str]
) -> dict[str, Any] | None:
    items = _items(details, notes, merged)
    if not items:
        notes.append("it does not say what data it stores: taken as a system only")
        return None
    name, purpose = words(details.get("name")), shortened(words(details.get("purpose")), 4000)
    laws = _laws(details, notes, merged)
    on_the_exchange = _part(details, "meta", "x_road_status", "status") == "IN_USE"
    return {
        "code": code,
        "agency": f"ee-{owner}",
        "system": code,
        "name_zh": name,
        "name_en": name,
        "summary_zh": purpose,
        "summary_en": purpose,
        "update_frequency": UpdateFrequency.NOT_STATED,
        "sharing": Sharing.CONDITIONAL,
        "sharing_conditions_zh": CONDITIONS_ZH,
        "sharing_conditions_en": CONDITIONS_EN,
        "sharing_method": Method.INTERFACE if on_the_exchange else Method.NOT_STATED,
        "classification_reason_zh": REASON_ZH,
        "classification_reason_en": REASON_EN,
        "grade": GRADES.get(_part(details, "security", "class")[-2:], Grade.GENERAL_2),
        "collection_basis": Basis.DUTY if laws else Basis.NOT_STATED,
        "collection_citation_zh": laws,
        "collection_citation_en": laws,
        "contact": shortened(words(details.get("homepage")), 300),
        "original_language": LANGUAGE,
        "items": items,
    }


def _items(details: Mapping[str, Any], notes: list[str], merged: list[str]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in _texts(details.get("stored_data")):
        name = shortened(item(text), 1000)
        if not name:
            notes.append("an empty kind of data was left out")
        elif (key := item_code(name)) in found:
            merged.append(f"“{shortened(name, 60)}” stood twice")
        else:
            found[key] = {"code": key, "name_zh": name, "name_en": name}
    return list(found.values())


def _laws(details: Mapping[str, Any], notes: list[str], merged: list[str]) -> str:
    entries = [entry for entry in _texts(details.get("legislations")) if isinstance(entry, Mapping)]
    names = list(dict.fromkeys(name for entry in entries if (name := words(entry.get("name")))))
    if len(names) < len(entries):
        merged.append(f"{len(entries) - len(names)} of {len(entries)} laws had no name or stood twice")
    text = "; ".join(names)
    if len(text) > 2000:
        notes.append("the list of laws was too long: cut at 2 000 characters")
    return shortened(text, 2000)
