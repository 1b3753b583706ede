"""Word files as they come from the world: numbering, notes, boxes, charts, other editions."""

import io
import zipfile

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.docx import DocxParser
from tests.documents.files import make_docx, make_zip, write

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = f'xmlns:w="{MAIN}" xmlns:r="{LINKS}"'
DRAWING = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
)
CHART = f"""<c:chartSpace {DRAWING}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Harvest</a:t></a:r></a:p></c:rich></c:tx></c:title>
<c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Apples</c:v></c:pt></c:strCache></c:strRef></c:tx>
<c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>May</c:v></c:pt><c:pt idx="1"><c:v>June</c:v></c:pt></c:strCache></c:strRef></c:cat>
<c:val><c:numRef><c:numCache><c:formatCode>0.0%</c:formatCode><c:pt idx="0"><c:v>0.5</c:v></c:pt><c:pt idx="1"><c:v>0.125</c:v></c:pt>
</c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"""


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def para(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def file_of(body: str, parts: dict[str, tuple[str, str]] | None = None, more: str = "", main: str = W) -> bytes:
    """A Word file with this body; `parts` are name → (kind of relationship, XML)."""
    parts = parts or {}
    links = "".join(f'<Relationship Id="r{at}" Type="{LINKS}/{kind}" Target="{name}"/>' for at, (name, (kind, _xml)) in enumerate(parts.items()))
    return make_zip(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": f'<Relationships><Relationship Id="m" Type="{LINKS}/officeDocument" Target="/word/document.xml"/></Relationships>'.encode(),
            "word/document.xml": f"<w:document {main}><w:body>{body}</w:body></w:document>".encode(),
            "word/_rels/document.xml.rels": f"<Relationships>{links}{more}</Relationships>".encode(),
            **{f"word/{name}": xml.encode() for name, (_kind, xml) in parts.items()},
        }
    )


def parse(tmp_path, data: bytes):
    return DocxParser().parse(write(tmp_path, data), silent)


def texts(tmp_path, data: bytes) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in parse(tmp_path, data).pages[0].blocks]


def numbering(levels: str, more: str = "") -> tuple[str, str]:
    lists = f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>{more}<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    return "numbering", f"<w:numbering {W}>{lists}</w:numbering>"


