"""Who helps: organisations by region, those for minors first. What they are stands in organisations.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from portal.law.provisions import Text

FILE: Final = Path(__file__).parent / "organisations.toml"
NATIONAL: Final = "00"


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation. `region` is the first digits of a division code (GB/T 2260), 00 for the whole country."""

    code: str
    names: Text
    helps: Text
    contact: str
    region: str
    for_minors: bool
    mediates: bool

    @property
    def name(self) -> str:
        return str(self.names)

    @property
    def help(self) -> str:
        """What it does, in one plain sentence."""
        return str(self.helps)


@cache
def by_code() -> Mapping[str, Organisation]:
    """Every organisation, by its code."""
    return {code: _organisation(code, row) for code, row in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}


def _organisation(code: str, row: dict[str, object]) -> Organisation:
    name, helps = row["name"], row["helps"]
    if not (isinstance(name, dict) and isinstance(helps, dict)):
        raise TypeError(f"{FILE.name}: {code}: name and helps have both languages")
    return Organisation(
        code=code,
        names=Text(**name),
        helps=Text(**helps),
        contact=str(row["contact"]),
        region=str(row["region"]),
        for_minors=bool(row["for_minors"]),
        mediates=bool(row["mediates"]),
    )


def listed(*, region: str = "", for_minor: bool = False, mediates: bool | None = None) -> list[Organisation]:
    """Those of a region and the national ones, the region's own first; for a minor, minors' services before all."""
    found = [
        row
        for row in by_code().values()
        if (row.region == NATIONAL or not region or region.startswith(row.region))
        and (mediates is None or row.mediates == mediates)
    ]
    return sorted(found, key=lambda row: (not (for_minor and row.for_minors), row.region == NATIONAL, row.code))


def regions() -> list[str]:
    """The regions that have organisations of their own."""
    return sorted({row.region for row in by_code().values()} - {NATIONAL})
