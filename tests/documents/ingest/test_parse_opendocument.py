"""OpenDocument files: texts, slides, sheets, and what hostile ones claim."""

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.opendocument import OdpParser, OdsParser, OdtParser
from apps.documents.types import Unit
from tests.documents.files import make_zip, write

NAMES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"
    for name, path in {
        "office": "office",
        "style": "style",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
        "svg": "svg-compatible",
        "chart": "chart",
        "manifest": "manifest",
    }.items()
}
NS = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMES.items()) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'
PARSERS = {"text": OdtParser, "presentation": OdpParser, "spreadsheet": OdsParser}


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def file_of(kind: str, body: str, styles: str = "", **parts: str) -> bytes:
    inside = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
    others = {name.replace("__", "/") + ".xml": f"<x {NS}>{xml}</x>".encode() for name, xml in parts.items()}
    return make_zip({"content.xml": f"<office:document-content {NS}>{inside}</office:document-content>".encode(), **others})


def parse(tmp_path, kind: str, body: str, styles: str = "", progress=silent, **parts: str):
    return PARSERS[kind]().parse(write(tmp_path, file_of(kind, body, styles, **parts)), progress)


def blocks(tmp_path, body: str, styles: str = "", **parts: str) -> list[tuple[str, int, str]]:
    parsed = parse(tmp_path, "text", body, styles, **parts)
    return [(block.kind.value, block.level, block.text) for block in parsed.pages[0].blocks]


def refused(tmp_path, kind: str, data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        PARSERS[kind]().parse(write(tmp_path, data), silent)
    return caught.value.reason


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{p(text) if text else ''}</table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


NUMBERED = """<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")" text:display-levels="2"/>
<text:list-level-style-bullet text:level="3"/></text:list-style>"""


def test_headings_and_paragraphs_come_in_order(tmp_path):
    styles = """<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
    <style:style style:name="P2" style:family="paragraph" style:parent-style-name="Chapter"/>
    <style:style style:name="Chapter" style:family="paragraph" style:default-outline-level="2"/>
    <style:style style:name="Loop" style:family="paragraph" style:parent-style-name="Loop"/>"""
    body = (
        p("The book", "P1")
        + p("of paper", "Subtitle")
        + '<text:section><text:h text:outline-level="3">Deep</text:h></text:section>'
        + p("Chapter", "P2")
        + p("a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d <text:span>e<text:a>f</text:a></text:span>", "Loop")
        + p("")
    )
    parsed = parse(tmp_path, "text", body, styles)
    assert parsed.title == "The book"
    assert [(block.kind.value, block.level, block.text) for block in parsed.pages[0].blocks] == [
        ("heading", 1, "The book"),
        ("heading", 2, "of paper"),
        ("heading", 3, "Deep"),
        ("heading", 2, "Chapter"),
        ("paragraph", 0, "a b c\nd ef"),
    ]


def listed(*items: str, style: str = "L1", more: str = "") -> str:
    inside = "".join(one if one.startswith("<text:list-") else f"<text:list-item>{one}</text:list-item>" for one in items)
    return f'<text:list text:style-name="{style}" {more}>{inside}</text:list>'


def test_items_have_the_numbers_that_are_shown(tmp_path):
    inner = listed(p("under") + p("more of it"), p("next"))
    body = (
        listed(f"<text:list-header>{p('Head')}</text:list-header>", p("one") + inner.replace('text:style-name="L1"', ""))
        + p("between")
        + listed(p("two"), more='text:continue-numbering="true"')
        + listed(p("again"), f'<text:list-item text:start-value="7">{p("seven")}</text:list-item>')
        + listed(p("dot"), style="L2")
    )
    assert blocks(tmp_path, body, NUMBERED) == [
        ("paragraph", 0, "Head"),
        ("list_item", 1, "1. one"),
        ("list_item", 2, "(1.a) under"),
        ("paragraph", 0, "more of it"),
        ("list_item", 2, "(1.b) next"),
        ("paragraph", 0, "between"),
        ("list_item", 1, "2. two"),
        ("list_item", 1, "1. again"),
        ("list_item", 1, "7. seven"),
        ("list_item", 1, "dot"),
    ]


def test_headings_are_numbered_where_the_outline_is(tmp_path):
    levels = '<text:outline-level-style text:level="1" style:num-format="I"/><text:outline-level-style text:level="2" style:num-format=""/>'
    body = (
        '<text:h text:outline-level="1">A</text:h><text:h text:outline-level="2">B</text:h><text:h text:outline-level="1" text:is-list-header="true">C</text:h>'
    )
    outline = f"<text:outline-style>{levels}</text:outline-style>"
    assert [text for _kind, _level, text in blocks(tmp_path, body, outline)] == ["I A", "B", "C"]


def test_deleted_text_comments_and_descriptions_are_left_out(tmp_path):
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion>{p('gone')}</text:deletion></text:changed-region></text:tracked-changes>"
        f"<office:forms>{p('form')}</office:forms>"
        + f"<text:p>kept<office:annotation>{p('why?')}</office:annotation> <draw:frame><svg:title>alt</svg:title><svg:desc>more</svg:desc>"
        + "<draw:image/></draw:frame>text</text:p>"
        + p("<text:title>Field</text:title> <text:ruby><text:ruby-base>base</text:ruby-base>")[:-9]
        + "<text:ruby-text>aid</text:ruby-text></text:ruby></text:p>"
    )
    assert [text for _kind, _level, text in blocks(tmp_path, body)] == ["kept text", "Field base"]


