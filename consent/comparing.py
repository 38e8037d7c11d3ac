"""What changed between two notices, side by side: each text in pieces that stayed and pieces that did not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.models import Notice

TEXTS: Final[Sequence[tuple[str, str | Promise]]] = (
    ("short_zh", _("in short, in Chinese")),
    ("full_zh", _("whole notice in Chinese")),
    ("short_en", _("in short, in English")),
    ("full_en", _("whole notice in English")),
    ("child_zh", _("in words for children, in Chinese")),
    ("child_en", _("in words for children, in English")),
)
_WORDS: Final = re.compile(r"\s+|[A-Za-z0-9'-]+|.")  # Chinese sign by sign, English word by word


@dataclass(frozen=True)
class Piece:
    text: str
    has_changed: bool


@dataclass(frozen=True)
class Row:
    """One text before and after."""

    label: str | Promise
    before: list[Piece]
    after: list[Piece]

    @property
    def has_changed(self) -> bool:
        return any(piece.has_changed for piece in (*self.before, *self.after))


def side_by_side(old: Notice, new: Notice) -> list[Row]:
    """The texts of two versions."""
    return [Row(label, *_pieces(getattr(old, name), getattr(new, name))) for name, label in TEXTS]


def _pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    before, after = list[Piece](), list[Piece]()
    for tag, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if i < j:
            before.append(Piece("".join(first[i:j]), tag != "equal"))
        if k < m:
            after.append(Piece("".join(second[k:m]), tag != "equal"))
    return before, after
