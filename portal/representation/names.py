"""The names on a representation, encrypted and bound to its row: neither of the two reads the other's person."""

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.trail import vault


@dataclass(frozen=True)
class Represented:
    """The represented person, as the row knows them."""

    name: str
    born_on: date


def seal_represented(identifier: UUID, name: str, born_on: date) -> bytes:
    text = json.dumps({"name": name, "born_on": born_on.isoformat()}, ensure_ascii=False)
    return vault.seal(text, place=_place("represented", identifier))


def represented(identifier: UUID, sealed: bytes) -> Represented:
    found = json.loads(vault.open_sealed(sealed, place=_place("represented", identifier)))
    return Represented(found["name"], date.fromisoformat(found["born_on"]))


def seal_representative(identifier: UUID, name: str) -> bytes:
    return vault.seal(name, place=_place("representative", identifier))


def representative(identifier: UUID, sealed: bytes) -> str:
    return vault.open_sealed(sealed, place=_place("representative", identifier))


def _place(column: str, identifier: UUID) -> str:
    return f"representation.{column}:{identifier}"
