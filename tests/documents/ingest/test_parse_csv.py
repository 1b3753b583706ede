import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.csv import CsvParser, find_delimiter, read_rows
from apps.documents.types import Unit
from tests.documents.files import write


def silent(done: int, total: int) -> None:
    """No sheet is waiting for this."""


def parse(tmp_path, data: bytes | str, progress=silent):
    return CsvParser().parse(write(tmp_path, data), progress)


def lines(tmp_path, data: bytes | str) -> list[str]:
    return parse(tmp_path, data).pages[0].text.splitlines()


def test_a_table_is_one_sheet_without_a_name(tmp_path):
    parsed = parse(tmp_path, "Name,Price\nAwl,5\n")
    assert (parsed.unit, parsed.page_count, parsed.pages[0].number, parsed.pages[0].label) == (Unit.SHEET, 1, 1, "")
    assert [(block.kind.value, block.text, block.rows) for block in parsed.pages[0].blocks] == [
        ("table", "| Name | Price |\n| --- | --- |\n| Awl | 5 |", (2, 2))
    ]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\n1;2\t3\n", "\t"),
        ("a|b\n1,2|3\n", "|"),
        ("note\n\na,b,c\n1,2,3\n4,5,6\n", ","),
        ("one column\nand no more\n", ","),
        ('"x;y",b\n"z;w",c\n', ","),
        ("", ","),
    ],
)
def test_what_parts_the_fields_is_found(text, delimiter):
    assert find_delimiter(text) == delimiter


def test_the_file_may_say_what_parts_its_fields(tmp_path):
    assert parse(tmp_path, "sep=;\na;b,c\n1;2\n").pages[0].blocks[0].text == "| a | b,c |\n| --- | --- |\n| 1 | 2 |"


def test_rows_longer_than_the_header_lose_nothing(tmp_path):
    assert lines(tmp_path, "1,2,3\na,b,c,d\na,b\n")[0] == "| 1 | 2 | 3 |  |"
    assert lines(tmp_path, "1,2,3\na,b,c,d\na,b\n")[2:] == ["| a | b | c | d |", "| a | b |  |  |"]


def test_quoted_fields_hold_signs_quotes_and_line_breaks(tmp_path):
    assert lines(tmp_path, 'a,b\r\n"x,y" , "say ""hi""\r\nthere"\r\n')[2:] == ['| x,y | say "hi" there |']


@pytest.mark.parametrize("text", ['a,b\n"open,1\nc,2\n', 'a,5" pipe\nc,d\n', 'a,"b"c\nd,e\n', 'a,b"\n'])
def test_a_lone_quote_is_a_letter(tmp_path, text):
    shown = parse(tmp_path, text).pages[0].text
    assert shown.count('"') == text.count('"')
    assert all(word in shown for word in text.replace(",", " ").replace('"', " ").split())


def test_formulas_are_plain_text(tmp_path):
    assert lines(tmp_path, 'a,b\n"=HYPERLINK(""http://x"")",@SUM(1)\n')[2:] == ['| =HYPERLINK("http://x") | @SUM(1) |']


def test_lines_above_the_table_are_lines(tmp_path):
    parsed = parse(tmp_path, "Stock list\n\nItem,Count,Place\nAwl,3,Box\n")
    assert [(block.kind.value, block.rows) for block in parsed.pages[0].blocks] == [("paragraph", (1, 1)), ("table", (4, 4))]


def test_any_charset_and_a_byte_order_mark_are_read(tmp_path):
    assert lines(tmp_path, "Größe;Ort\n5;Köln\n".encode("cp1252"))[0] == "| Größe | Ort |"
    assert lines(tmp_path, "\ufeffa;b\n1;2\n".encode("utf-16"))[0] == "| a | b |"


def test_huge_fields_are_no_trouble(tmp_path):
    assert parse(tmp_path, "a,b\nx," + "y" * 300_000 + "\n").pages[0].text.count("y") == 300_000


def test_nul_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.parsers.csv.read_text", lambda path: "a,b\n\x00x,y\n")
    assert lines(tmp_path, "")[2:] == ["| x | y |"]


def test_it_gives_signs_of_life(tmp_path):
    seen = []
    parse(tmp_path, "a,b\n" * 12_000, lambda done, total: seen.append(done))
    assert seen == [0, 0, 1]


def test_many_empty_cells_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 1000)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, "," * 900)
    assert caught.value.reason == "too_large"


def test_a_table_without_text_is_empty(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, ",,\n,,\n")
    assert caught.value.reason == "empty"


def test_a_table_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, bytes(range(256)) * 40)
    assert caught.value.reason == "unreadable"


@given(st.text(alphabet='ab",; \n', max_size=60), st.sampled_from(",;"))
def test_no_letter_is_lost_or_added(text, delimiter):
    rows = list(read_rows(text, delimiter))
    assert "".join("".join(row) for row in rows).count("a") == text.count("a")


@given(st.lists(st.lists(st.text(alphabet='ab",\n ', max_size=8), min_size=2, max_size=4), min_size=1, max_size=6))
def test_what_was_written_well_is_read_as_it_was(rows):
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert list(read_rows(text, ",")) == rows


@pytest.mark.parametrize("text", ['"' * 200_001, ',"' * 100_000, ',"""x' * 50_000, '" ' * 100_000, " " * 300_000 + '"'])
def test_odd_quotes_take_no_longer_than_others(tmp_path, text):
    assert sum(1 for _row in read_rows(text, ",")) >= 1
