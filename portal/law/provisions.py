"""A jurisdiction as the portal counts and shows it: frozen values read from portal/law/jurisdictions/*.toml.

Every value that a page shows has both languages; `title`, `sentence` and the like give the reader's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from django.utils.translation import get_language

from portal.law.errors import UnknownProvision


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages; `str()` is the reader's, Chinese unless they read English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


FIRST_YEAR: Final = 2000  # what the calendars are trusted with
LAST_YEAR: Final = 2100
RIGHTS: Final = (
    "access",
    "correction",
    "erasure",
    "portability",
    "restriction",
    "objection",
    "explanation_of_decision",
    "explanation_of_rules",
    "withdrawal_follow_up",
)
CLOCKS: Final = (
    "answer_unconditional",
    "answer_conditional",
    "deliver",
    "verification",
    "catalogue_update",
    "review_of_update",
    "internal_review",
    "regulator_review",
    "complaint",
)
REMEDIES: Final = ("internal_review", "complaint", "court")  # every jurisdiction has them; it may have more


@dataclass(frozen=True, slots=True)
class Act:
    """A law, regulation or standard that articles stand in."""

    code: str
    names: Text
    shorts: Text
    binding: bool  # False: a recommended standard
    in_force_on: date

    @property
    def name(self) -> str:
        return str(self.names)

    @property
    def short(self) -> str:
        return str(self.shorts)


@dataclass(frozen=True, slots=True)
class Article:
    """One provision: where it stands, and what it says in our own words."""

    ref: str  # "pipl-45"
    act: Act
    number: str  # "45(1)"
    number_zh: str  # "第四十五条第一款"
    summaries: Text

    @property
    def title(self) -> str:
        """How the article is cited in the reader's language."""
        zh = f"《{self.act.shorts.zh}》{self.number_zh}"
        return str(Text(zh=zh, en=f"{self.act.shorts.en}, Article {self.number}"))

    @property
    def summary(self) -> str:
        return str(self.summaries)


@dataclass(frozen=True, slots=True)
class Extension:
    """The one extension a rule allows: `count` more of the rule's unit, on a condition the page tells."""

    count: int
    article: Article
    conditions: Text
    consent_needed: bool  # of the sharing authority of the same level (Decree 809, 21)

    @property
    def condition(self) -> str:
        return str(self.conditions)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Calendar days after the start that neither the count nor its extension passes."""

    days: int
    article: Article


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something may take. `is_target` says that the count is our own service target, not the law's."""

    unit: Unit
    count: int
    article: Article
    is_target: bool
    sentences: Text
    ceiling: Ceiling | None
    extension: Extension | None

    @property
    def sentence(self) -> str:
        """The rule in one plain sentence, which says whose limit it is."""
        return str(self.sentences)


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground on which a department may refuse."""

    code: str
    article: Article
    texts: Text

    @property
    def text(self) -> str:
        return str(self.texts)


@dataclass(frozen=True, slots=True)
class Right:
    """A kind of rights request."""

    kind: str
    article: Article
    titles: Text
    sentences: Text
    deadline: Rule
    grounds: tuple[Ground, ...]

    @property
    def title(self) -> str:
        return str(self.titles)

    @property
    def sentence(self) -> str:
        """What the right gives, in one plain sentence to the person."""
        return str(self.sentences)


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """Why data may be processed at all."""

    code: str
    article: Article
    titles: Text
    consent_based: bool
    portable: bool  # whether data held on this basis can be asked for in portable form
    objectionable: bool  # whether the person may object to processing on this basis

    @property
    def title(self) -> str:
        return str(self.titles)


MARKS: Final = ("sensitive", "automated", "provided", "minors", "joined", "")


@dataclass(frozen=True, slots=True)
class Withholding:
    """A ground on which a person is not told for now; one that rests on a duty of secrecy never lifts by itself."""

    code: str
    article: Article
    titles: Text
    lifts_by_itself: bool  # at its review date

    @property
    def title(self) -> str:
        return str(self.titles)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A use that needs an impact assessment first. `mark`: by what a use is known to fall under it, if by anything."""

    code: str
    article: Article
    titles: Text
    mark: str

    @property
    def title(self) -> str:
        return str(self.titles)


@dataclass(frozen=True, slots=True)
class Remedy:
    """Where a person can turn who is refused, or not answered at all."""

    code: str
    article: Article
    titles: Text
    sentences: Text

    @property
    def title(self) -> str:
        return str(self.titles)

    @property
    def sentence(self) -> str:
        """How it is done and within which time, in one plain sentence to the person."""
        return str(self.sentences)


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit between departments, or on reviewing what one did."""

    code: str
    titles: Text
    rule: Rule

    @property
    def title(self) -> str:
        return str(self.titles)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a record of ours is kept at least."""

    code: str
    years: int
    article: Article
    is_target: bool


@dataclass(frozen=True, slots=True)
class Ages:
    """Below `guardian_below` a guardian consents; from `adult` on nobody acts for the person by age alone."""

    guardian_below: int
    guardian_article: Article
    adult: int
    adult_article: Article


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """Which library knows the working days: `chinese` or `holidays` with a country code."""

    library: str
    country: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Everything the portal counts and shows by law. Mappings are read-only and keep the file's order."""

    code: str
    names: Text
    calendar: CalendarSource
    acts: Mapping[str, Act]
    articles: Mapping[str, Article]
    rights: Mapping[str, Right]
    legal_bases: Mapping[str, LegalBasis]
    clocks: Mapping[str, Clock]
    remedies: Mapping[str, Remedy]
    withholdings: Mapping[str, Withholding]
    high_risk: Mapping[str, Scenario]
    retentions: Mapping[str, Retention]
    ages: Ages

    @property
    def name(self) -> str:
        return str(self.names)

    def refusal_grounds(self, kind: str) -> tuple[Ground, ...]:
        """The grounds on which a request of `kind` may be refused. Raises UnknownProvision for another kind."""
        try:
            return self.rights[kind].grounds
        except KeyError as error:
            raise UnknownProvision(field="kind") from error

    def article(self, ref: str) -> Article:
        """The article `ref` ("pipl-45"). Raises UnknownProvision."""
        try:
            return self.articles[ref]
        except KeyError as error:
            raise UnknownProvision(field="article") from error
