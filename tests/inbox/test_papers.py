"""Papers: tagged PDF whose words stay words, in Chinese and in English."""

import re
import zlib

import pytest
from django.utils.translation import override

from portal.inbox import papers
from portal.inbox.papers import Block, Code, Facts, Heading, Paragraph, Table

WORDS = "公安局 #panic() *x* $a$ <tag> \\ `raw` @ref"


def _streams(document: bytes) -> bytes:
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", document, re.DOTALL):
        try:
            found.append(zlib.decompress(stream.rstrip(b"\r\n")))
        except zlib.error:
            found.append(stream)
    return document + b"".join(found)


@pytest.mark.parametrize(("language", "tongue"), [("zh-hans", b"zh-CN"), ("en", b"en")])
def test_a_paper_is_a_tagged_pdf_in_the_readers_language(language: str, tongue: bytes) -> None:
    blocks: list[Block] = [
        Heading(WORDS),
        Paragraph(WORDS),
        Facts([("何时", WORDS)]),
        Table(["a", "b"], [[WORDS, WORDS]] * 3, [1, 2]),
        Code("https://portal.example/verify/", "Check this"),
    ]
    with override(language):
        document = papers.drawn(WORDS, blocks)
    assert document.startswith(b"%PDF-1.7")
    whole = _streams(document)
    assert b"NotoSansSC" in whole
    assert b"/StructTreeRoot" in whole
    assert b"pdfuaid" in whole
    assert tongue in whole


def test_a_paper_of_two_thousand_rows_is_made() -> None:
    row = ["2026-11-24 10:00", "市公安局", "住房公积金管理中心", "审核贷款申请"]
    assert papers.drawn("t", [Table(["a", "b", "c", "d"], [row] * 2_000, [1, 1, 1, 1])]).startswith(b"%PDF")


def test_words_are_never_markup() -> None:
    assert papers.drawn('#read("/etc/passwd")', [Paragraph('#import "x.typ"')]).startswith(b"%PDF")
