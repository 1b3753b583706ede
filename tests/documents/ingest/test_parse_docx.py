import io
import re
import subprocess
import sys
import zipfile

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.docx import DocxParser
from tests.documents.files import make_docx, make_zip, write

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, data: bytes):
    return DocxParser().parse(write(tmp_path, data), silent)


def with_body(body: str) -> bytes:
    """The fixture's file with another body."""
    source = zipfile.ZipFile(io.BytesIO(make_docx()))
    members = {name: source.read(name) for name in source.namelist()}
    members["word/document.xml"] = f"<w:document {W}><w:body>{body}</w:body></w:document>".encode()
    return make_zip(members)


def without(name: str) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(make_docx()))
    return make_zip({one: source.read(one) for one in source.namelist() if one != name})


def blocks(tmp_path, body: str):
    return [(b.kind.value, b.level, b.text) for b in parse(tmp_path, with_body(body)).pages[0].blocks]


def test_headings_lists_and_tables_come_in_the_order_they_are_read(tmp_path):
    parsed = parse(tmp_path, make_docx())
    assert parsed.title == "The binder's book"
    assert [(b.kind.value, b.level, b.text) for b in parsed.pages[0].blocks] == [
        ("heading", 1, "The binder's book"),
        ("heading", 1, "Tools"),
        ("paragraph", 0, "A bone folder creases paper without tearing it."),
        ("list_item", 1, "Awl"),
        ("list_item", 2, "Needle"),
        ("table", 0, "| Tool | Use |\n| --- | --- |\n| Awl | Holes \\| slots |"),
        ("heading", 2, "Thread"),
        ("paragraph", 0, "Linen thread is waxed before sewing."),
    ]


def test_deleted_text_and_field_codes_are_not_read(tmp_path):
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>"
        "<w:r><w:instrText>PAGE</w:instrText><w:tab/><w:t>and</w:t><w:br/><w:t>broken</w:t><w:noBreakHyphen/><w:t>off</w:t></w:r></w:p>"
    )
    assert blocks(tmp_path, body) == [("paragraph", 0, "Kept and\nbroken-off")]


def test_content_controls_are_walked_and_empty_paragraphs_left_out(tmp_path):
    body = "<w:sdt><w:sdtContent><w:p><w:r><w:t>Inside</w:t></w:r></w:p></w:sdtContent></w:sdt><w:p/><w:tbl><w:tr/></w:tbl><w:sectPr/>"
    assert blocks(tmp_path, body) == [("paragraph", 0, "Inside")]


