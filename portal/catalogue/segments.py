"""Texts as the search knows them: words of letters and digits whole, Chinese as single characters and pairs.

PostgreSQL's parser takes a run of Chinese for one word, so it is not asked: document and query are cut here alike
(docs/decisions/catalogue-search.md). No dictionary, hence nothing that a new term of law would fall out of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

HAN: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUNS: Final = re.compile(f"([{HAN}]+)|((?:(?![{HAN}])[^\\W_])+)")
LONGEST: Final = 60  # characters of a word; a longer one is found by its beginning
MOST_PLACES: Final = 16_000  # tsvector counts places up to 16 383
MOST_WORDS: Final = 8  # of a query


@dataclass(frozen=True, slots=True)
class Run:
    """A word, or characters of Chinese that stand together."""

    text: str
    is_han: bool

    def lexemes(self) -> Iterator[tuple[int, str]]:
        """What is indexed for it, each with its place in the run."""
        if not self.is_han:
            yield 0, self.text
            return
        for place in range(len(self.text)):
            yield place, self.text[place]
            if place + 1 < len(self.text):
                yield place, self.text[place : place + 2]

    def asked(self, joined_by: str = " <-> ") -> str:
        """What is asked for it: a word by its beginning, Chinese by its pairs, one next to the other."""
        if not self.is_han:
            return f"'{self.text}':*"
        pairs = [self.text[place : place + 2] for place in range(len(self.text) - 1)] or [self.text]
        return "(" + joined_by.join(f"'{pair}'" for pair in pairs) + ")"


def runs(text: str) -> Iterator[Run]:
    """The words and the stretches of Chinese of a text, in order. Width and case of letters do not matter."""
    for han, word in RUNS.findall(normalize("NFKC", text).casefold()):
        yield Run(han, is_han=True) if han else Run(word[:LONGEST], is_han=False)


def document(parts: Mapping[str, Iterable[str]]) -> str:
    """A tsvector, as text, of texts by their weight (`A` counts most, `D` least)."""
    places: dict[str, list[str]] = {}
    at = 1
    for weight, texts in parts.items():
        for text in texts:
            for run in runs(text):
                length = len(run.text) if run.is_han else 1
                if at + length > MOST_PLACES:
                    break
                for place, lexeme in run.lexemes():
                    places.setdefault(lexeme, []).append(f"{at + place}{weight}")
                at += length
            at += 1  # nothing reaches from one text into the next
    return " ".join(f"'{lexeme}':{','.join(found[:200])}" for lexeme, found in places.items())


def query(words: str) -> str:
    """A tsquery, as text: every word must occur. Empty where there is no word in it."""
    return " & ".join(run.asked() for run in _asked(words))


def loose_query(words: str) -> str:
    """The same, for what comes near: any of the words, any pair of Chinese."""
    return " | ".join(run.asked(" | ") for run in _asked(words))


def _asked(words: str) -> list[Run]:
    return list(runs(words))[:MOST_WORDS]
