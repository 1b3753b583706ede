"""Pages of a PDF that have no usable text: read by text recognition, or named."""

import io

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.ocr import OcrFailed, Seen
from apps.documents.ingest.parsers import pdf_page
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.pdf import PdfParser
from apps.documents.ingest.parsers.scan import scan_blocks, scan_paragraphs
from tests.documents.files import make_picture_pdf
from tests.documents.ingest.pictures import draw, has_ocr, scanned_pdf, write

ENGLISH = Desk(ocr_languages="eng")


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def read(tmp_path, data: bytes, desk: Desk = ENGLISH):
    parsed = PdfParser().parse(write(tmp_path, data), silent, desk)
    return list(parsed.pages), parsed


def refusal(tmp_path, data: bytes, desk: Desk = ENGLISH) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, data, desk)
    return caught.value


def mixed_pdf(*, stamp: str = "", picture: bool = True) -> bytes:
    """A page of text, then a page that is a picture of text, perhaps with a stamp of real text on it."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 400))
    canvas.drawString(50, 300, "Words that are words.")
    canvas.showPage()
    if picture:
        canvas.drawImage(ImageReader(draw("Sew the quires on cords", height=1200)), 0, 0, 400, 400)
    canvas.drawString(300, 380, stamp)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@has_ocr
def test_a_scanned_page_is_read_and_its_words_have_their_boxes_in_points(tmp_path):
    image = draw("Sew the quires on cords")
    (page,), parsed = read(tmp_path, scanned_pdf(image))
    first = page.blocks[0].words[0]
    assert page.text == "Sew the quires on cords"
    assert first.x0 == pytest.approx(60 * 72 / 300, abs=2)
    assert (image.height - 120) * 72 / 300 - 4 < first.y0 < first.y1 < (image.height - 50) * 72 / 300
    assert parsed.unread_pages == []


@has_ocr
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_shown_turned_is_read_and_its_boxes_are_those_of_the_unturned_page(tmp_path, turn):
    image = draw("Sew the quires on cords", "A binder waxes the thread", "before the leaves are sewn")
    (page,), _parsed = read(tmp_path, scanned_pdf(image, turn=turn))
    assert page.text.startswith("Sew the quires on cords")
    assert page.blocks[0].words[0].x0 == pytest.approx(60 * 72 / 300, abs=2)


@has_ocr
def test_the_reader_gives_signs_of_life_while_a_page_is_recognised(tmp_path):
    told = []
    parsed = PdfParser().parse(write(tmp_path, scanned_pdf(draw("One"))), lambda done, total: told.append((done, total)), ENGLISH)
    list(parsed.pages)
    assert told == [(0, 1), (1, 1)]


def test_without_text_recognition_the_page_is_named_and_the_others_are_read(tmp_path):
    pages, parsed = read(tmp_path, mixed_pdf(), BARE)
    assert [page.number for page in pages] == [1]
    assert parsed.unread_pages == [2]


def test_a_stamp_on_a_scan_is_kept_and_the_page_named_where_nobody_can_read_it(tmp_path):
    pages, parsed = read(tmp_path, mixed_pdf(stamp="Received"), BARE)
    assert [page.text for page in pages] == ["Words that are words.", "Received"]
    assert parsed.unread_pages == [2]


@has_ocr
def test_a_stamp_on_a_scan_does_not_hide_the_scan(tmp_path):
    pages, parsed = read(tmp_path, mixed_pdf(stamp="Received"))
    assert "Sew the quires on cords" in pages[1].text
    assert parsed.unread_pages == []


def test_a_page_that_text_recognition_could_not_read_stays_named(tmp_path, monkeypatch):
    def late(picture, languages, alive):
        alive()
        raise OcrFailed("late")

    monkeypatch.setattr(pdf_page, "read_picture", late)
    pages, parsed = read(tmp_path, mixed_pdf())
    assert ([page.number for page in pages], parsed.unread_pages) == ([1], [2])


def test_a_page_that_says_less_when_recognised_keeps_its_own_words(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_page, "read_picture", lambda picture, languages, alive: [])
    pages, parsed = read(tmp_path, mixed_pdf(stamp="Received"))
    assert ([page.text for page in pages][1], parsed.unread_pages) == ("Received", [])


def test_a_document_of_pictures_says_what_is_missing(tmp_path):
    assert "Tesseract" in refusal(tmp_path, make_picture_pdf(), BARE).detail
    two = refusal(tmp_path, scanned_pdf(draw("a"), draw("b")), BARE)
    assert (two.reason, "Its 2 pages are pictures" in two.detail) == ("no_text", True)


def test_pictures_that_show_no_words_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_page, "read_picture", lambda picture, languages, alive: [])
    assert "No text was found" in refusal(tmp_path, make_picture_pdf()).detail


def test_pictures_that_cannot_be_recognised_say_so(tmp_path, monkeypatch):
    def late(picture, languages, alive):
        raise OcrFailed("late")

    monkeypatch.setattr(pdf_page, "read_picture", late)
    assert "OCR" in refusal(tmp_path, make_picture_pdf()).detail


@pytest.mark.parametrize("size", [(14_400, 14_400), (200_000, 3), (0.5, 0.5)])
def test_a_page_of_any_size_makes_a_picture_that_is_not_too_large(tmp_path, monkeypatch, size):
    from reportlab.pdfgen.canvas import Canvas

    seen = []
    monkeypatch.setattr(pdf_page, "read_picture", lambda picture, languages, alive: seen.append(picture) or [])
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.rect(0, 0, 1, 1, fill=1)
    canvas.showPage()
    canvas.save()
    refusal(tmp_path, out.getvalue())
    assert seen[0].width * seen[0].height == len(seen[0].pixels) <= 20_000_000


def seen(text: str, line: str = "1", paragraph: str = "1", height: float = 20, x: float = 0) -> Seen:
    return Seen(text, x, 0, x + 10, 10, ("1", paragraph), line, height, 95.0)


def blocks(*words: Seen):
    return [(block.kind.value, block.text) for block in scan_blocks(scan_paragraphs(words, lambda box: box))]


def test_much_larger_letters_make_a_heading():
    words = [seen("Binding", height=60), seen("Sew", "1", "2"), seen("it", "2", "2"), seen("well", "3", "2")]
    assert blocks(*words) == [("heading", "Binding"), ("paragraph", "Sew it well")]


def test_halves_of_a_word_are_joined_and_a_last_hyphen_stays():
    assert blocks(seen("gather-"), seen("ing", "2")) == [("paragraph", "gathering")]
    assert blocks(seen("gather-")) == [("paragraph", "gather-")]


def test_specks_are_no_words():
    assert blocks(seen("|"), seen("—", "2")) == []
