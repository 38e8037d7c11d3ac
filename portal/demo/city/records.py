"""What the sample city is made of."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Law:
    """A provision that something rests on."""

    code: str
    cited: Text


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that holds data. `duty` is "authority" or "regulator" for the two that have one towards the others."""

    code: str
    kind: str
    name: Text
    contact: Text
    mail: str
    channel: str
    reports_sharing: bool
    duty: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """An information system of one agency."""

    code: str
    agency: str
    name: Text


@dataclass(frozen=True, slots=True)
class Item:
    """A data item; `special` is a category of sensitive personal information, or empty."""

    code: str
    name: Text
    special: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A catalogue entry. `code` is how the city's files call it, `unified` what the catalogue calls it."""

    code: str
    unified: str
    agency: str
    system: str
    name: Text
    summary: Text
    items: tuple[Item, ...]
    update: str
    sharing: str
    condition: Text
    method: str
    classification: str
    grade: str
    law: Law
    retention_years: int  # 0: for good
    source_of_truth: str = ""  # the agency it comes from, where that is another

    @property
    def special(self) -> tuple[str, ...]:
        """The special categories of its items, each once."""
        return tuple(sorted({item.special for item in self.items if item.special}))

    @property
    def retention(self) -> Text:
        """How long it is kept, in words."""
        if not self.retention_years:
            return Text("永久", "for good")
        years = self.retention_years
        return Text(f"{years} 年", "1 year" if years == 1 else f"{years} years")

    @property
    def reason(self) -> Text:
        """Why it is graded more strictly than basic and unconditional; empty where it is not."""
        if self.classification == "basic" and self.sharing == "unconditional":
            return Text("", "")
        if self.sharing == "not-shared":
            return Text(f"{self.law.cited.zh}要求保密", f"Secrecy is required by {self.law.cited.en}")
        sensitive = [item for item in self.items if item.special]
        if sensitive:
            zh = "、".join(item.name.zh for item in sensitive)
            en = ", ".join(item.name.en.lower() for item in sensitive)
            return Text(f"含敏感个人信息：{zh}", f"Holds sensitive personal information: {en}")
        return Text(f"含个人信息，{self.condition.zh}", f"Holds personal information. {self.condition.en}")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A granted application to share; the provider is the dataset's agency."""

    code: str
    dataset: str
    recipient: str
    system: str
    items: tuple[str, ...]
    purpose: Text
    scenario: Text
    law: Law
    basis: str
    method: str
    valid_until: date

    def is_sensitive(self, dataset: Dataset) -> bool:
        """Whether what is shared of the dataset is sensitive personal information."""
        return dataset.classification == "sensitive" or any(
            item.special for item in dataset.items if item.code in self.items
        )


@dataclass(frozen=True, slots=True)
class Flow:
    """What is shared of some people, `per_year` times a year. Under an agreement, or with nothing to cover it."""

    code: str
    agreement: str
    dataset: str
    recipient: str  # an agency's code, or empty where `recipient_name` says it
    recipient_name: str
    recipient_system: Text
    items: tuple[str, ...]
    law: Law
    basis: str
    method: str
    depth: str
    form: str
    outcome: str
    automated: bool
    per_year: int
    people: tuple[str, ...]
    purpose: Text


@dataclass(frozen=True, slots=True)
class Wish:
    """One item that a purpose asks for, and why."""

    dataset: str
    item: str
    needed: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that citizens are asked to consent to, with the notice they read."""

    code: str
    agency: str
    recipient: str
    recipient_system: str
    kind: str
    title: Text
    notice: Text
    refusal: Text
    risk: Text
    child: Text  # the notice in words for children, where a guardian decides
    impact_assessment: str
    law: Law
    longest_months: int
    retention_months: int
    extendable: bool
    is_sensitive: bool
    items: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person of the sample, and the datasets that hold records about them."""

    code: str
    number: str
    name: Text
    mail: str
    about: Text
    born_on: date
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works in the admin: clerk, authority, regulator or operator."""

    username: str
    kind: str
    name: Text
    agency: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """The whole sample, each part by its code."""

    region: str
    name: Text
    agencies: dict[str, Agency]
    systems: dict[str, System]
    datasets: dict[str, Dataset]
    agreements: dict[str, Agreement]
    flows: dict[str, Flow]
    purposes: dict[str, Purpose]
    citizens: dict[str, Citizen]
    staff: dict[str, Staff]
    password: str

    def authority(self) -> list[Staff]:
        """The persons of the catalogue authority, at least two: one proposes, another approves."""
        return [person for person in self.staff.values() if person.kind == "authority"]
