"""Whether a notice is in plain words: a warning to who writes and who approves it, never a refusal.

Long sentences and rare terms are looked for by the list in plain_words.toml, which says what may be said instead.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from consent.models import Notice

_LIST: Final = Path(__file__).with_name("plain_words.toml")
_SENTENCES: Final = {"en": re.compile(r"(?<=[.!?;:])\s+|\n+"), "zh": re.compile(r"(?<=[。！？；：])|\n+")}
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]*")
_CHARACTER: Final = re.compile(r"[\u3400-\u9fff]")
_PER: Final = {"en": 100, "zh": 200}
_SHOWN: Final = 40  # characters of a sentence that are quoted


@dataclass(frozen=True)
class Reading:
    """What was found in one text: sentences by their beginnings, terms with what may be said instead (or "")."""

    language: str
    long_sentences: list[str]
    rare_terms: dict[str, str]
    too_many_rare: bool

    @property
    def warnings(self) -> list[str]:
        """In words, for who must decide."""
        longest = _words()[self.language]["longest"]
        unit = _("words") if self.language == "en" else _("characters")
        said = [
            _("More than %(longest)d %(unit)s in one sentence: “%(begins)s”")
            % {"longest": longest, "unit": unit, "begins": begins}
            for begins in self.long_sentences
        ]
        if self.too_many_rare:
            terms = ", ".join(f"{rare} → {plain}" if plain else rare for rare, plain in self.rare_terms.items())
            said.append(_("Many rare terms, and what may be said instead: %(terms)s") % {"terms": terms})
        return said


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_LIST.read_text(encoding="utf-8"))


def read(text: str, language: str) -> Reading:
    """Read one text in "zh" or "en"."""
    rules = _words()[language]
    units = _WORD if language == "en" else _CHARACTER
    sentences = [sentence.strip() for sentence in _SENTENCES[language].split(text) if sentence.strip()]
    long = [one[:_SHOWN] + "…" for one in sentences if len(units.findall(one)) > rules["longest"]]
    times, rare = _rare(text, language, rules)
    length = len(units.findall(text))
    return Reading(language, long, rare, times * _PER[language] > rules["rarest"] * max(length, _PER[language]))


def _rare(text: str, language: str, rules: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
    """How often something rare is said, and what."""
    lower, found, times = text.lower(), dict[str, str](), 0
    for term, instead in rules["instead"].items():
        edge = r"\b" if language == "en" else ""
        if count := len(re.findall(edge + re.escape(term) + edge, lower)):
            found[term], times = instead, times + count
    if language == "en":
        for word in _WORD.findall(lower):
            if len(word) >= rules["letters"] and word not in rules["known"] and word not in rules["instead"]:
                found[word], times = "", times + 1
    return times, found


def warnings_of(notice: Notice) -> dict[str, list[str]]:
    """What is hard to read in each language of a notice, both layers together."""
    return {
        language: read(
            f"{getattr(notice, f'short_{language}')}\n{getattr(notice, f'full_{language}')}", language
        ).warnings
        for language in ("zh", "en")
    }
