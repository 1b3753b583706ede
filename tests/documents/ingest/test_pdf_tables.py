"""Tables of a PDF become rows and cells; their words keep their boxes."""

import io

import pytest

from apps.documents.ingest.parsers.pdf import PdfParser
from apps.documents.ingest.parsers.pdf_aligned import with_tables
from apps.documents.ingest.parsers.pdf_grid import Table, find_grids, make_table
from apps.documents.ingest.parsers.pdf_lines import Line, Word
from apps.documents.ingest.parsers.pdf_rules import Rule
from tests.documents.files import write

GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black")]


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def table_pdf(rows, style=GRID, before: str = "", widths=None) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    out = io.BytesIO()
    story = [Paragraph(before, getSampleStyleSheet()["Normal"])] if before else []
    SimpleDocTemplate(out).build([*story, Table(rows, style=TableStyle(style), colWidths=widths)])
    return out.getvalue()


def blocks_of(tmp_path, data: bytes):
    return [block for page in PdfParser().parse(write(tmp_path, data), silent).pages for block in page.blocks]


def rows_of(block):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.text.splitlines() if "---" not in line]


def test_a_ruled_table_is_rows_and_cells_in_its_place(tmp_path):
    rows = [["Tool", "Use"], ["Awl", "makes holes"], ["Bone folder", "creases paper"]]
    first, table = blocks_of(tmp_path, table_pdf(rows, before="The tools of a binder are few."))
    assert first.text == "The tools of a binder are few."
    assert table.text == "| Tool | Use |\n| --- | --- |\n| Awl | makes holes |\n| Bone folder | creases paper |"
    assert (table.kind, table.rows) == ("table", (1, 2))


def test_each_word_of_a_table_keeps_its_box(tmp_path):
    (table,) = blocks_of(tmp_path, table_pdf([["Tool", "Price"], ["Awl", "4"], ["Awl | long", "14"]]))
    shown = [table.text[word.start : word.end] for word in table.words]
    assert shown == ["Tool", "Price", "Awl", "4", "Awl", "\\|", "long", "14"]
    assert table.words[2].y0 < table.words[0].y0
    assert table.words[3].x0 > table.words[2].x1


def test_a_long_table_repeats_its_header_and_no_word_has_two_places(tmp_path):
    rows = [["Number", "What is said of it"], *[[str(number), f"The leaf number {number} is whole"] for number in range(30)]]
    groups = blocks_of(tmp_path, table_pdf(rows))
    words = [(block.text[word.start : word.end], word.y0) for block in groups for word in block.words]
    assert len(groups) > 1
    assert all(block.text.startswith("| Number |") for block in groups)
    assert all(word.start >= block.repeated for block in groups for word in block.words)
    assert [text for text, _y in words].count("Number") == 1
    assert len(words) == 6 + 30 * 7


def test_a_cell_over_two_columns_leaves_the_second_one_empty(tmp_path):
    rows = [["Sizes", ""], ["wide", "high"], ["10", "20"]]
    (table,) = blocks_of(tmp_path, table_pdf(rows, [*GRID, ("SPAN", (0, 0), (1, 0))]))
    assert rows_of(table) == [["Sizes", ""], ["wide", "high"], ["10", "20"]]


def test_the_outer_border_may_be_missing(tmp_path):
    (table,) = blocks_of(tmp_path, table_pdf([["Tool", "Use"], ["Awl", "holes"], ["Press", "weight"]], [("INNERGRID", (0, 0), (-1, -1), 0.5, "black")]))
    assert rows_of(table) == [["Tool", "Use"], ["Awl", "holes"], ["Press", "weight"]]


def test_rows_that_no_rule_parts_are_rows(tmp_path):
    rows = [["Tool", "Price"], ["Awl", "4"], ["Press", "900"], ["Needle", "1"]]
    (table,) = blocks_of(tmp_path, table_pdf(rows, [("BOX", (0, 0), (-1, -1), 1, "black"), ("LINEAFTER", (0, 0), (0, -1), 1, "black")], widths=[90, 90]))
    assert rows_of(table) == rows


def test_text_that_wraps_in_its_cells_stays_in_them(tmp_path):
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph

    normal = getSampleStyleSheet()["Normal"]
    long = "Paper is made from fibres that were beaten, drained and pressed until the sheet holds together."
    other = "Boards are made from many sheets that were glued and pressed until the board holds together well."
    (table,) = blocks_of(tmp_path, table_pdf([["Paper", "Board"], [Paragraph(long, normal), Paragraph(other, normal)]], widths=[150, 150]))
    assert rows_of(table) == [["Paper", "Board"], [long, other]]


def test_aligned_rows_without_rules_are_a_table(tmp_path):
    rows = [["Item", "Hours", "Cost"], ["Sewing", "2", "300"], ["Cover", "1.5", "225"], ["Total", "", "525"]]
    (table,) = blocks_of(tmp_path, table_pdf(rows, []))
    assert rows_of(table) == rows


