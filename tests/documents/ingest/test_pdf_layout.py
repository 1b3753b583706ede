"""The page's layout from words alone: no file says these things so plainly."""

from apps.documents.ingest.parsers.pdf_blocks import PageStyle, make_blocks
from apps.documents.ingest.parsers.pdf_lines import Line, Word

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


def test_halves_of_a_word_join_by_what_the_page_knows():
    found = blocks(
        line("a gathering and a co-op", 724),
        line("gather", 712, parted=True),
        line("ing and co", 700, parted=True),
        line("op", 688),
    )
    assert found[0][2] == "a gathering and a co-op gathering and co-op"


def test_lines_of_equally_wide_letters_are_code_and_keep_their_indent():
    lines = [line("def fold():", 700), line("return 8", 688, x=70), line("It ends.", 660)]
    for one in lines[:2]:
        for word in one.words:
            word.is_mono = True
    found = make_blocks(lines, STYLE)
    assert [(block.kind.value, block.text) for block in found] == [("code", "def fold():\n    return 8"), ("paragraph", "It ends.")]
    assert [found[0].text[word.start : word.end] for word in found[0].words] == ["def", "fold():", "return", "8"]


def test_what_is_typed_on_a_typewriter_is_no_code():
    typed = line("Dear binder, the press is here.", 700)
    for word in typed.words:
        word.is_mono = True
    assert blocks(typed, style=PageStyle(body_size=10, is_mostly_mono=True))[0][0] == "paragraph"


def test_marks_further_to_the_right_are_deeper_in_the_list():
    found = blocks(
        line("- tools", 700),
        line("- awl", 688, x=65),
        line("- needle", 676, x=65),
        line("- thread", 664),
        line("Plain text.", 640),
        line("- paper", 620, x=65),
    )
    assert [level for _kind, level, _text in found] == [1, 2, 2, 1, 0, 2]