def level(at: int, form: str, text: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def item(text: str, at: int = 0, list_id: int = 1) -> str:
    return para(text, f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_items_have_the_numbers_that_word_shows(tmp_path):
    parts = {
        "numbering.xml": numbering(level(0, "decimal", "%1.") + level(1, "lowerLetter", "%1.%2)") + level(2, "upperRoman", "%3") + level(3, "bullet", "-"))
    }
    body = item("one") + item("two") + item("under", 1) + item("next", 1) + item("deep", 2) + item("dot", 3) + item("three") + item("again", 1)
    assert [text for _kind, _level, text in texts(tmp_path, file_of(body, parts))] == [
        "1. one",
        "2. two",
        "2.a) under",
        "2.b) next",
        "I deep",
        "dot",
        "3. three",
        "3.a) again",
    ]


def test_a_list_that_starts_again_starts_again(tmp_path):
    more = '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    parts = {"numbering.xml": numbering(level(0, "decimalZero", "%1"), more)}
    body = item("a") + item("b", list_id=2) + item("c", list_id=2)
    assert [text for _kind, _level, text in texts(tmp_path, file_of(body, parts))] == ["01 a", "05 b", "06 c"]


def test_a_list_may_be_defined_by_the_style_of_another(tmp_path):
    linked = '<w:abstractNum w:abstractNumId="8"><w:numStyleLink w:val="Ours"/></w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num>'
    parts = {"numbering.xml": numbering('<w:styleLink w:val="Ours"/>' + level(0, "upperLetter", "%1."), linked)}
    assert texts(tmp_path, file_of(item("a", list_id=3), parts)) == [("list_item", 1, "A. a")]


def test_headings_are_known_by_outline_and_by_what_their_style_is_based_on(tmp_path):
    styles = f"""<w:styles {W}>
    <w:style w:styleId="berschrift2"><w:name w:val="heading 2"/><w:pPr><w:outlineLvl w:val="1"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
    <w:style w:styleId="Own"><w:name w:val="Chapter"/><w:basedOn w:val="berschrift2"/></w:style>
    <w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>
    <w:style w:styleId="Toc"><w:name w:val="TOC Heading"/><w:basedOn w:val="berschrift2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style></w:styles>"""
    numbered = numbering(level(0, "decimal", "%1") + level(1, "decimal", "§ %2", '<w:pStyle w:val="berschrift2"/>'))
    data = file_of(
        para("Scope", '<w:pStyle w:val="berschrift2"/>')
        + para("Terms", '<w:pStyle w:val="Own"/>')
        + para("Round", '<w:pStyle w:val="Loop"/>')
        + para("Contents", '<w:pStyle w:val="Toc"/><w:numPr><w:numId w:val="0"/></w:numPr>')
        + para("By hand", '<w:outlineLvl w:val="2"/>')
        + para("word " * 100, '<w:outlineLvl w:val="2"/>'),
        {"styles.xml": ("styles", styles), "numbering.xml": numbered},
    )
    assert [(kind, at, text[:12]) for kind, at, text in texts(tmp_path, data)] == [
        ("heading", 2, "§ 1 Scope"),
        ("heading", 2, "1 Terms"),
        ("paragraph", 0, "Round"),
        ("paragraph", 0, "Contents"),
        ("heading", 3, "By hand"),
        ("paragraph", 0, "word word wo"),
    ]


def test_notes_follow_the_paragraph_that_names_them_once(tmp_path):
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="2">{para("See the annex.")}</w:footnote></w:footnotes>'
    )
    ends = f'<w:endnotes {W}><w:endnote w:id="2">{para("The end.")}</w:endnote></w:endnotes>'
    refer = '<w:p><w:r><w:t>Said</w:t></w:r><w:r><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/><w:footnoteReference w:id="9"/></w:r></w:p>'
    data = file_of(refer + refer, {"footnotes.xml": ("footnotes", notes), "endnotes.xml": ("endnotes", ends)})
    assert [text for _kind, _level, text in texts(tmp_path, data)] == ["Said", "See the annex.", "The end.", "Said"]


def test_headers_footers_and_comments_are_left_out(tmp_path):
    parts = {
        "header1.xml": ("header", f"<w:hdr {W}>{para('Top')}</w:hdr>"),
        "comments.xml": ("comments", f'<w:comments {W}><w:comment w:id="0">{para("Why?")}</w:comment></w:comments>'),
    }
    body = '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>Text</w:t></w:r><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    assert texts(tmp_path, file_of(body + '<w:sectPr><w:headerReference r:id="r0"/></w:sectPr>', parts)) == [("paragraph", 0, "Text")]


def test_what_was_deleted_or_hidden_is_not_there(tmp_path):
    gone = (
        "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r><w:ins><w:r><w:t> in</w:t></w:r></w:ins>'
        "<w:ruby><w:rt><w:r><w:t>aid</w:t></w:r></w:rt><w:rubyBase><w:r><w:t> base</w:t></w:r></w:rubyBase></w:ruby></w:p>"
    )
    row = "<w:tr>{}<w:tc>" + para("{}") + "</w:tc><w:tc>" + para("x") + "</w:tc></w:tr>"
    table = "<w:tbl>" + row.format("", "kept") + row.format("<w:trPr><w:del/></w:trPr>", "gone") + "</w:tbl>"
    placeholder = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{para('Click here')}</w:sdtContent></w:sdt>"
    assert [text for _kind, _level, text in texts(tmp_path, file_of(gone + table + placeholder))] == ["shown in base", "| kept | x |"]


def test_a_text_box_follows_its_paragraph_and_is_read_once(tmp_path):
    box = f"<w:txbxContent>{para('In the box')}{para('Second')}</w:txbxContent>"
    body = (
        '<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><w:t>Around</w:t></w:r><w:r><mc:AlternateContent>'
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    cells = f"<w:tbl><w:tr><w:tc>{body}</w:tc><w:tc>{para('b')}</w:tc></w:tr></w:tbl>"
    assert [text for _kind, _level, text in texts(tmp_path, file_of(body + cells))] == ["Around", "In the box", "Second", "| Around In the box Second | b |"]


def test_an_alternative_without_words_gives_way_to_one_with(tmp_path):
    body = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice><w:p/></mc:Choice><mc:Fallback>{para('Old')}</mc:Fallback></mc:AlternateContent>"
    )
    assert texts(tmp_path, file_of(body)) == [("paragraph", 0, "Old")]


def test_merged_cells_say_a_short_text_in_each_place(tmp_path):
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{para(text)}</w:tc>"

    long = "a text that is much too long to be said more than once"
    wide, begins, goes_on = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [
        cell("A", wide) + cell("B"),
        cell("down", begins) + cell(long, begins) + cell("1"),
        cell("", goes_on) + cell("", goes_on) + cell("2"),
        f'<w:trPr><w:gridBefore w:val="1"/></w:trPr><w:sdt><w:sdtContent>{cell("late")}</w:sdtContent></w:sdt>' + cell("3"),
    ]
    table = "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    assert texts(tmp_path, file_of(table))[0][2].splitlines() == [
        "| A | A | B |",
        "| --- | --- | --- |",
        f"| down | {long} | 1 |",
        "| down |  | 2 |",
        "|  | late | 3 |",
    ]