def test_notes_and_boxes_follow_the_paragraph_that_they_hang_on(tmp_path):
    body = p(
        f"Said<text:note><text:note-citation>1</text:note-citation><text:note-body>{p('See there.')}</text:note-body></text:note> so"
        f"<draw:frame><draw:text-box>{p('In the box')}</draw:text-box></draw:frame>."
    )
    assert [text for _kind, _level, text in blocks(tmp_path, body)] == ["Said so.", "See there.", "In the box"]


def test_tables_say_merged_cells_in_each_place(tmp_path):
    wide, high = 'table:number-columns-spanned="2"', 'table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    table = (
        "<table:table><table:table-header-rows>"
        + row(cell("A", wide), covered, cell("B|C"))
        + "</table:table-header-rows>"
        + row(cell("down", high), cell(f"<text:span>x</text:span><text:note><text:note-body>{p('noted')}</text:note-body></text:note>"), cell("1"))
        + row(covered, cell(""), cell("2"))
        + "</table:table>"
    )
    assert [text for _kind, _level, text in blocks(tmp_path, table)] == ["| A | A | B\\|C |\n| --- | --- | --- |\n| down | x | 1 |\n| down |  | 2 |", "noted"]


def test_a_table_in_a_cell_is_told_there(tmp_path):
    inner = f"<table:table>{row(cell('in'), cell('side'))}</table:table>"
    outer = f"<table:table-cell>{p('out')}{inner}</table:table-cell>"
    table = f"<table:table>{row(outer, cell('b'))}</table:table>"
    assert blocks(tmp_path, table) == [("table", 0, "| out in side | b |")]


def chart_of(title: str, *rows: str) -> str:
    table = f"<table:table>{''.join(rows)}</table:table>"
    return f"<office:body><office:chart><chart:chart><chart:title>{p(title)}</chart:title>{table}</chart:chart></office:chart></office:body>"


def test_a_chart_says_its_title_and_numbers_other_objects_are_counted(tmp_path):
    chart = chart_of("Harvest", row(cell(""), cell("Apples")), row(cell("May"), cell("", 'office:value="5"')))
    frame = '<draw:frame><draw:object xlink:href="{}"/><draw:image/></draw:frame>'
    body = p("x" + frame.format("./Object 1") + frame.format("./Object 2") + frame.format("http://x/") + frame.format("../../etc"))
    parsed = parse(tmp_path, "text", body, **{"Object 1__content": chart, "Object 2__content": "<y/>"})
    assert [block.text for block in parsed.pages[0].blocks] == ["x", "Harvest", "|  | Apples |\n| --- | --- |\n| May | 5 |"]
    assert parsed.notes == ["3 embedded files were not read."]


