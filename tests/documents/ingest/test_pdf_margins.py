"""What is said on every page is part of no sentence."""

import io

import pytest

from apps.documents.ingest.parsers.pdf import PdfParser
from tests.documents.files import write

TEXT = ["Paper is made from fibres that were beaten,", "drained and pressed. It is folded, sewn and", "bound in boards by who knows how to do it."]


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def book(*pages: dict[str, object]) -> bytes:
    """Pages with three lines of text, and what each has at its head (left, right) and its foot."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for number, page in enumerate(pages):
        canvas.setFont("Helvetica", float(str(page.get("size", 9))))
        canvas.drawString(72, 800, str(page.get("head", "")))
        canvas.drawRightString(520, 800, str(page.get("right", "")))
        canvas.drawCentredString(300, 30, str(page.get("foot", "")))
        canvas.setFont("Helvetica", 11)
        for line, text in enumerate(page.get("text", TEXT)):
            canvas.drawString(72, 600 - 14 * line, f"{text}" if line else f"{number}. {text}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def texts(tmp_path, data: bytes):
    pages = PdfParser().parse(write(tmp_path, data), silent).pages
    return [[block.text for block in page.blocks] for page in pages]


def said(found) -> list[str]:
    return [text for page in found for text in page if "fibres" not in text]


@pytest.mark.parametrize("form", ["{}", "- {} -", "Page {}", "{} / 6", "Seite {} von 6", "p. {}"])
def test_page_numbers_are_left_out(tmp_path, form):
    assert said(texts(tmp_path, book(*({"foot": form.format(number)} for number in range(1, 7))))) == []


def test_roman_page_numbers_are_left_out_and_words_of_the_same_letters_stay(tmp_path):
    assert said(texts(tmp_path, book({"foot": "iii"}, {"foot": "iv"}, {"foot": "civil"}))) == ["civil"]


def test_a_running_head_is_said_once(tmp_path):
    assert said(texts(tmp_path, book(*[{"head": "The binder's book"}] * 6))) == ["The binder's book"]


def test_a_running_head_that_counts_the_pages_is_said_once(tmp_path):
    pages = [{"head": "The binder's book", "right": str(number)} for number in range(7, 13)]
    assert len(said(texts(tmp_path, book(*pages)))) <= 1


def test_left_and_right_pages_have_heads_of_their_own(tmp_path):
    pages = [{"head": "The binder's book"}, {"head": "On sewing"}] * 4
    assert sorted(said(texts(tmp_path, book(*pages)))) == ["On sewing", "The binder's book"]


def test_the_head_of_a_form_with_one_copy_stays_on_both(tmp_path):
    assert said(texts(tmp_path, book({"head": "Estimate of costs"}, {"head": "Estimate of costs"}))) == ["Estimate of costs"] * 2


def test_headings_in_large_letters_stay_even_where_they_count(tmp_path):
    pages = [{"head": f"Chapter {number}", "size": 20} for number in range(1, 7)]
    assert said(texts(tmp_path, book(*pages))) == [f"Chapter {number}" for number in range(1, 7)]


def test_numbers_that_do_not_count_the_pages_stay(tmp_path):
    heads = [f"Invoice {number}" for number in (4711, 12, 99, 5, 7000)]
    assert said(texts(tmp_path, book(*({"head": head} for head in heads)))) == heads


def test_a_title_with_a_page_number_far_beside_it_goes_on_a_single_page_too(tmp_path):
    assert said(texts(tmp_path, book({"head": "Of paper and of its makers", "right": "9"}))) == []
    assert said(texts(tmp_path, book({"head": "9", "right": "Of paper and of its makers"}))) == []


def test_a_row_of_a_table_at_the_top_is_no_head(tmp_path):
    assert said(texts(tmp_path, book({"head": "Total", "right": "525"}))) == ["Total 525"]


def test_the_header_of_a_table_that_goes_on_stays_on_each_page(tmp_path):
    from reportlab.platypus import SimpleDocTemplate, Table

    out = io.BytesIO()
    rows = [[f"Leaf {number}", f"{number * 7 % 90} mm", f"{number * 13 % 70} g"] for number in range(150)]
    SimpleDocTemplate(out, topMargin=60).build([Table([["Item", "Width", "Weight"], *rows], repeatRows=1)])
    found = texts(tmp_path, out.getvalue())
    assert [page[0].startswith("| Item | Width | Weight |") for page in found] == [True] * len(found)


def test_a_page_that_says_nothing_but_its_number_is_blank(tmp_path):
    assert len(texts(tmp_path, book({}, {"foot": "2", "text": []}, {}))) == 2


def test_a_document_of_nothing_but_page_numbers_keeps_them(tmp_path):
    pages = [{"foot": f"Page {number}", "text": []} for number in (1, 2)]
    assert texts(tmp_path, book(*pages)) == [["Page 1"], ["Page 2"]]


def test_a_page_without_text_of_its_own_is_left_out(tmp_path):
    assert texts(tmp_path, book({"foot": "Page 1"}, {"foot": "Page 2", "text": []})) == [[" ".join([f"0. {TEXT[0]}", *TEXT[1:]])]]
