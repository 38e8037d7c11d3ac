"""Reading a jurisdiction's file strictly: what is missing, misspelt or of the wrong type names its file and key."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import holidays

from portal.law.errors import LawFileError
from portal.law.provisions import (
    CLOCKS,
    MARKS,
    REMEDIES,
    RIGHTS,
    Act,
    Ages,
    Article,
    CalendarSource,
    Ceiling,
    Clock,
    Extension,
    Ground,
    Jurisdiction,
    LegalBasis,
    Remedy,
    Retention,
    Right,
    Rule,
    Scenario,
    Text,
    Unit,
    Withholding,
)

T = TypeVar("T")
FOLDER: Final = Path(__file__).parent / "jurisdictions"
LIBRARIES: Final = ("chinese", "holidays")


class Table:
    """One TOML table, each of whose keys must be taken once: what is left over is an error."""

    def __init__(self, file: Path, key: str, values: dict[str, Any]) -> None:
        self.file, self.key, self._values = file, key, dict(values)

    def fail(self, key: str, problem: str) -> LawFileError:
        """The error to raise about one of this table's keys."""
        return LawFileError(self.file, ".".join(part for part in (self.key, key) if part), problem)

    def take(self, key: str, kind: type[T]) -> T:
        """The value of a required key, which must be exactly of `kind`."""
        if key not in self._values:
            raise self.fail(key, "is missing")
        value = self._values.pop(key)
        if type(value) is not kind:  # a bool is no int here
            raise self.fail(key, f"must be {kind.__name__}, not {type(value).__name__}")
        if value == "":
            raise self.fail(key, "is empty")
        return value

    def take_or(self, key: str, default: T) -> T:
        """The value of a key that may be left out."""
        return self.take(key, type(default)) if key in self._values else default

    def has(self, key: str) -> bool:
        return key in self._values

    def count(self, key: str) -> int:
        """A whole number above zero."""
        value = self.take(key, int)
        if value < 1:
            raise self.fail(key, "must be 1 or more")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.take(key, str)
        if value not in allowed:
            raise self.fail(key, f"{value!r} is none of {', '.join(allowed)}")
        return value

    def below(self, key: str) -> "Table":
        """The table under `key`."""
        return Table(self.file, f"{self.key}.{key}" if self.key else key, self.take(key, dict))

    def text(self, key: str) -> Text:
        with_both = self.below(key)
        text = Text(zh=with_both.take("zh", str), en=with_both.take("en", str))
        with_both.done()
        return text

    def each(self) -> Iterator[tuple[str, "Table"]]:
        """Every key of this table as a table of its own, in the file's order."""
        for key in list(self._values):
            yield key, self.below(key)

    def done(self) -> None:
        """Nothing may be left that nobody asked for."""
        for key in self._values:
            raise self.fail(key, "is not a key that is known here")


