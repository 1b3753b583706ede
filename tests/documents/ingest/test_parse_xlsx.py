"""Workbooks: what a reader sees on each sheet, whatever the file says about its size."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.xlsx import XlsxParser
from apps.documents.types import Unit
from tests.documents.files import make_zip, write

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def silent(done: int, total: int) -> None:
    """No sheet is waiting for this."""


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parse(tmp_path, data: bytes, progress=silent):
    parsed = XlsxParser().parse(write(tmp_path, data), progress)
    return parsed, list(parsed.pages)


def sheet_of(rows, tmp_path):
    """The blocks of a sheet with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return parse(tmp_path, saved(book))[1][0].blocks


def raw(cells: str, tmp_path, **parts: str):
    """The page of a workbook whose only sheet has this XML; `parts` are sharedStrings or styles."""
    names = {"sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
    links = "".join(f'<Relationship Id="{kind}" Type="{LINKS}/{kind}" Target="{names[kind]}"/>' for kind in parts)
    data = make_zip(
        {
            "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{LINKS}"><sheets><sheet name="S" r:id="s"/></sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="s" Type="{LINKS}/worksheet" Target="s.xml"/>{links}</Relationships>'.encode(),
            "xl/s.xml": f"<worksheet {MAIN}>{cells}</worksheet>".encode(),
            **{f"xl/{names[kind]}": xml.encode() for kind, xml in parts.items()},
        }
    )
    return parse(tmp_path, data)


def test_each_sheet_is_a_page_with_its_name(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    book.active.append(["Thing", "Price"])
    book.active.append(["Awl", 12])
    book.create_sheet("Empty")
    book.create_sheet("Notes").append(["Only a line"])
    seen = []
    parsed, pages = parse(tmp_path, saved(book), lambda done, total: seen.append((done, total)))
    assert (parsed.unit, parsed.page_count, parsed.notes) == (Unit.SHEET, 3, [])
    assert [(page.number, page.label, page.text) for page in pages] == [
        (1, "Prices", "| Thing | Price |\n| --- | --- |\n| Awl | 12 |"),
        (2, "Empty", ""),
        (3, "Notes", "Only a line"),
    ]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_hidden_sheets_are_left_out_and_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Seen"])
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.append(["secret"])
        sheet.sheet_state = state
    parsed, pages = parse(tmp_path, saved(book))
    assert [page.text for page in pages] == ["Seen"]
    assert parsed.notes == ["2 hidden sheets were not read."]


def test_values_are_shown_as_the_sheet_shows_them(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    values = [date(2026, 11, 21), datetime(2026, 11, 21, 14, 30), time(9, 5), timedelta(hours=30), 0.125, 1234.5, True, "text", "=1+1", "#N/A"]
    formats = ["yyyy-mm-dd", "d mmm yyyy h:mm", "h:mm", "[h]:mm", "0.0%", '#,##0.00 "EUR"', "General", "General", "General", "General"]
    for column, (value, code) in enumerate(zip(values, formats, strict=True), 1):
        cell = sheet.cell(1, column, value)
        cell.number_format = code
    parsed, pages = parse(tmp_path, saved(book))
    assert pages[0].text == "| 2026-11-21 | 21 Nov 2026 14:30 | 9:05 | 30:00 | 12.5% | 1,234.50 EUR | TRUE | text | #N/A |"
    assert parsed.notes == ["1 formula has no stored result and was left out. Open the file in a spreadsheet program and save it."]


def test_the_calendar_of_old_macs_is_known(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active["A1"] = date(2026, 11, 21)
    assert parse(tmp_path, saved(book))[1][0].text == "2026-11-21"


def test_the_stored_result_of_a_formula_is_what_it_says(tmp_path):
    cells = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>A</f><v>two</v></c><c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    assert raw(f'<sheetData><row r="1">{cells}</row></sheetData>', tmp_path)[1][0].text == "| 2 | two | #DIV/0! |"


def test_texts_are_read_with_their_runs_but_without_reading_aids(tmp_path):
    shared = f"<sst {MAIN}><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>aid</t></rPh></si></sst>"
    rows = (
        '<sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>in|line</t></is></c><c t="b"><v>7</v></c>'
        '<c t="d"><v>2026-11-21</v></c><c s="99"><v>5</v></c><c t="s"><v>9</v></c><c t="s"><v>x</v></c></row></sheetData>'
    )
    assert raw(rows, tmp_path, sharedStrings=shared)[1][0].text == "| rich text | in\\|line | 7 | 2026-11-21 | 5 |"


def test_rows_are_numbered_as_on_the_sheet(tmp_path):
    blocks = sheet_of([["Name", "Use"], *[[f"Tool {n}", "x" * 50] for n in range(2, 60)]], tmp_path)
    assert blocks[0].rows[0] == 2
    assert blocks[-1].rows[1] == 59
    assert all(block.repeated for block in blocks[1:])


def test_tables_beside_and_below_each_other_are_told_apart(tmp_path):
    rows = [
        ["a", "b", None, "p", "q", "r"],
        [1, 2, None, 3, 4, 5],
        [None, None, None, 6, 7, 8],
        [None],
        ["c", "d"],
        ["x", "y"],
    ]
    assert [(block.text, block.rows) for block in sheet_of(rows, tmp_path)] == [
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", (2, 2)),
        ("| p | q | r |\n| --- | --- | --- |\n| 3 | 4 | 5 |\n| 6 | 7 | 8 |", (2, 3)),
        ("| c | d |\n| --- | --- |\n| x | y |", (6, 6)),
    ]


def test_an_empty_row_in_a_table_does_not_end_it(tmp_path):
    blocks = sheet_of([["Item", "Price"], ["Awl", 5], [], ["Bone folder", 7], ["Thread", 8]], tmp_path)
    assert [(block.text.count("\n"), block.rows) for block in blocks] == [(4, (2, 5))]


def test_a_column_left_empty_for_the_looks_parts_nothing(tmp_path):
    assert [block.text for block in sheet_of([["Name", None, "Ann"], ["Town", None, "Bern"]], tmp_path)] == ["| Name | Ann |\n| --- | --- |\n| Town | Bern |"]


def test_lines_above_a_table_are_lines(tmp_path):
    blocks = sheet_of([["Stock of the workshop"], ["as of today"], ["Item", "Count"], ["Awl", 3]], tmp_path)
    assert [(block.kind.value, block.text, block.rows) for block in blocks] == [
        ("paragraph", "Stock of the workshop", (1, 1)),
        ("paragraph", "as of today", (2, 2)),
        ("table", "| Item | Count |\n| --- | --- |\n| Awl | 3 |", (4, 4)),
    ]


def test_a_first_column_that_is_often_alone_is_no_title(tmp_path):
    blocks = sheet_of([["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g", "x"]], tmp_path)
    assert [block.kind.value for block in blocks] == ["table"]


def test_merged_cells_head_each_of_their_columns_and_rows(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Report", None, None], ["Year", "2025", None], ["Town", "in", "out"], ["Bern", 1, 2], [None, 3, 4]):
        sheet.append(row)
    for area in ("A1:C1", "B2:C2", "A4:A5", "E1:E9"):
        sheet.merge_cells(area)
    blocks = parse(tmp_path, saved(book))[1][0].blocks
    assert [block.text for block in blocks] == [
        "Report",
        "| Year | 2025 | 2025 |\n| --- | --- | --- |\n| Town | in | out |\n| Bern | 1 | 2 |\n| Bern | 3 | 4 |",
    ]


def test_merged_areas_without_end_cost_little(tmp_path):
    merged = "".join(f'<mergeCell ref="A1:XFD{n}"/>' for n in range(2, 5000))
    rows = '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="XFC1"><v>3</v></c></row></sheetData>'
    assert "1" in raw(f'{rows}<mergeCells>{merged}<mergeCell ref="?"/><mergeCell/></mergeCells>', tmp_path)[1][0].text


def test_charts_say_their_title_and_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Month", "Apples"], ["May", 5]):
        book.active.append(row)
    chart = BarChart()
    chart.title = "Harvest"
    chart.add_data(Reference(book.active, min_col=2, min_row=1, max_row=2), titles_from_data=True)
    book.active.add_chart(chart, "D1")
    assert [block.text for block in parse(tmp_path, saved(book))[1][0].blocks] == ["| Month | Apples |\n| --- | --- |\n| May | 5 |", "Harvest"]


def test_a_million_empty_rows_are_nothing(tmp_path):
    beats = []
    rows = "".join(f'<row r="{n}" spans="1:3" s="1"/>' for n in range(2, 30_000))
    rows = f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>{rows}<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
    book = {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{LINKS}"><sheets><sheet name="S" r:id="s"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="s" Type="{LINKS}/worksheet" Target="s.xml"/></Relationships>'.encode(),
        "xl/s.xml": f"<worksheet {MAIN}>{rows}</worksheet>".encode(),
    }
    _parsed, pages = parse(tmp_path, make_zip(book), lambda done, total: beats.append(done))
    assert [(block.text, block.rows) for block in pages[0].blocks] == [("1", (1, 1)), ("2", (1048576, 1048576))]
    assert len(beats) > 10


def test_cells_strewn_over_the_sheet_make_no_giant_table(tmp_path):
    book = openpyxl.Workbook()
    for n in range(1, 1500):
        book.active.cell(n, n, f"v{n}")
    blocks = parse(tmp_path, saved(book))[1][0].blocks
    assert sum(len(block.text) for block in blocks) < 2_000_000
    assert "v1499" in blocks[-1].text


def test_shared_texts_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 1000)
    shared = f"<sst {MAIN}>{'<si/>' * 2000}</sst>"
    with pytest.raises(FileRefused) as caught:
        raw("<sheetData/>", tmp_path, sharedStrings=shared)
    assert caught.value.reason == "too_large"


def test_one_long_text_in_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 1000)
    rows = "<sheetData>" + "<row>" + '<c t="s"><v>0</v></c>' * 20 + "</row></sheetData>"
    with pytest.raises(FileRefused) as caught:
        raw(rows, tmp_path, sharedStrings=f"<sst {MAIN}><si><t>{'x' * 100}</t></si></sst>")
    assert caught.value.reason == "too_large"


def test_a_workbook_without_text_is_empty(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, saved(openpyxl.Workbook()))
    assert caught.value.reason == "empty"


def test_a_broken_sheet_is_refused(tmp_path):
    with pytest.raises(FileRefused) as caught:
        raw("<sheetData><row><c>", tmp_path)
    assert caught.value.reason == "unreadable"


def test_a_workbook_cut_short_is_refused(tmp_path):
    data = openpyxl.Workbook()
    data.active.append(["x"])
    source = zipfile.ZipFile(io.BytesIO(saved(data)))
    without_sheet = make_zip({name: source.read(name) for name in source.namelist() if not name.startswith("xl/w")})
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, without_sheet)
    assert caught.value.reason == "unreadable"


def test_styles_may_be_missing_or_broken(tmp_path):
    rows = '<sheetData><row><c s="1"><v>40000</v></c></row></sheetData>'
    assert raw(rows, tmp_path)[1][0].text == "40000"
    assert raw(rows, tmp_path, styles="<broken")[1][0].text == "40000"


def test_entities_are_not_resolved(tmp_path):
    secret = write(tmp_path, "the secret", "secret.txt")
    shared = f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]><sst {MAIN}><si><t>a&x;b</t></si></sst>'
    assert "secret" not in raw('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>', tmp_path, sharedStrings=shared)[1][0].text
