"""Pages are read in the order in which people read them."""

import io

from apps.documents.ingest.parsers.pdf import PdfParser
from apps.documents.ingest.parsers.pdf_lines import Line, Word, on_page, turn_back
from apps.documents.ingest.parsers.pdf_order import is_right_to_left, rows_in_order
from tests.documents.files import write


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def piece(text: str, x: float, y: float, *, size: float = 10, mono: bool = False) -> Line:
    return Line([Word(text, x, y, x + len(text) * size / 2, y + size, size, is_mono=mono)])


def column(name: str, x: float, *, top: float = 700, rows: int = 5) -> list[Line]:
    return [piece(f"{name}{number} words that fill a line", x, top - 12 * number) for number in range(rows)]


def order(items, *, rtl: bool = False):
    return [[item.text.split()[0] for item in row] for row in rows_in_order(items, rtl=rtl)]


def test_two_columns_are_read_one_after_the_other():
    left, right = column("l", 50), column("r", 300)
    mixed = [item for pair in zip(left, right, strict=True) for item in pair]
    assert order(mixed) == [[f"l{n}"] for n in range(5)] + [[f"r{n}"] for n in range(5)]


def test_right_to_left_the_right_column_comes_first():
    assert order(column("l", 50) + column("r", 300), rtl=True)[0] == ["r0"]


def test_three_columns_are_told_apart():
    rows = order(column("b", 230) + column("c", 410) + column("a", 50))
    assert [row[0][0] for row in rows] == ["a"] * 5 + ["b"] * 5 + ["c"] * 5


def test_a_title_over_both_columns_comes_first_and_a_foot_last():
    title = piece("Title of the whole page that goes over both of its columns of text", 60, 760)
    foot = piece("Foot of the whole page that goes over both of its columns of the text", 60, 600)
    rows = order([foot, *column("r", 300), title, *column("l", 50)])
    assert (rows[0], rows[-1]) == (["Title"], ["Foot"])
    assert rows[1:6] == [[f"l{n}"] for n in range(5)]


def test_a_gap_that_both_columns_share_does_not_cut_them():
    lower_left, lower_right = column("m", 50, top=600), column("s", 300, top=600)
    rows = order(column("l", 50) + column("r", 300) + lower_left + lower_right)
    assert [row[0][0] for row in rows] == ["l"] * 5 + ["m"] * 5 + ["r"] * 5 + ["s"] * 5


def test_columns_of_another_number_below_are_columns_of_their_own():
    wide = piece("A line between them goes from the left side of the page to its right side", 50, 630)
    below = column("x", 50, top=600) + column("y", 300, top=600)
    rows = order(column("l", 50) + column("r", 300) + [wide] + below)
    assert [row[0][0] for row in rows] == ["l"] * 5 + ["r"] * 5 + ["A"] + ["x"] * 5 + ["y"] * 5


def test_a_form_is_read_row_by_row():
    form = [piece("Name", 50, 700), piece("Ada", 300, 700), piece("Town", 50, 688), piece("Bern", 300, 688), piece("Year", 50, 676), piece("1843", 300, 676)]
    assert order(form) == [["Name", "Ada"], ["Town", "Bern"], ["Year", "1843"]]
    assert order(form, rtl=True)[0] == ["Ada", "Name"]


def test_remarks_beside_code_stay_with_its_lines():
    code = [piece(f"mov_{n} eax, ebx and so on", 50, 700 - 12 * n, mono=True) for n in range(4)]
    remarks = [piece(f"//{n} moves it to where it is", 300, 700 - 12 * n, mono=True) for n in range(4)]
    assert order(code + remarks)[0] == ["mov_0", "//0"]


def test_nothing_has_no_order():
    assert rows_in_order([]) == []


def test_the_script_of_most_letters_tells_the_direction():
    assert is_right_to_left([piece("\u0634\u0631\u06a9\u062a", 0, 0), piece("ab", 0, 0)])
    assert not is_right_to_left([piece("quire", 0, 0), piece("12", 0, 0)])


def test_turning_a_box_back_and_forth_changes_nothing():
    box = (1.0, 2.0, 5.0, 3.0)
    assert [on_page(turn_back(box, turn), turn) for turn in range(5)] == [box] * 5


def made(draw) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def pages_of(tmp_path, data: bytes):
    return list(PdfParser().parse(write(tmp_path, data), silent).pages)


def test_sentences_go_on_down_a_column_in_a_real_file(tmp_path):
    left = ["Paper is made from fibres that", "were beaten and drained, and", "pressed between felts until the", "sheet holds, then it is"]
    right = ["dried in a loft. The binder folds", "each sheet into a section and", "sews the sections on cords until", "the book is whole."]

    def draw(canvas):
        for number in range(4):
            canvas.drawString(60, 700 - 14 * number, left[number])
            canvas.drawString(320, 700 - 14 * number, right[number])

    (page,) = pages_of(tmp_path, made(draw))
    assert page.text == " ".join(left + right)


def test_text_that_is_turned_is_read_along_its_own_lines(tmp_path):
    def draw(canvas):
        canvas.rotate(90)
        canvas.drawString(100, -200, "A table lies on its side")
        canvas.drawString(100, -214, "and is read all the same.")

    (page,) = pages_of(tmp_path, made(draw))
    word = page.blocks[0].words[0]
    assert page.text == "A table lies on its side and is read all the same."
    assert 180 < word.x0 < word.x1 < 215
    assert 95 < word.y0 < word.y1 < 120


def test_a_stamp_on_the_side_is_no_part_of_a_sentence(tmp_path):
    def draw(canvas):
        canvas.drawString(100, 700, "A sentence that goes on")
        canvas.drawString(100, 686, "in the next line of text.")
        canvas.saveState()
        canvas.rotate(90)
        canvas.drawString(690, -40, "arXiv 1234.5678")
        canvas.restoreState()
        canvas.rotate(45)
        canvas.drawString(500, 100, "DRAFT")

    (page,) = pages_of(tmp_path, made(draw))
    assert [block.text for block in page.blocks] == ["A sentence that goes on in the next line of text.", "arXiv 1234.5678", "DRAFT"]


def test_a_typewriter_s_letters_in_a_printed_page_are_code(tmp_path):
    def draw(canvas):
        canvas.drawString(72, 700, "The program is this one, and it does what is said of it above.")
        canvas.setFont("Courier-Bold", 9)
        canvas.drawString(72, 680, "for leaf in book:")
        canvas.drawString(72 + 4 * 5.4, 669, "print(leaf)")

    (page,) = pages_of(tmp_path, made(draw))
    assert page.blocks[1].text == "for leaf in book:\n    print(leaf)"