def test_long_tables_say_their_header_again(tmp_path):
    row = f"<w:tr><w:tc>{para('Name of a thing')}</w:tc><w:tc>{para('What it is for')}</w:tc></w:tr>"
    blocks = parse(tmp_path, file_of(f"<w:tbl>{row * 60}</w:tbl>")).pages[0].blocks
    assert len(blocks) > 2
    assert blocks[1].repeated
    assert blocks[-1].rows[1] == 60


def test_symbols_formulas_and_tabs_are_words_too(tmp_path):
    body = (
        '<w:p xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><w:r><w:sym w:char="2192"/><w:sym w:char="F0E0"/><w:sym w:char="zz"/></w:r>'
        "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></w:p>"
    )
    assert texts(tmp_path, file_of(body)) == [("paragraph", 0, "\u2192a+b")]


def test_charts_and_diagrams_say_what_is_in_them(tmp_path):
    diagram = f"""<dgm:dataModel {DRAWING}><dgm:ptLst><dgm:pt type="pres"><a:t>not this</a:t></dgm:pt>
    <dgm:pt><dgm:t><a:p><a:r><a:t>First</a:t></a:r><a:r><a:t>step</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"""
    body = f'<w:p {DRAWING}><w:r><c:chart r:id="r0"/><dgm:relIds r:dm="r1"/><c:chart r:id="r2"/><c:chart r:id="gone"/></w:r></w:p>'
    parts = {"charts/chart1.xml": ("chart", CHART), "diagrams/data1.xml": ("diagramData", diagram), "charts/chart2.xml": ("chart", "<broken")}
    assert [text for _kind, _level, text in texts(tmp_path, file_of(body, parts))] == [
        "Harvest",
        "|  | Apples |\n| --- | --- |\n| May | 50.0% |\n| June | 12.5% |",
        "First step",
    ]


def test_embedded_files_are_counted_not_read(tmp_path):
    embedded = {f"embeddings/file{at}.bin": ("oleObject", "x") for at in range(2)}
    assert parse(tmp_path, file_of(para("Text"), embedded)).notes == ["2 embedded files were not read."]
    one = {"embeddings/book.xlsx": ("package", "x")}
    assert parse(tmp_path, file_of(para("Text"), one)).notes == ["1 embedded file was not read."]


def test_no_relationship_out_of_the_file_is_followed(tmp_path):
    secret = write(tmp_path, f"<w:footnotes {W}><w:footnote w:id='2'>{para('the secret')}</w:footnote></w:footnotes>", "secret.xml")
    body = '<w:p><w:r><w:t>Said</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    for mode, target in (('TargetMode="External"', f"file://{secret}"), ("", f"../../../../../../..{secret}"), ("", str(secret))):
        more = f'<Relationship Id="f" Type="{LINKS}/footnotes" {mode} Target="{target}"/>'
        assert texts(tmp_path, file_of(body, more=more)) == [("paragraph", 0, "Said")]


