"""The page's layout from words alone: no file says these things so plainly."""

from apps.documents.ingest.parsers.pdf_blocks import PageStyle, make_blocks
from apps.documents.ingest.parsers.pdf_lines import Line, Word, _join_fragments, read_lines

STYLE = PageStyle(body_size=10, heading_sizes=(16, 13))


def line(text: str, y: float, *, x: float = 50, size: float = 10, bold: bool = False, parted: bool = False) -> Line:
    words = []
    for part in text.split():
        width = len(part) * size / 2
        words.append(Word(part, x, y, x + width, y + size, size, bold))
        x += width + size / 3
    words[-1].is_parted = parted
    return Line(words)


def blocks(*lines: Line, style: PageStyle = STYLE):
    return [(block.kind.value, block.level, block.text) for block in make_blocks(lines, style)]


def test_sizes_rank_headings():
    found = blocks(line("Title", 700, size=16), line("Part", 670, size=13), line("text goes here", 650))
    assert [(kind, level) for kind, level, _text in found] == [("heading", 1), ("heading", 2), ("paragraph", 0)]


def test_a_short_bold_line_is_a_heading_and_its_number_tells_its_depth():
    found = blocks(line("1.2 Sewing", 700, bold=True), line("plain text follows here", 688))
    assert found[0] == ("heading", 4, "1.2 Sewing")


def test_bold_means_nothing_where_all_is_bold():
    style = PageStyle(body_size=10, is_mostly_bold=True)
    assert blocks(line("Just words", 700, bold=True), style=style)[0][0] == "paragraph"


def test_a_long_bold_sentence_is_no_heading():
    assert blocks(line("This is said with force.", 700, bold=True))[0][0] == "paragraph"


def test_a_heading_of_numbers_only_is_none():
    assert blocks(line("12", 700, size=16))[0][0] == "paragraph"


def test_a_sentence_goes_on_in_the_next_column():
    found = blocks(line("the sentence goes on", 100), line("in the next column.", 700, x=300))
    assert found == [("paragraph", 0, "the sentence goes on in the next column.")]


def test_a_new_column_that_begins_a_sentence_is_a_new_paragraph():
    assert len(blocks(line("It ends here.", 100), line("Another begins.", 700, x=300))) == 2


def test_an_indent_after_a_full_stop_begins_a_paragraph():
    found = blocks(line("The first is over now, at the end of this long line.", 700), line("A second one begins", 688, x=65))
    assert len(found) == 2


def test_a_short_last_line_ends_its_paragraph():
    found = blocks(
        line("a long line of text that fills the whole measure", 700),
        line("and ends.", 688),
        line("Another long line of text that fills the measure", 676),
    )
    assert len(found) == 2


def test_raised_letters_and_cells_join_their_line():
    lines = [line("Andreas Gal", 700), line("1", 705, x=120, size=6), line("next line", 688)]
    assert [one.text for one in _join_fragments(lines)] == ["Andreas Gal 1", "next line"]


def test_halves_of_a_word_join_by_what_the_page_knows():
    found = blocks(
        line("a gathering and a co-op", 724),
        line("gather", 712, parted=True),
        line("ing and co", 700, parted=True),
        line("op", 688),
    )
    assert found[0][2] == "a gathering and a co-op gathering and co-op"


class NoTextPage:
    """Stands for nothing but a count: the reader asks pdfium for the rest."""


def test_a_page_of_unmapped_letters_is_noise(monkeypatch):
    from pypdfium2 import raw

    codes = [0xFFFD, 0xE001, 0, 65, 32, 0x2, 0xD]
    monkeypatch.setattr(raw, "FPDFText_CountChars", lambda page: len(codes))
    monkeypatch.setattr(raw, "FPDFText_GetUnicode", lambda page, index: codes[index])
    monkeypatch.setattr(raw, "FPDFText_HasUnicodeMapError", lambda page, index: 0)
    monkeypatch.setattr(raw, "FPDFText_GetLooseCharBox", lambda page, index, rect: 1)
    monkeypatch.setattr(raw, "FPDFText_GetFontSize", lambda page, index: 1.0)
    monkeypatch.setattr(raw, "FPDFText_GetFontWeight", lambda page, index: 700)
    assert read_lines(NoTextPage()) is None
