"""Tables of more cells than anybody can count, in every format that has tables."""

# ruff: noqa: E501  (pieces of files are not broken into lines)

from collections.abc import Callable, Iterator

from tests.documents.hostile.good import WORDS, docx, good, ods, odt
from tests.documents.hostile.shapes import Hostile, listed, make_zip, read_zip, with_member

_SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheets() -> Iterator[Hostile]:
    yield from listed("sheet", ".xlsx", _excel())
    yield from listed("sheet", ".ods", _open_sheets())
    yield from listed("sheet", ".odt", _open_texts())
    yield from listed("sheet", ".csv", _csvs())
    yield from listed("sheet", ".html", _pages())
    yield from listed("sheet", ".docx", _words())
    heavy: dict[str, Callable[[], bytes]] = {
        "million empty rows": lambda: sheet("".join(f'<row r="{row}"/>' for row in range(1, 1_048_577))),
        "million empty styled cells": lambda: sheet("".join(f'<row r="{row}"><c r="A{row}" s="0"/></row>' for row in range(1, 1_000_001))),
        "one text in every cell": lambda: shared("words " * 100_000, 20_000),
        "million texts": lambda: texts("".join(f"<si><t>{number}</t></si>" for number in range(1_000_000)), "<c r='A1' t='s'><v>1</v></c>"),
    }
    yield from listed("sheet", ".xlsx", heavy, is_heavy=True)
    yield from listed("sheet", ".csv", {"million rows": lambda: b"a,b\n" + b"1,2\n" * 1_000_000}, is_heavy=True)


