"""What somebody wrote into a form, or laid over a page, is text of that page."""

import io

import pytest

from apps.documents.ingest.parsers.pdf import PdfParser
from tests.documents.files import write


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def form(value: str) -> bytes:
    """A page that asks for a name, with the answer as the program drew it that filled it in."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0)
    canvas.drawString(72, 700, "Name of the binder:")
    canvas.acroForm.textfield(name="binder", value=value, x=220, y=692, width=200, height=20, fontSize=11)
    canvas.drawString(72, 600, "Sign below.")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def texts(tmp_path, data: bytes):
    (page,) = PdfParser().parse(write(tmp_path, data), silent).pages
    return [block.text for block in page.blocks]


def test_an_answer_in_a_form_stands_beside_its_question(tmp_path):
    assert texts(tmp_path, form("Ada Lovelace")) == ["Name of the binder: Ada Lovelace", "Sign below."]


# Both are as long as what they replace: everything stays where the file says it is.
@pytest.mark.parametrize(("before", "after"), [(b"/AP <<", b"/XX <<"), (b"/Subtype /Widget", b"/Subtype /Stamp ")], ids=["not drawn", "a stamp"])
def test_an_answer_that_no_program_drew_and_a_stamp_are_read_too(tmp_path, before, after):
    data = form("Ada Lovelace")
    assert data.count(before) == 1
    assert "Name of the binder: Ada Lovelace" in texts(tmp_path, data.replace(before, after))


def test_what_a_form_hides_is_not_read(tmp_path):
    data = form("Ada Lovelace")
    assert data.count(b"/F 4 ") == 1
    assert texts(tmp_path, data.replace(b"/F 4 ", b"/F 2 ")) == ["Name of the binder:", "Sign below."]


def test_the_words_of_an_answer_have_their_boxes(tmp_path):
    (page,) = PdfParser().parse(write(tmp_path, form("Ada Lovelace")), silent).pages
    boxes = {page.blocks[0].text[word.start : word.end]: word for word in page.blocks[0].words}
    assert boxes["Lovelace"].x0 > 220
    assert boxes["Lovelace"].y1 < 714