def test_nesting_stops_somewhere(tmp_path):
    deep = "<text:section>" * 60 + p("deep") + "</text:section>" * 60
    lists = "<text:list><text:list-item>" * 60 + p("deep") + "</text:list-item></text:list>" * 60
    assert [text for _kind, _level, text in blocks(tmp_path, deep + lists + p("end"))] == ["end"]


def test_locked_broken_and_empty_files_are_refused(tmp_path):
    locked = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    for kind in PARSERS:
        assert refused(tmp_path, kind, file_of(kind, "", **{"META-INF__manifest": locked})) == "encrypted"
        assert refused(tmp_path, kind, make_zip({"content.xml": b"<office"})) == "unreadable"
        assert refused(tmp_path, kind, make_zip({"mimetype": b"x"})) == "unreadable"
        assert refused(tmp_path, kind, file_of(kind, "")) == "empty"
    assert refused(tmp_path, "text", file_of("spreadsheet", "")) == "unreadable"


def test_too_much_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 20)
    assert refused(tmp_path, "text", file_of("text", p("x" * 30))) == "too_large"
    assert refused(tmp_path, "presentation", file_of("presentation", f"<draw:page><draw:frame>{p('x' * 30)}</draw:frame></draw:page>")) == "too_large"
    assert refused(tmp_path, "spreadsheet", file_of("spreadsheet", f"<table:table>{row(cell('x' * 30))}</table:table>")) == "too_large"


def test_external_entities_are_not_resolved(tmp_path):
    secret = write(tmp_path, "the secret", "secret.txt")
    inside = f"<office:body><office:text>{p('a&x;b')}</office:text></office:body>"
    xml = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]><office:document-content {NS}>{inside}</office:document-content>'
    parsed = OdtParser().parse(write(tmp_path, make_zip({"content.xml": xml.encode()})), silent)
    assert "secret" not in parsed.pages[0].text


def test_it_gives_signs_of_life(tmp_path):
    seen = []
    parse(tmp_path, "text", p("x") * 1100, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1), (0, 1), (1, 1)]


def shape(text: str, x: str, y: str, kind: str = "") -> str:
    return f'<draw:frame presentation:class="{kind}" svg:x="{x}" svg:y="{y}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'


def test_slides_are_pages_read_from_the_top_down_with_their_notes(tmp_path):
    notes = f"<presentation:notes>{shape('Wait.', '1cm', '1cm', 'notes')}{shape('page', '1cm', '1cm', 'page')}</presentation:notes>"
    group = f"<draw:g>{shape('group low', '1cm', '9cm')}{shape('group high', '1cm', '8cm')}</draw:g>"
    custom = f'<draw:custom-shape svg:x="8cm" svg:y="5.1cm">{p("right")}</draw:custom-shape><draw:custom-shape>{p("nowhere")}</draw:custom-shape>'
    first = (
        group + custom + shape("left", "1cm", "5cm", "outline") + shape("The title", "1cm", "9in", "title") + shape("7", "1cm", "1cm", "page-number") + notes
    )
    styles = '<style:style style:name="dp2" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    second = shape("spare", "x", "1")
    body = f'<draw:page>{first}</draw:page><draw:page draw:style-name="dp2">{second}</draw:page><draw:page><draw:frame><draw:image/></draw:frame></draw:page>'
    seen = []
    parsed = parse(tmp_path, "presentation", body, styles, progress=lambda done, total: seen.append((done, total)))
    assert (parsed.title, parsed.unit, parsed.page_count, parsed.unread_pages) == ("The title", Unit.SLIDE, 3, [3])
    assert [block.text for block in parsed.pages[0].blocks] == ["The title", "left", "right", "group high", "group low", "nowhere", "Notes", "Wait."]
    assert [(block.kind.value, block.level) for block in parsed.pages[0].blocks][-2:] == [("heading", 6), ("paragraph", 0)]
    assert (parsed.pages[1].text, parsed.notes) == ("spare", ["1 slide is hidden in the talk."])
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_presentation_of_pictures_only_has_no_text(tmp_path):
    assert refused(tmp_path, "presentation", file_of("presentation", "<draw:page><draw:frame><draw:image/></draw:frame></draw:page>")) == "no_text"