def sheet(rows: str, *, before: str = "", after: str = "") -> bytes:
    return with_member(good(".xlsx"), _SHEET, f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>')


def texts(strings: str, cells: str) -> bytes:
    data = sheet(f'<row r="1">{cells}</row>')
    return with_member(data, "xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{_MAIN}">{strings}</sst>')


def shared(text: str, count: int) -> bytes:
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, count + 1))
    return with_member(sheet(rows), "xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{_MAIN}"><si><t>{text}</t></si></sst>')


def _excel() -> dict[str, Callable[[], bytes]]:
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{WORDS}</t></is></c></row>'

    def many_sheets(count: int) -> bytes:
        members = read_zip(good(".xlsx"))
        book = members["xl/workbook.xml"].decode()
        start, end = book.index("<sheets>") + 8, book.index("</sheets>")
        one = book[start:end]
        return make_zip(
            {
                **members,
                "xl/workbook.xml": book[:start]
                + "".join(one.replace('name="Sheet"', f'name="S{n}"').replace('sheetId="1"', f'sheetId="{n + 1}"') for n in range(count))
                + book[end:],
            }
        )

    def styled(value: str, code: str) -> bytes:
        members = read_zip(good(".xlsx"))
        styles = members["xl/styles.xml"].decode()
        head = styles[styles.index("<styleSheet") : styles.index(">", styles.index("<styleSheet")) + 1]
        body = f'<numFmts count="1"><numFmt numFmtId="170" formatCode="{code}"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf numFmtId="170" applyNumberFormat="1"/></cellXfs>'
        return make_zip({**read_zip(sheet(f'<row r="1"><c r="A1" s="0"><v>{value}</v></c></row>')), "xl/styles.xml": f"{head}{body}</styleSheet>"})

    return {
        "used up to the last cell": lambda: sheet(
            cell + '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>end</t></is></c></row>', before='<dimension ref="A1:XFD1048576"/>'
        ),
        "rows of every other number": lambda: sheet('<row r="1048576"/><row r="5"/>' + cell + '<row r="-4"/><row r="99999999999"/><row r="x"/>'),
        "cell that is nowhere": lambda: sheet('<row r="1"><c r="ZZZZZZZZZ99999999999"><v>1</v></c><c r=""><v>2</v></c><c r="1A"><v>3</v></c></row>'),
        "merged over everything": lambda: sheet(cell, after='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "merged ten thousand times": lambda: sheet(cell, after="<mergeCells>" + '<mergeCell ref="A1:ZZ5000"/>' * 10_000 + "</mergeCells>"),
        "columns of everything": lambda: sheet(cell, before='<cols><col min="1" max="2147483647" width="9e99"/></cols>'),
        "text that is not in the list": lambda: texts(
            "<si><t>one</t></si>", "<c r='A1' t='s'><v>99999999</v></c><c r='B1' t='s'><v>-1</v></c><c r='C1' t='s'><v>x</v></c>"
        ),
        "style that is none": lambda: sheet('<row r="1"><c r="A1" s="4294967295"><v>1</v></c></row>'),
        "day beyond time": lambda: styled("1e308", "yyyy-mm-dd"),
        "day before time": lambda: styled("-99999999", "dd/mm/yyyy hh:mm"),
        "numbers that are none": lambda: sheet(
            '<row r="1"><c r="A1"><v>NaN</v></c><c r="B1"><v>1e999</v></c><c r="C1"><v>words</v></c><c r="D1" t="b"><v>7</v></c><c r="E1" t="e"><v>#REF!</v></c></row>'
        ),
        "format without end": lambda: styled("42.5", "0" * 100_000),
        "format of brackets": lambda: styled("42.5", "[" * 5_000 + "h" + "]" * 5_000),
        "formulas of themselves": lambda: sheet(
            '<row r="1"><c r="A1"><f>A1</f></c><c r="B1"><f t="shared" ref="A1:XFD1048576" si="0">B1+1</f><v>3</v></c></row>'
        ),
        "formulas only": lambda: sheet("".join(f'<row r="{n}"><c r="A{n}"><f>cmd|\'/c calc\'!A0</f></c></row>' for n in range(1, 50))),
        "thousand sheets": lambda: many_sheets(1000),
        "no sheets": lambda: many_sheets(0),
        "one long text": lambda: sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"words " * 400_000}</t></is></c></row>'),
        "one wide row": lambda: sheet('<row r="1">' + "<c><v>7</v></c>" * 16_384 + "</row>"),
        "names of everything": lambda: with_member(
            good(".xlsx"),
            "xl/workbook.xml",
            read_zip(good(".xlsx"))["xl/workbook.xml"]
            .decode()
            .replace("</sheets>", "</sheets><definedNames>" + '<definedName name="a">Sheet!$A$1:$XFD$1048576</definedName>' * 2000 + "</definedNames>"),
        ),
    }


def _open_sheets() -> dict[str, Callable[[], bytes]]:
    cell = f'<table:table-cell table:number-columns-repeated="{{columns}}"><text:p>{WORDS}</text:p></table:table-cell>'

    def rows(count: str, columns: str) -> str:
        return f'<table:table-row table:number-rows-repeated="{count}">{cell.format(columns=columns)}</table:table-row>'

    empty = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    return {
        "everything repeated": lambda: ods(rows("1048576", "16384")),
        "rows repeated": lambda: ods(rows("1048576", "1")),
        "columns repeated": lambda: ods(rows("1", "2147483647")),
        "repeated below nothing": lambda: ods(rows("-7", "-7") + rows("x", "1e9")),
        "empty to the end": lambda: ods(rows("1", "1") + empty * 50),
        "groups in groups": lambda: ods("<table:table-row-group>" * 2000 + rows("1", "1") + "</table:table-row-group>" * 2000),
        "spans of everything": lambda: ods(
            f'<table:table-row><table:table-cell table:number-columns-spanned="999999999" table:number-rows-spanned="999999999"><text:p>{WORDS}</text:p></table:table-cell></table:table-row>'
        ),
        "values that are none": lambda: ods(
            '<table:table-row><table:table-cell office:value-type="float" office:value="NaN"/><table:table-cell office:value-type="date" office:date-value="99999-99-99"/></table:table-row>'
        ),
    }


def _open_texts() -> dict[str, Callable[[], bytes]]:
    table = "<table:table><table:table-row><table:table-cell>{}</table:table-cell></table:table-row></table:table>"
    return {
        "spaces without end": lambda: odt(f'<text:p>{WORDS}<text:s text:c="2147483647"/>{WORDS}</text:p>'),
        "spaces in many places": lambda: odt("<text:p>" + 'a<text:s text:c="60000"/>' * 2000 + "</text:p>"),
        "spaces below nothing": lambda: odt(f'<text:p>{WORDS}<text:s text:c="-5"/><text:s text:c="x"/></text:p>'),
        "headings of no level": lambda: odt(
            f'<text:h text:outline-level="-3">A</text:h><text:h text:outline-level="9999999999">B</text:h><text:h text:outline-level="x">C</text:h><text:p>{WORDS}</text:p>'
        ),
        "tables in tables": lambda: odt(_nested(table, 60)),
        "table repeated": lambda: odt(
            f'<table:table><table:table-row table:number-rows-repeated="1000000000"><table:table-cell table:number-columns-repeated="1000000000"><text:p>{WORDS}</text:p></table:table-cell></table:table-row></table:table>'
        ),
    }


def _nested(form: str, depth: int) -> str:
    body = f"<text:p>{WORDS}</text:p>"
    for _ in range(depth):
        body = form.format(body)
    return body


def _csvs() -> dict[str, Callable[[], bytes]]:
    return {
        "formulas": lambda: b'Name,Value\n=cmd|\'/c calc\'!A0,+1+1\n@SUM(A1),-2+3\n"=HYPERLINK(""http://127.0.0.1:9/"",""x"")",ok\n' * 20,
        "million columns": lambda: b"a," * 1_000_000 + b"b\n1,2\n",
        "quote without end": lambda: b'a,b\n"' + b"words, words\n" * 20_000,
        "only quotes": lambda: b'"' * 100_000,
        "only commas": lambda: b"," * 500_000,
        "each row longer": lambda: b"".join(b"x," * number + b"\n" for number in range(1, 800)),
        "all separators": lambda: b"a,b;c\td|e\n1;2,3\t4|5\n" * 200,
        "NULs between": lambda: b"a\0,b\0\n1\0,2\0\n" * 100,
        "line ends of all kinds": lambda: b"a,b\r1,2\n3,4\r\n5,6\n\r7,8\x0b9,10\x0c\xe2\x80\xa8x,y\n" * 20,
        "one field of megabytes": lambda: b'a,b\n"' + b"words " * 500_000 + b'",2\n',
        "head alone": lambda: b"a,b,c\n",
        "same heads": lambda: b"a,a,a,,,\n1,2,3,4,5,6,7,8,9\n" * 30,
    }


def _pages() -> dict[str, Callable[[], bytes]]:
    return {
        "spans of everything": lambda: f"<html><body><table><tr><td colspan=1000000000 rowspan=1000000000>{WORDS}<td colspan=-1>b<tr><td>c</table>".encode(),
        "spans in every cell": lambda: b"<html><body><table>" + b"<tr>" + b"<td colspan=1000 rowspan=65534>a" * 1000 + b"</table>",
        "rows without end": lambda: b"<html><body><table>" + b"<tr><td>a<td>b" * 100_000 + b"</table>",
    }


def _words() -> dict[str, Callable[[], bytes]]:
    def with_cell(facts: str) -> bytes:
        body = read_zip(docx())["word/document.xml"].decode()
        return with_member(
            docx(),
            "word/document.xml",
            body.replace("<w:tcPr>", f"<w:tcPr>{facts}") if "<w:tcPr>" in body else body.replace("<w:tc>", f"<w:tc><w:tcPr>{facts}</w:tcPr>"),
        )

    def tables(depth: int) -> bytes:
        body = read_zip(docx())["word/document.xml"].decode()
        deep = "<w:tbl><w:tr><w:tc>" * depth + f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * depth
        return with_member(docx(), "word/document.xml", body.replace("<w:tbl>", f"{deep}<w:tbl>", 1))

    return {
        "spans of everything": lambda: with_cell('<w:gridSpan w:val="2000000000"/>'),
        "spans of no number": lambda: with_cell('<w:gridSpan w:val="many"/>'),
        "spans below nothing": lambda: with_cell('<w:gridSpan w:val="-5"/><w:vMerge/>'),
        "merged with nothing above": lambda: with_cell('<w:vMerge w:val="continue"/>'),
        "tables in tables": lambda: tables(60),
        "tables as deep as it goes": lambda: tables(4000),
    }