class Reader:
    """Reads one file; holds the acts and articles that all else refers to."""

    def __init__(self, file: Path, values: dict[str, Any]) -> None:
        self.root = Table(file, "", values)
        self.acts = self._mapping("acts", self._act)
        self.articles = self._mapping("articles", self._article)

    def read(self) -> Jurisdiction:
        root = self.root
        jurisdiction = Jurisdiction(
            code=root.take("code", str),
            names=root.text("name"),
            calendar=self._calendar(root.below("calendar")),
            acts=self.acts,
            articles=self.articles,
            rights=self._exactly(RIGHTS, "rights", self._right),
            legal_bases=self._mapping("legal_bases", self._legal_basis),
            clocks=self._exactly(CLOCKS, "clocks", self._clock),
            remedies=self._remedies(),
            withholdings=self._mapping("withholdings", self._withholding),
            high_risk=self._mapping("high_risk", self._scenario),
            retentions=self._mapping("retentions", self._retention),
            ages=self._ages(root.below("ages")),
        )
        if jurisdiction.code != root.file.stem:
            raise root.fail("code", f"{jurisdiction.code!r} is not the file's name")
        root.done()
        return jurisdiction

    def _mapping(self, key: str, make: Callable[[str, Table], T]) -> Mapping[str, T]:
        made = {}
        for code, table in self.root.below(key).each():
            made[code] = make(code, table)
            table.done()
        if not made:
            raise self.root.fail(key, "is empty")
        return MappingProxyType(made)

    def _exactly(self, codes: tuple[str, ...], key: str, make: Callable[[str, Table], T]) -> Mapping[str, T]:
        """A mapping whose keys the portal's code names: none may be missing, none may be new."""
        made = self._mapping(key, make)
        for code in codes:
            if code not in made:
                raise self.root.fail(f"{key}.{code}", "is missing")
        for code in made:
            if code not in codes:
                raise self.root.fail(f"{key}.{code}", "is not a key that is known here")
        return made

    def _refer(self, table: Table, key: str = "article") -> Article:
        ref = table.take(key, str)
        if ref not in self.articles:
            raise table.fail(key, f"there is no article {ref!r}")
        return self.articles[ref]

    def _act(self, code: str, table: Table) -> Act:
        return Act(
            code=code,
            names=table.text("name"),
            shorts=table.text("short"),
            binding=table.take_or("binding", True),
            in_force_on=table.take("in_force_on", date),
        )

    def _article(self, ref: str, table: Table) -> Article:
        act = table.take("act", str)
        if act not in self.acts:
            raise table.fail("act", f"there is no act {act!r}")
        if not ref.startswith(f"{act}-"):
            raise table.fail("act", f"the reference must begin with {act}-")
        return Article(
            ref=ref,
            act=self.acts[act],
            number=table.take("number", str),
            number_zh=table.take("number_zh", str),
            summaries=table.text("says"),
        )

    def _calendar(self, table: Table) -> CalendarSource:
        source = CalendarSource(library=table.one_of("library", LIBRARIES), country=table.take("country", str))
        if source.library == "holidays" and source.country not in holidays.list_supported_countries():
            raise table.fail("country", f"{source.country!r} is no country with a calendar")
        table.done()
        return source

    def _rule(self, table: Table) -> Rule:
        rule = Rule(
            unit=Unit(table.one_of("unit", tuple(Unit))),
            count=table.count("count"),
            article=self._refer(table),
            is_target=table.take("is_target", bool),
            sentences=table.text("sentence"),
            ceiling=self._ceiling(table.below("ceiling")) if table.has("ceiling") else None,
            extension=self._extension(table.below("extension")) if table.has("extension") else None,
        )
        table.done()
        return rule

    def _ceiling(self, table: Table) -> Ceiling:
        ceiling = Ceiling(days=table.count("days"), article=self._refer(table))
        table.done()
        return ceiling

    def _extension(self, table: Table) -> Extension:
        extension = Extension(
            count=table.count("count"),
            article=self._refer(table),
            conditions=table.text("condition"),
            consent_needed=table.take_or("consent_needed", False),
        )
        table.done()
        return extension

    def _right(self, kind: str, table: Table) -> Right:
        return Right(
            kind=kind,
            article=self._refer(table),
            titles=table.text("title"),
            sentences=table.text("sentence"),
            deadline=self._rule(table.below("deadline")),
            grounds=tuple(self._grounds(table.below("grounds"))),
        )

    def _grounds(self, table: Table) -> Iterator[Ground]:
        for code, ground in table.each():
            yield Ground(code=code, article=self._refer(ground), texts=ground.text("text"))
            ground.done()

    def _legal_basis(self, code: str, table: Table) -> LegalBasis:
        return LegalBasis(
            code=code,
            article=self._refer(table),
            titles=table.text("title"),
            consent_based=table.take_or("consent_based", False),
            portable=table.take_or("portable", False),
            objectionable=table.take_or("objectionable", False),
        )

    def _clock(self, code: str, table: Table) -> Clock:
        return Clock(code=code, titles=table.text("title"), rule=self._rule(table.below("rule")))

    def _remedies(self) -> Mapping[str, Remedy]:
        remedies = self._mapping("remedies", self._remedy)
        for code in REMEDIES:
            if code not in remedies:
                raise self.root.fail(f"remedies.{code}", "is missing")
        return remedies

    def _remedy(self, code: str, table: Table) -> Remedy:
        article = self._refer(table)
        return Remedy(code=code, article=article, titles=table.text("title"), sentences=table.text("sentence"))

    def _withholding(self, code: str, table: Table) -> Withholding:
        return Withholding(
            code=code,
            article=self._refer(table),
            titles=table.text("title"),
            lifts_by_itself=table.take("lifts_by_itself", bool),
        )

    def _scenario(self, code: str, table: Table) -> Scenario:
        mark = table.one_of("mark", MARKS) if table.has("mark") else ""
        return Scenario(code=code, article=self._refer(table), titles=table.text("title"), mark=mark)

    def _retention(self, code: str, table: Table) -> Retention:
        return Retention(
            code=code,
            years=table.count("years"),
            article=self._refer(table),
            is_target=table.take_or("is_target", False),
        )

    def _ages(self, table: Table) -> Ages:
        ages = Ages(
            guardian_below=table.count("guardian_below"),
            guardian_article=self._refer(table, "guardian_article"),
            adult=table.count("adult"),
            adult_article=self._refer(table, "adult_article"),
        )
        if ages.guardian_below > ages.adult:
            raise table.fail("guardian_below", "is above the age of adults")
        table.done()
        return ages


def read(file: Path) -> Jurisdiction:
    """The jurisdiction in `file`. Raises LawFileError, which names the file and the key."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LawFileError(file, "", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LawFileError(file, "", f"is not TOML: {error}") from error
    return Reader(file, values).read()


def codes() -> tuple[str, ...]:
    """The jurisdictions there are files for."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))