def sheet(name: str, *rows: str, style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def test_sheets_are_pages_with_the_values_that_are_shown(tmp_path):
    styles = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
    money = cell("12.50 €", 'office:value-type="currency" office:value="12.5"')
    bare = '<table:table-cell office:value-type="date" office:date-value="2026-11-21"/>'
    commented = f"<table:table-cell><office:annotation>{p('why?')}</office:annotation>{p('Awl')}</table:table-cell>"
    body = (
        f"<table:tracked-changes><table:deletion>{sheet('x', row(cell('gone')))}</table:deletion></table:tracked-changes>"
        + sheet("Prices", "<table:table-rows>" + row(cell("Thing"), cell("Price"), cell("When")) + "</table:table-rows>", row(commented, money, bare))
        + sheet("Secret", row(cell("hidden")), style="ta2")
        + sheet("Empty")
        + sheet("Line", row(cell("", 'table:number-columns-repeated="3"'), cell("only")))
    )
    seen = []
    parsed = parse(tmp_path, "spreadsheet", body, styles, progress=lambda done, total: seen.append(done))
    assert (parsed.unit, parsed.page_count, parsed.notes) == (Unit.SHEET, 3, ["1 hidden sheet was not read."])
    assert [(page.number, page.label, page.text) for page in parsed.pages] == [
        (1, "Prices", "| Thing | Price | When |\n| --- | --- | --- |\n| Awl | 12.50 € | 2026-11-21 |"),
        (2, "Empty", ""),
        (3, "Line", "only"),
    ]
    assert parsed.pages[0].blocks[0].rows == (2, 2)
    assert seen == [1, 2, 3]


def test_rows_and_cells_that_come_a_million_times_cost_little(tmp_path):
    body = sheet(
        "S",
        row(cell("a"), cell("b"), cell("", 'table:number-columns-repeated="999999999"'), cell("far")),
        row(cell("", 'table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048000"'),
        row(cell("same", 'table:number-columns-repeated="16384"'), cell("x", 'table:number-columns-repeated="bad"'), more='table:number-rows-repeated="2"'),
        row(cell("s"), cell("t"), more='table:number-rows-repeated="1048576"'),
    )
    blocks_ = parse(tmp_path, "spreadsheet", body).pages[0].blocks
    assert blocks_[0].text == "| a | b |"
    assert blocks_[1].rows[0] == 1048002
    assert sum(len(block.text) for block in blocks_) < 100_000


def test_a_sheet_says_what_its_charts_and_boxes_say(tmp_path):
    chart = chart_of("Harvest")
    shapes = '<table:shapes><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></table:shapes>'
    boxed = f"<table:table-cell>{p('a<draw:frame><draw:text-box>' + p('box') + '</draw:text-box></draw:frame>')}</table:table-cell>"
    parsed = parse(tmp_path, "spreadsheet", sheet("S", shapes, row(boxed, cell("b"))), **{"Object 1__content": chart})
    assert [block.text for block in parsed.pages[0].blocks] == ["| a | b |", "Harvest", "box"]


def test_a_long_sheet_gives_signs_of_life(tmp_path):
    seen = []
    parse(tmp_path, "spreadsheet", sheet("S", row(cell("a"), cell("b")) * 3000), progress=lambda done, total: seen.append(done))
    assert seen == [0, 0, 0, 1]


def test_a_table_that_is_wide_by_a_number_only_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 100_000)
    wide = row(cell("", 'table:number-columns-repeated="16000"'), cell("x"), more='table:number-rows-repeated="100"')
    assert refused(tmp_path, "text", file_of("text", f"<table:table>{wide}</table:table>")) == "too_large"


def test_an_object_that_is_named_often_is_told_once(tmp_path):
    body = p('x<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>' * 5)
    assert [text for _kind, _level, text in blocks(tmp_path, body, **{"Object 1__content": chart_of("Harvest")})] == ["xxxxx", "Harvest"]