def test_the_strict_edition_is_read_like_the_usual_one(tmp_path):
    strict = W.replace(MAIN, "http://purl.oclc.org/ooxml/wordprocessingml/main").replace(LINKS, "http://purl.oclc.org/ooxml/officeDocument/relationships")
    assert texts(tmp_path, file_of(para("Strict"), main=strict)) == [("paragraph", 0, "Strict")]


def test_a_member_in_a_rare_compression_is_refused(tmp_path):
    source = zipfile.ZipFile(io.BytesIO(make_docx()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, out.getvalue())
    assert caught.value.reason == "unreadable"


def test_a_member_locked_with_a_password_is_told_as_that(tmp_path):
    data = bytearray(make_docx())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, bytes(data))
    assert caught.value.reason == "encrypted"


def test_a_part_that_says_to_be_smaller_than_it_is_unpacks_no_further(tmp_path):
    honest = file_of("<w:p/>" * 50_000)
    (size,) = {info.file_size for info in zipfile.ZipFile(io.BytesIO(honest)).infolist() if info.filename == "word/document.xml"}
    lying = honest.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, lying)
    assert caught.value.reason == "unreadable"


def test_a_part_too_large_for_a_tree_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.parsers.packages.Package.read.__defaults__", (100,))
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, file_of(para("x" * 500)))
    assert caught.value.reason == "too_large"


def test_nesting_without_end_is_refused(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, file_of("<w:sdt>" * 50_000 + "</w:sdt>" * 50_000))
    assert caught.value.reason == "too_large"


def test_a_file_without_a_body_is_refused(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, make_zip({"word/document.xml": f"<w:document {W}/>".encode()}))
    assert caught.value.reason == "unreadable"


def test_it_gives_signs_of_life(tmp_path):
    seen = []
    DocxParser().parse(write(tmp_path, file_of(para("x") * 1001)), lambda done, total: seen.append(done))
    assert seen == [0, 0, 1]


def test_an_unknown_choice_and_its_fallback_without_words_are_nothing(tmp_path):
    body = '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice/><mc:Other/></mc:AlternateContent>'
    assert texts(tmp_path, file_of(body + para("Text"))) == [("paragraph", 0, "Text")]


def test_a_chart_that_is_named_often_is_told_once(tmp_path):
    body = f"<w:p {DRAWING}><w:r>" + '<c:chart r:id="r0"/>' * 1000 + "</w:r></w:p>"
    assert len(texts(tmp_path, file_of(body, {"charts/chart1.xml": ("chart", CHART)}))) == 2


def test_merged_cells_do_not_make_a_small_file_large(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_TEXT_CHARS", 50_000)
    row = f'<w:tr><w:tc><w:tcPr><w:gridSpan w:val="64"/></w:tcPr>{para("x" * 40)}</w:tc><w:tc/></w:tr>'
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, file_of(f"<w:tbl>{row * 30}</w:tbl>"))
    assert caught.value.reason == "too_large"


def prompt(text: str) -> str:
    return f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{para(text)}</w:sdtContent></w:sdt>"


def test_a_template_says_what_is_to_be_written_there(tmp_path):
    data = file_of(para("To:") + prompt("The name of the binder") + prompt("The colour of the cloth"))
    assert [text for _kind, _level, text in texts(tmp_path, data)] == ["To:", "The name of the binder", "The colour of the cloth"]


def test_a_form_does_not_say_click_here_again_and_again(tmp_path):
    data = file_of(para("The name of the binder:") + prompt("Click here.") + para("The colour of the cloth:") + prompt("Click here."))
    assert [text for _kind, _level, text in texts(tmp_path, data)] == ["The name of the binder:", "The colour of the cloth:"]


def test_a_letterhead_alone_is_read(tmp_path):
    head, foot = (f"<w:{tag} {W}>{para(text)}</w:{tag}>" for tag, text in (("hdr", "The bindery"), ("ftr", "Open all days")))
    parts = {"header1.xml": ("header", head), "footer1.xml": ("footer", foot)}
    assert [text for _kind, _level, text in texts(tmp_path, file_of(para(""), parts))] == ["The bindery", "Open all days"]
    assert [text for _kind, _level, text in texts(tmp_path, file_of(para("Dear Ada"), parts))] == ["Dear Ada"]
