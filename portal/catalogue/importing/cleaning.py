"""Cleaning texts from other registers: no markup, one space between words, codes of plain letters."""

import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final
from unicodedata import category, combining, normalize

SILENT: Final = frozenset({"script", "style", "template", "title", "head", "noscript"})
NOTHING: Final = frozenset({"", "-", "--", "–", "—", ".", "...", "null", "none", "n/a", "na", "puudub", "?"})
LIST_MARK: Final = re.compile(r"^\s*(?:\(?\d{1,2}[.)]\s+|\d{1,2}\)|[-–•*·]\s+)+")


class _Words(HTMLParser):
    """Keeps the words of a text and drops every tag, and what scripts and styles hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in SILENT))
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def words(value: object) -> str:
    """The text of `value` without markup, control characters and doubled space; "" where it says nothing."""
    if not isinstance(value, str):
        return ""
    text = value
    if "<" in text or "&" in text:
        parser = _Words()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    text = "".join(" " if category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in normalize("NFC", text))
    text = " ".join(text.split())
    return "" if text.lower() in NOTHING else text


def item(value: object) -> str:
    """The name of one stored item: as `words`, without the marks of a list around it."""
    return words(LIST_MARK.sub("", words(value)).rstrip(" ;,"))


def folded(value: str) -> str:
    """A code of lower-case letters, digits, dots and dashes: õ becomes o, other signs a dash; "" if none is left."""
    bare = "".join(sign for sign in normalize("NFKD", value.lower()) if not combining(sign))
    plain = bare.replace("ß", "ss").replace("ø", "o").replace("æ", "ae").replace("ł", "l")
    return re.sub(r"[._-]*\.[._-]*", ".", re.sub(r"[^a-z0-9.]+", "-", plain)).strip(".-")


def item_code(name: str) -> str:
    """A code that stays with an item's name, whatever its place in the list."""
    return f"d-{sha256(name.casefold().encode()).hexdigest()[:10]}"


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words, with a sign that it was cut."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ;,") + "…"
