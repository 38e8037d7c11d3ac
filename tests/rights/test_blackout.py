"""What is blacked out is gone: no text, no layer, no former version of it is left; and each has its reason."""

from dataclasses import replace

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # it has no types
import pytest
from PIL import Image

from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove
from rights import blackout, files
from rights.actions import blacking
from rights.blackout import BlackoutRefused, Box, Words
from rights.models import Blackout, Part, PartFile
from rights.states import Outcome
from tests.rights import factories as town
from tests.rights.factories import AT

pytestmark = pytest.mark.django_db
SECRET = "Neighbour Wang"
WANG = Words(SECRET, "about a neighbour")


def paper(*lines: str) -> bytes:
    """A PDF of one page with these lines, made by hand, and the secret in its properties too."""
    drawn = "".join(f"BT /F1 18 Tf 60 {700 - 40 * place} Td ({line}) Tj ET\n" for place, line in enumerate(lines))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            " /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({SECRET}) >>",
    ]
    text, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(text))
        text += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
    text += f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{text.index('xref')}\n%%EOF"
    return text.encode()


def text_of(content: bytes) -> str:
    with pdfium.PdfDocument(content) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)


def picture_of(content: bytes) -> Image.Image:
    with pdfium.PdfDocument(content) as document:
        picture: Image.Image = document[0].render(scale=1).to_pil().convert("L")
        return picture


def dark(picture: Image.Image) -> int:
    return sum(picture.histogram()[:50])


def test_words_of_a_text_are_gone() -> None:
    text = f"income,12000\nreported by,{SECRET}\nagain,{SECRET}\n".encode()
    clean = blackout.of_text(text, [WANG]).decode()
    assert SECRET not in clean
    assert "income,12000" in clean
    assert clean.count(blackout.MARK) == 2 * len(SECRET)


def test_the_text_under_a_box_of_a_pdf_is_really_gone_and_the_rest_can_be_read() -> None:
    before = paper("Income 12000", SECRET)
    assert SECRET in text_of(before)
    after = blackout.of_pdf(before, words=[WANG])
    assert text_of(after).strip() == ""
    assert SECRET.encode() not in after
    with pdfium.PdfDocument(after) as document:
        assert SECRET not in str(document.get_metadata_dict())
        assert len(document) == 1
    assert dark(picture_of(after)) > dark(picture_of(before))
    top = picture_of(after).crop((50, 110, 300, 150))
    assert 0 < dark(top) < top.width * top.height / 2  # the income still stands there


def test_a_box_is_black_all_over() -> None:
    after = blackout.of_pdf(paper(SECRET), boxes=[Box(1, 0.05, 0.1, 0.9, 0.3, "about a neighbour")])
    inside = picture_of(after).crop((60, 100, 500, 240))
    assert dark(inside) == inside.width * inside.height


@pytest.mark.parametrize(
    ("words", "boxes"),
    [
        ([Words("nobody", "x")], []),
        ([Words(SECRET, " ")], []),
        ([], [Box(2, 0, 0, 1, 1, "x")]),
        ([], [Box(1, 0, 0, 1, 1, "")]),
    ],
)
def test_what_is_not_there_or_has_no_reason_is_refused(words: list[Words], boxes: list[Box]) -> None:
    with pytest.raises(BlackoutRefused):
        blackout.of_pdf(paper(SECRET), words=words, boxes=boxes)
    for content in (b"no document", b"%PDF-1.4 broken"):
        with pytest.raises(BlackoutRefused):
            blackout.of_pdf(content, words=[WANG])
    with pytest.raises(BlackoutRefused):
        blackout.of_text(b"\xff\xfe", [WANG])


def with_file(name: str, content: bytes) -> Part:
    part = town.part()
    town.act("attach", part, name=name, media_type="text/csv", content=[content])
    return part


def test_a_clerk_blacks_out_a_file_before_it_is_given_and_the_person_reads_why() -> None:
    part = with_file("rows.csv", f"by,{SECRET}".encode())
    with acting_as(Actor.portal()):
        former = PartFile.objects.get()
    with acting_as(town.clerk(town.tax())) as clerk:
        file = blacking.black_out(part, name="rows.csv", words=[WANG], actor=clerk, at=AT)
    assert SECRET not in b"".join(files.opened(file.stored_as)).decode()
    assert former.stored_as != file.stored_as
    assert "rights.file.blacked_out" in town.events(file)
    town.act("reply", part, outcome=Outcome.FULFILLED, text="")
    with acting_as(town.owner_of(part.request)):
        (told,) = Blackout.objects.all()
    assert (told.file, told.places, told.reason) == ("rows.csv", 1, "about a neighbour")
    with acting_as(town.clerk(town.tax())) as clerk, pytest.raises(IllegalMove):
        blacking.black_out(part, name="rows.csv", words=[WANG], actor=clerk, at=AT)


def test_nothing_is_changed_where_it_cannot_be_done() -> None:
    part = with_file("rows.csv", b"by,nobody")
    with acting_as(town.clerk(town.tax())) as clerk:
        for given in ({"words": [WANG]}, {}, {"boxes": [Box(1, 0, 0, 1, 1, "x")]}):
            with pytest.raises(BlackoutRefused):
                blacking.black_out(part, name="rows.csv", **given, actor=clerk, at=AT)
        with pytest.raises(BlackoutRefused):
            blacking.black_out(part, name="other.csv", words=[replace(WANG)], actor=clerk, at=AT)
    with acting_as(Actor.portal()):
        assert not Blackout.objects.exists()
        assert b"".join(files.opened(PartFile.objects.get().stored_as)) == b"by,nobody"