def test_text_in_a_drawing_is_read_once(tmp_path):
    body = (
        '<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><mc:AlternateContent>'
        "<mc:Choice><w:p><w:r><w:t>In a box</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>In a box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert blocks(tmp_path, body) == [("paragraph", 0, "In a box")]


@pytest.mark.parametrize(
    ("properties", "kind", "level"),
    [
        ('<w:numPr><w:ilvl w:val="2"/><w:numId w:val="1"/></w:numPr>', "list_item", 3),
        ('<w:numPr><w:numId w:val="1"/></w:numPr>', "list_item", 1),
        ('<w:numPr><w:ilvl w:val="x"/><w:numId w:val="1"/></w:numPr>', "list_item", 1),
        ('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>', "paragraph", 0),
        ('<w:pStyle w:val="Heading3"/>', "heading", 3),
        ('<w:pStyle w:val="Heading9"/>', "heading", 6),
        ('<w:pStyle w:val="Subtitle"/>', "heading", 2),
        ('<w:pStyle w:val="NoSuchStyle"/>', "paragraph", 0),
    ],
)
def test_properties_say_what_a_paragraph_is(tmp_path, properties, kind, level):
    body = f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>Words</w:t></w:r></w:p>"
    assert blocks(tmp_path, body) == [(kind, level, "Words")]


def test_merged_and_nested_cells_keep_their_words(tmp_path):
    cell = "<w:tc>{}<w:p><w:r><w:t>{}</w:t></w:r></w:p>{}</w:tc>"
    inner = "<w:tbl><w:tr>" + cell.format("", "inner", "") + "</w:tr></w:tbl>"
    wide = cell.format('<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>', "wide", "")
    body = f"<w:tbl><w:tr>{wide}</w:tr><w:tr>{cell.format('', 'a', inner)}{cell.format('', 'b', '')}</w:tr></w:tbl>"
    assert blocks(tmp_path, body) == [("table", 0, "| wide |  |\n| --- | --- |\n| a inner | b |")]


def test_tables_in_tables_without_end_stop_somewhere(tmp_path):
    beside = "</w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    body = "<w:tbl><w:tr><w:tc>" * 40 + "<w:p><w:r><w:t>deep</w:t></w:r></w:p>" + beside * 40 + "<w:p><w:r><w:t>End</w:t></w:r></w:p>"
    assert blocks(tmp_path, body) == [("table", 0, "| deep" + " b" * 39 + " | b |"), ("paragraph", 0, "End")]


def test_a_file_without_styles_is_still_text(tmp_path):
    source = zipfile.ZipFile(io.BytesIO(make_docx()))
    members = {name: source.read(name) for name in source.namelist() if name != "word/styles.xml"}
    links = re.sub(rb'<Relationship [^>]*styles"[^>]*/>', b"", members["word/_rels/document.xml.rels"])
    assert parse(tmp_path, make_zip({**members, "word/_rels/document.xml.rels": links})).pages[0].blocks


@pytest.mark.parametrize(
    "data",
    [
        make_docx()[:900],
        without("word/document.xml"),
        with_body("<w:p>") + b"",
        make_docx().replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
)
def test_a_broken_file_is_refused_not_an_error(tmp_path, data):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, data)
    assert caught.value.reason == "unreadable"


def test_a_file_without_words_is_empty(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, with_body("<w:p/>"))
    assert caught.value.reason == "empty"


def test_too_much_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 20)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, make_docx())
    assert caught.value.reason == "too_large"


def test_external_entities_are_not_resolved(tmp_path):
    secret = write(tmp_path, "the secret", "secret.txt")
    source = zipfile.ZipFile(io.BytesIO(make_docx()))
    members = {name: source.read(name) for name in source.namelist()}
    members["word/document.xml"] = (
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]><w:document {W}><w:body><w:p><w:r><w:t>Before &x; after</w:t></w:r></w:p></w:body></w:document>'
    ).encode()
    parsed = parse(tmp_path, make_zip(members))
    assert "secret" not in parsed.pages[0].text


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5000, "\u0663x", "-1"])
def test_a_number_that_is_none_is_passed_over(tmp_path, number):
    span = f'<w:tc><w:tcPr><w:gridSpan w:val="{number}"/></w:tcPr><w:p><w:r><w:t>Awl</w:t></w:r></w:p></w:tc>'
    level = f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>Item</w:t></w:r></w:p>'
    assert blocks(tmp_path, f"<w:tbl><w:tr>{span}{span}</w:tr></w:tbl>{level}") == [("table", 0, "| Awl | Awl |"), ("list_item", 1, "Item")]


def test_a_tree_larger_than_the_memory_there_is_is_told_as_that(tmp_path):
    path = write(tmp_path, with_body("<w:p/>" * 1_000_000))
    # In a process of its own: in ours, what earlier tests have freed may be memory enough.
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from apps.documents.ingest.parsers.docx import DocxParser\n"
        "held = next(line for line in open('/proc/self/status') if line.startswith('VmData'))\n"
        "limit = int(held.split()[1]) * 1024 + 32 * 1024 * 1024\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))\n"
        "DocxParser().parse(Path(sys.argv[1]), lambda *_: None)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert done.stderr.strip().splitlines()[-1].startswith("MemoryError")


@pytest.mark.parametrize("part", ["<w:tbl>{}</w:tbl>", "{}<w:p><w:r><w:t>x</w:t></w:r></w:p>"], ids=["one table", "empty paragraphs"])
def test_signs_of_life_come_from_within_a_table_and_where_nothing_is_said(tmp_path, part):
    row = "<w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"
    body = part.format(row * 5000 if "tbl" in part else "<w:p/>" * 10_000)
    beats = []
    DocxParser().parse(write(tmp_path, with_body(body)), lambda *_: beats.append(1))
    assert len(beats) > 4
