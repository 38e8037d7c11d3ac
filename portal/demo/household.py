"""The household register of the sample city: a connection as portal.representation.register describes one."""

import tomllib
from dataclasses import dataclass
from functools import cache

from portal.demo.city import city
from portal.demo.city.reading import FOLDER
from portal.representation.register import Found


@dataclass(frozen=True)
class Sample:
    """What the sample says, by national number: pairs of a person and somebody who is that to them."""

    names: dict[str, str]
    guardians: frozenset[tuple[str, str]]
    relatives: frozenset[tuple[str, str]]

    def relation(self, person: str, other: str, /) -> Found | None:
        """What `other` is to `person`; None for two whom the register does not know together."""
        pair = (person, other)
        if pair not in self.guardians | self.relatives:
            return None
        return Found(
            self.names[person],
            is_guardian=pair in self.guardians,
            is_close_relative=pair in self.relatives or pair in self.guardians,
        )


@cache
def _sample() -> Sample:
    people = city().citizens
    rows = tomllib.loads((FOLDER / "households.toml").read_text(encoding="utf-8"))

    def pairs(kind: str) -> frozenset[tuple[str, str]]:
        return frozenset((people[row["of"]].number, people[other].number) for row in rows[kind] for other in row["is"])

    names = {person.number: person.name.zh for person in people.values()}
    return Sample(names, pairs("guardian"), pairs("relative"))


class Register:
    """Reads the sample when it is asked, not when it is imported."""

    def relation(self, person: str, other: str, /) -> Found | None:
        return _sample().relation(person, other)


register = Register()