def test_a_frame_around_a_page_makes_no_table_of_it(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(50, 50, 500, 700)
    canvas.line(50, 400, 550, 400)
    canvas.line(300, 400, 300, 750)
    for number in range(5):
        canvas.drawString(70, 380 - 14 * number, "A sentence that is as long as a sentence may well be.")
    canvas.drawString(70, 500, "Left.")
    canvas.showPage()
    canvas.save()
    assert {block.kind for block in blocks_of(tmp_path, out.getvalue())} == {"paragraph"}


def test_shades_behind_text_are_no_rules(tmp_path):
    shaded = [("BACKGROUND", (0, 0), (-1, 0), "lightgrey"), ("BACKGROUND", (0, 1), (-1, 1), "beige")]
    blocks = blocks_of(tmp_path, table_pdf([["Just one sentence here."], ["And another one below it."]], shaded))
    assert {block.kind for block in blocks} == {"paragraph"}


def test_thin_filled_boxes_are_rules(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for y in (600, 620, 640):
        canvas.rect(50, y, 200, 0.5, stroke=0, fill=1)
    for x in (50, 150, 250):
        canvas.rect(x, 600, 0.5, 40, stroke=0, fill=1)
    for x, y, text in ((60, 626, "Tool"), (160, 626, "Use"), (60, 606, "Awl"), (160, 606, "holes")):
        canvas.drawString(x, y, text)
    canvas.showPage()
    canvas.save()
    (table,) = blocks_of(tmp_path, out.getvalue())
    assert rows_of(table) == [["Tool", "Use"], ["Awl", "holes"]]


def test_a_table_inside_a_form_and_on_a_turned_page_is_found(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.beginForm("inner")
    for y in (0, 20, 40):
        canvas.line(0, y, 200, y)
    for x in (0, 100, 200):
        canvas.line(x, 0, x, 40)
    for x, y, text in ((10, 26, "Tool"), (110, 26, "Use"), (10, 6, "Awl"), (110, 6, "holes")):
        canvas.drawString(x, y, text)
    canvas.endForm()
    canvas.translate(300, 300)
    canvas.rotate(90)
    canvas.doForm("inner")
    canvas.showPage()
    canvas.save()
    (table,) = blocks_of(tmp_path, out.getvalue())
    assert rows_of(table) == [["Tool", "Use"], ["Awl", "holes"]]
    assert 250 < table.words[0].x0 < 300 < table.words[0].y0


def words(*placed: tuple[str, float, float]) -> list[Line]:
    return [Line([Word(text, x, y, x + 5 * len(text), y + 10, 10)]) for text, x, y in placed]


@pytest.mark.parametrize(("across", "down"), [([], []), ([Rule(0, 0, 9)] * 3, []), ([Rule(n * 9, 0, 9) for n in range(500)], [Rule(0, 0, 4500)])])
def test_too_few_rules_and_too_many_make_no_grid(across, down):
    assert find_grids(across, down) == []


def test_a_grid_with_words_in_one_cell_only_is_no_table():
    (grid,) = find_grids([Rule(y, 0, 200) for y in (0, 50, 100)], [Rule(x, 0, 100) for x in (0, 100, 200)])
    assert make_table(grid, words(("one", 10, 60), ("two", 10, 70)), rtl=False) is None


def test_numbers_one_above_the_other_are_rows_even_where_the_cell_is_narrow():
    (grid,) = find_grids([Rule(y, 0, 120) for y in (0, 40, 80)], [Rule(x, 0, 80) for x in (0, 40, 80, 120)])
    placed = [("a", 5, 50), ("b", 45, 50), ("c", 85, 50)]
    placed += [(number, x, y) for x in (5, 45, 85) for number, y in (("0.9612", 22), ("0.9343", 8))]
    table = make_table(grid, words(*placed), rtl=False)
    assert isinstance(table, Table)
    assert [[" ".join(line.text for line in cell) for cell in row] for row in table.rows][1:] == [["0.9612"] * 3, ["0.9343"] * 3]


def test_right_to_left_the_first_column_is_the_right_one():
    (grid,) = find_grids([Rule(y, 0, 200) for y in (0, 50, 100)], [Rule(x, 0, 100) for x in (0, 100, 200)])
    table = make_table(grid, words(("value", 10, 60), ("label", 110, 60), ("v2", 10, 10), ("l2", 110, 10)), rtl=True)
    assert table is not None
    assert [[line.text for cell in row for line in cell] for row in table.rows] == [["label", "value"], ["l2", "v2"]]


def rows(*lines: list[tuple[str, float]], step: float = 12) -> list[list[Line]]:
    return [words(*((text, x, 700 - step * number) for text, x in line)) for number, line in enumerate(lines)]


def kinds(found) -> list[str]:
    return [type(item).__name__ for row in found for item in row]


def test_list_items_are_no_table():
    marked = rows([("1.", 50), ("fold it", 80)], [("2.", 50), ("sew it", 80)], [("3.", 50), ("press it", 80)])
    assert "Table" not in kinds(with_tables(marked, rtl=False))


def test_rows_far_apart_or_few_are_no_table():
    pair = [("Name", 50.0), ("Ada", 200.0)]
    assert "Table" not in kinds(with_tables(rows(pair, pair, pair, step=80), rtl=False))
    assert "Table" not in kinds(with_tables(rows(pair, pair), rtl=False))


def test_a_term_and_its_long_meaning_are_no_table():
    meaning = "a gathering of leaves that were folded together before they are sewn into a book, and bound between boards"
    pair = [("Quire", 50.0), (meaning, 200.0)]
    assert "Table" not in kinds(with_tables(rows(pair, pair, pair), rtl=False))


def test_aligned_code_is_no_table():
    code = rows(*[[("mov", 50.0), ("eax", 100.0)]] * 3)
    for line in (line for row in code for line in row):
        line.words[0].is_mono = True
    assert "Table" not in kinds(with_tables(code, rtl=False))


def test_right_to_left_aligned_rows_begin_at_the_right():
    (row,) = with_tables(rows(*[[("b", 50.0), ("a", 200.0)]] * 3), rtl=True)
    assert [[line.text for cell in one for line in cell] for one in row[0].rows] == [["a", "b"]] * 3
