"""Papers that people take with them: tagged PDF (PDF/UA-1) in the reader's language, drawn by Typst.

A paper is a title and blocks, one under the other. Its words are data to the typesetter and never markup, so that
nothing a department wrote can change how a paper is set. The font is embedded: it reads alike everywhere, Chinese too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn
import segno
import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

_SHEET: Final = Path(__file__).with_name("paper.typ")


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Facts:
    """Names and what they are, a line each."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """`widths` are the columns' shares of the breadth; every row has as many cells."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


@dataclass(frozen=True)
class Code:
    """A QR code of `text`, and what it is for."""

    text: str
    caption: str


Block = Heading | Paragraph | Facts | Table | Code


def drawn(title: str, blocks: Sequence[Block]) -> bytes:
    """The PDF, in the language that is active. About 0.2 s for a table of 2 000 rows."""
    is_english = (get_language() or "").startswith("en")
    paper = {
        "title": title,
        "author": _("My Data Rights"),
        "footer": _("My Data Rights"),
        "lang": "en" if is_english else "zh",
        "region": None if is_english else "cn",
        "blocks": [_as_json(block) for block in blocks],
    }
    compiler = typst.Compiler(
        _SHEET.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", pdf_standards="ua-1")
    if not isinstance(made, bytes):
        raise TypeError("a paper is one file")
    return made


def _as_json(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text=text):
            return {"kind": "heading", "text": text}
        case Paragraph(text=text):
            return {"kind": "text", "text": text}
        case Facts(pairs=pairs):
            return {"kind": "facts", "pairs": [list(pair) for pair in pairs]}
        case Table(heading=heading, rows=rows, widths=widths):
            return {"kind": "table", "heading": list(heading), "rows": [list(row) for row in rows], "widths": widths}
        case Code(text=text, caption=caption):
            picture = BytesIO()
            segno.make(text, error="m", micro=False).save(picture, kind="svg", xmldecl=False)
            return {"kind": "code", "caption": caption, "picture": picture.getvalue().decode()}


@cache
def _fonts() -> typst.Fonts:
    folder = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
