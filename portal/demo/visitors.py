"""Who can sign in to the sample city, in words for the terminal."""

from pathlib import Path

from portal.demo.city import city
from portal.demo.city.records import Citizen, City

STAFF = {
    "clerk": "an agency's clerk: answers requests",
    "authority": "the catalogue authority: approves datasets, agreements and purposes",
    "regulator": "the regulator: sees what is late and what no agreement covers",
    "operator": "keeps accounts of staff and systems",
}


def who_can_sign_in(site: str, data: Path) -> str:
    """The addresses, names and passwords of the sample, line by line."""
    sample = city()
    lines = [
        f"Citizens · 个人    {site}/sign-in/   choose a person; there is no password",
        *(f"    {_citizen(person)}" for person in sample.citizens.values()),
        "",
        f"Staff · 工作人员   {site}/admin/     password: {sample.password}",
        *(f"    {', '.join(names)}\n        {STAFF[kind]}" for kind, names in _staff(sample).items()),
        "",
        f"Systems · 部门系统  {site}/api/v1/docs   two sample systems are running: tax, housing-fund",
        f"    their client ids and secrets: {data / 'departments.json'}",
    ]
    return "\n".join(lines)


def _citizen(person: Citizen) -> str:
    return f"{person.name.zh} {person.name.en}: {person.about.en}"


def _staff(sample: City) -> dict[str, list[str]]:
    """User names by kind, in the order of STAFF."""
    return {kind: [one.username for one in sample.staff.values() if one.kind == kind] for kind in STAFF}
