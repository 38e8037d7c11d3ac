"""Blacking out what tells of other people in a file of an answer; what was under a box is gone, not covered.

Text is written anew with marks in place of the words. A page of a PDF that has a box becomes a picture of which the
box is a part: no text, no layer, no attachment of it is left. Pages without a box become pictures too, since a
document may repeat on one page what stands on another, in its outline or its properties.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it has no types
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw

from portal.trail.errors import Invalid

MARK: Final = "█"
SCALE: Final = 200 / 72  # pictures of 200 dots an inch
MOST_PAGES: Final = 300
PDF: Final = "application/pdf"


class BlackoutRefused(Invalid):
    code = "blackout-refused"
    message = _("This cannot be blacked out: name words of the file, or a page it has, and each reason.")


@dataclass(frozen=True, slots=True)
class Words:
    """Every place in a text where these words stand, and why they are blacked out."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a page (the first is 1), in parts of its width and height from the upper left corner; and why."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    reason: str


T = TypeVar("T", Words, Box)


def of_text(content: bytes, words: Sequence[Words]) -> bytes:
    """The text without these words. Raises BlackoutRefused for what is no text, or where one of them is not in it."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BlackoutRefused from error
    for one in _reasoned(words):
        if not one.text.strip() or one.text not in text:
            raise BlackoutRefused(field="words")
        text = text.replace(one.text, MARK * len(one.text))
    return text.encode()


def of_pdf(content: bytes, *, words: Sequence[Words] = (), boxes: Sequence[Box] = ()) -> bytes:
    """The document as pictures with these words and boxes black; raises BlackoutRefused."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise BlackoutRefused from error
    with document:
        if len(document) > MOST_PAGES:
            raise BlackoutRefused
        wanted = [*_reasoned(boxes), *(box for one in _reasoned(words) for box in _found(document, one))]
        if any(not 1 <= box.page <= len(document) for box in wanted):
            raise BlackoutRefused(field="boxes")
        pages = [_picture(document, number, wanted) for number in range(1, len(document) + 1)]
    target = io.BytesIO()
    pages[0].save(target, PDF.partition("/")[2].upper(), save_all=True, append_images=pages[1:], resolution=SCALE * 72)
    return target.getvalue()


def _reasoned(wanted: Sequence[T]) -> Sequence[T]:
    if any(not one.reason.strip() for one in wanted):
        raise BlackoutRefused(field="reason")
    return wanted


def _found(document: pdfium.PdfDocument, words: Words) -> list[Box]:
    """The boxes around every place where the words stand; raises BlackoutRefused where they stand nowhere."""
    boxes = []
    for number, page in enumerate(document, start=1):
        width, height = page.get_size()
        text = page.get_textpage()
        search = text.search(words.text, match_case=True)
        while (place := search.get_next()) is not None:
            first, count = place
            for index in range(text.count_rects(first, count)):
                left, bottom, right, top = text.get_rect(index)
                boxes.append(
                    Box(
                        number, left / width, 1 - top / height, right / width, 1 - bottom / height, words.reason
                    )
                )  # fmt: skip
    if not boxes:
        raise BlackoutRefused(field="words")
    return boxes


def _picture(document: pdfium.PdfDocument, number: int, boxes: Sequence[Box]) -> Image.Image:
    picture: Image.Image = document[number - 1].render(scale=SCALE).to_pil().convert("RGB")
    pen = ImageDraw.Draw(picture)
    for box in boxes:
        if box.page == number:
            corners = (box.left * picture.width - 2, box.top * picture.height - 2)
            pen.rectangle(
                (*corners, box.right * picture.width + 2, box.bottom * picture.height + 2), fill="black"
            )  # fmt: skip
    return picture
