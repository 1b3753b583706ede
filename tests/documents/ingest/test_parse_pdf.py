import pytest

from apps.documents import constants
from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.pdf import PdfParser
from tests.documents.files import make_empty_pdf, make_pdf, make_picture_pdf, write


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, data: bytes):
    return PdfParser().parse(write(tmp_path, data), silent)


def refusal(tmp_path, data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        pages_of(tmp_path, data)
    return caught.value


def pages_of(tmp_path, data: bytes):
    return list(parse(tmp_path, data).pages)


def shown(page):
    return [(block.kind.value, block.text) for block in page.blocks]


def test_lines_become_paragraphs_and_larger_letters_headings(tmp_path):
    text = "Binding\nA quire is a gathering of leaves\nbefore they are bound."
    (page,) = pages_of(tmp_path, make_pdf([text], title_size=20))
    assert shown(page) == [("heading", "Binding"), ("paragraph", "A quire is a gathering of leaves before they are bound.")]
    assert page.blocks[0].level == 1


def test_pages_keep_their_numbers_and_progress_is_told(tmp_path):
    told = []
    parsed = PdfParser().parse(write(tmp_path, make_pdf(["One.", "", "Three."])), lambda done, total: told.append((done, total)))
    assert [page.number for page in parsed.pages] == [1, 3]
    assert (parsed.page_count, parsed.unread_pages) == (3, [])
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_every_word_has_its_box_and_its_span(tmp_path):
    (page,) = pages_of(tmp_path, make_pdf(["Sew the quires\non cords."]))
    (block,) = page.blocks
    assert [block.text[word.start : word.end] for word in block.words] == ["Sew", "the", "quires", "on", "cords."]
    assert [word.line for word in block.words] == [0, 0, 0, 1, 1]
    assert all(word.x0 < word.x1 and word.y0 < word.y1 for word in block.words)
    assert block.words[0].x0 == pytest.approx(72, abs=2)
    assert block.words[0].y1 > block.words[4].y1


def test_a_word_parted_at_the_end_of_a_line_is_one_word(tmp_path):
    (page,) = pages_of(tmp_path, make_pdf(["The gather-\ning is sewn."]))
    assert page.blocks[0].text == "The gathering is sewn."


def test_a_compound_keeps_its_hyphen(tmp_path):
    (page,) = pages_of(tmp_path, make_pdf(["A well-known state-of-\nthe-art press, made in Anglo-\nSaxon times."]))
    assert "state-of-the-art" in page.blocks[0].text
    assert "Anglo-Saxon" in page.blocks[0].text


def test_marks_make_list_items_and_numbers_stay(tmp_path):
    (page,) = pages_of(tmp_path, make_pdf(["Tools are these.\n- a bone folder\n- an awl\n1. Fold the sheets."]))
    assert shown(page)[1:] == [("list_item", "a bone folder"), ("list_item", "an awl"), ("list_item", "1. Fold the sheets.")]


def test_a_gap_begins_a_new_paragraph(tmp_path):
    (page,) = pages_of(tmp_path, make_pdf(["The first one ends.\nIt had two lines of text.\n\n\nThe second begins."]))
    assert [text for _kind, text in shown(page)] == ["The first one ends. It had two lines of text.", "The second begins."]


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (make_pdf(["Secret"], encrypt="open sesame"), "encrypted", "password"),
        (make_empty_pdf(), "unreadable", "no pages"),
        (b"%PDF-1.7 and then nothing of use", "unreadable", "broken"),
        (make_picture_pdf(), "no_text", "text recognition"),
        (make_pdf(["", ""]), "no_text", "empty"),
    ],
)
def test_what_has_no_text_to_read_is_refused_in_words(tmp_path, data, reason, words):
    refused = refusal(tmp_path, data)
    assert refused.reason == reason
    assert words in refused.detail


def test_a_page_without_text_is_named_and_the_others_are_read(tmp_path):
    import io

    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Text here.")
    canvas.showPage()
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.showPage()
    canvas.save()
    parsed = parse(tmp_path, out.getvalue())
    assert [page.number for page in parsed.pages] == [1]
    assert parsed.unread_pages == [2]


def test_more_pages_than_quire_reads_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PAGES", 2)
    assert refusal(tmp_path, make_pdf(["a", "b", "c"])).reason == "too_large"


def test_more_text_than_quire_reads_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 10)
    assert refusal(tmp_path, make_pdf(["More than ten letters."])).reason == "too_large"
    assert constants.MAX_TEXT_CHARS > 10
