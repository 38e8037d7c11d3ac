"""What became of every record of an import, line by line."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from django.utils.translation import gettext_lazy as _


class Outcome(Enum):
    TAKEN = "taken"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """In the reader's language."""
        return str(LABELS[self])


LABELS = {
    Outcome.TAKEN: _("taken"),
    Outcome.REVISED: _("revised"),
    Outcome.UNCHANGED: _("unchanged"),
    Outcome.MERGED: _("merged"),
    Outcome.REFUSED: _("refused"),
}


@dataclass(frozen=True, slots=True)
class Line:
    outcome: Outcome
    record: str  # as the file names it
    code: str  # as our catalogue names it
    why: str


@dataclass(slots=True)
class Report:
    """All lines of one import, in the order of the file: each record has exactly one that isn't `merged`."""

    lines: list[Line] = field(default_factory=list)

    def add(self, *lines: Line) -> None:
        self.lines.extend(lines)

    def count(self, outcome: Outcome) -> int:
        return self.counts()[outcome]

    def counts(self) -> Counter[Outcome]:
        return Counter(line.outcome for line in self.lines)

    @property
    def changed(self) -> bool:
        """Whether the import changed anything."""
        return bool(self.count(Outcome.TAKEN) or self.count(Outcome.REVISED))

    def summary(self) -> Iterator[str]:
        """One line an outcome, for the screen and the end of the file."""
        counts = self.counts()
        for outcome in Outcome:
            yield f"{outcome.value}: {counts[outcome]}"

    def write(self, path: Path) -> None:
        """As tab-separated text: outcome, record, code, why; then the counts as comments."""
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, dialect="excel-tab", lineterminator="\n")
            rows.writerow(["outcome", "record", "code", "why"])
            rows.writerows([line.outcome.value, line.record, line.code, line.why] for line in self.lines)
            file.writelines(f"# {text}\n" for text in self.summary())
