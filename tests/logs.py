"""Reads every line that the portal logs in a run of the tests, and finds what names a person in it.

A finding says which logger wrote what kind of line, and never what stood there.
"""

import logging
import re
import tomllib
from dataclasses import dataclass

from portal.accounts.numbers import LIKE_A_NUMBER
from portal.demo.embedded.services import CHECKOUT

PEOPLE = CHECKOUT / "portal" / "demo" / "city" / "people.toml"
OF_THE_TESTS = ("张三", "李四", "王五", "赵六")
MAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def _known() -> re.Pattern[str]:
    """The names, numbers and mail addresses of the sample city and of tests/people.py."""
    citizens = tomllib.loads(PEOPLE.read_text())["citizen"]
    words = {person[field] for person in citizens for field in ("number", "name_zh", "name_en", "mail")}
    return re.compile("|".join(re.escape(word) for word in sorted(words | set(OF_THE_TESTS), key=len, reverse=True)))


@dataclass(frozen=True)
class Finding:
    """A line that says too much: where it was written, and what kind of datum stands in it."""

    kind: str
    logger: str
    level: str
    place: str


class Watch(logging.Handler):
    """A handler that reads lines as the portal's own formatter writes them."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.known, self.lines, self.found = _known(), 0, list[Finding]()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.lines += 1
        for kind in self._kinds(line):
            place = f"{record.filename}:{record.lineno}"
            self.found.append(Finding(kind, record.name, record.levelname, place))

    def _kinds(self, line: str) -> list[str]:
        tried = {
            "somebody's name, number or mail": self.known,
            "a number": LIKE_A_NUMBER,
            "a mail address": MAIL,
        }
        return [kind for kind, pattern in tried.items() if pattern.search(line)]

    def is_listening(self) -> bool:
        """Whether a line of the portal's, at the level of production, would be read."""
        before = self.lines
        logging.getLogger("portal.watch").info("are you listening?")
        return self.lines > before

    def taken(self) -> list[Finding]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found
