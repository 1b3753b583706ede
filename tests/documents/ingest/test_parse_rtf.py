import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.rtf import RtfParser
from tests.documents.files import write

STYLES = r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\s5 Title;}{\s6 Subtitle;}{\*\cs10 heading 1;}{\ts11 heading 1;}}"


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, body: str | bytes, head: str = r"\rtf1\ansi\ansicpg1252\deff0", progress=silent):
    data = body if isinstance(body, bytes) else body.encode("latin-1")
    return RtfParser().parse(write(tmp_path, b"{" + head.encode() + b" " + data + b"}"), progress)


def blocks(tmp_path, body: str | bytes, head: str = r"\rtf1\ansi\ansicpg1252\deff0") -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in parse(tmp_path, body, head).pages[0].blocks]


def texts(tmp_path, body: str | bytes, head: str = r"\rtf1\ansi\ansicpg1252\deff0") -> list[str]:
    return [text for _kind, _level, text in blocks(tmp_path, body, head)]


def refused(tmp_path, data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        RtfParser().parse(write(tmp_path, data), silent)
    return caught.value.reason


def test_headings_are_known_by_style_and_outline(tmp_path):
    body = (
        STYLES + r"\pard\s5 The book\par\pard\s6 of paper\par\pard\s2 Part\par\pard\outlinelevel2 By hand\par\pard\s1\outlinelevel9 Body\par\pard\s9 Plain\par"
    )
    parsed = parse(tmp_path, body)
    assert parsed.title == "The book"
    assert [(block.kind.value, block.level, block.text) for block in parsed.pages[0].blocks] == [
        ("heading", 1, "The book"),
        ("heading", 2, "of paper"),
        ("heading", 2, "Part"),
        ("heading", 3, "By hand"),
        ("paragraph", 0, "Body"),
        ("paragraph", 0, "Plain"),
    ]


def test_a_very_long_heading_is_a_paragraph(tmp_path):
    assert blocks(tmp_path, STYLES + r"\pard\s2 " + "word " * 100)[0][0] == "paragraph"


def test_items_keep_their_numbers_but_not_their_bullets(tmp_path):
    body = (
        r"\pard{\listtext\tab 1.\tab}\ls1\ilvl0 one\par{\listtext a)\tab}\ilvl1 under\par"
        r"\pard{\pntext\f1\'b7\tab}{\*\pn\pnlvlblt}dot\par\pard{\listtext o\tab}\ls2 letter\par\pard\ls3 bare\par"
    )
    assert blocks(tmp_path, body) == [
        ("list_item", 1, "1. one"),
        ("list_item", 2, "a) under"),
        ("list_item", 1, "dot"),
        ("list_item", 1, "letter"),
        ("list_item", 1, "bare"),
    ]


def test_tables_are_tables(tmp_path):
    row = r"\trowd\cellx1000\cellx2000\pard\intbl {}\cell {}\cell\row"
    body = "Before\\par" + row.format("Tool", "Use") + row.format(r"Awl|x\par more", "Holes") + r"\pard\par" + row.format("other", "table") + r"\pard After\par"
    assert blocks(tmp_path, body) == [
        ("paragraph", 0, "Before"),
        ("table", 0, "| Tool | Use |\n| --- | --- |\n| Awl\\|x more | Holes |"),
        ("table", 0, "| other | table |"),
        ("paragraph", 0, "After"),
    ]


def test_a_table_in_a_table_is_told_in_its_cell(tmp_path):
    body = r"\pard\intbl out {\itap2 a\nestcell b\nestcell{\*\nesttableprops\nestrow}{\nonesttables\par}}\cell side\cell\row"
    assert texts(tmp_path, body) == ["| out a b | side |"]


def test_a_table_at_the_end_needs_no_end(tmp_path):
    assert texts(tmp_path, r"\pard\intbl a\cell b\cell\row\pard\intbl c\cell d") == ["| a | b |\n| --- | --- |\n| c | d |"]
    assert texts(tmp_path, r"\pard\intbl a\cell b\cell") == ["| a | b |"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"caf\'e9 \'80\'93", "café €“"),
        (rb"caf\'e9".decode(), "café"),
        ("caf\xe9", "café"),
        (r"\u8364?5 \uc0\u8364 5{\uc2\u233\'65\'65x}", "€5 €5éx"),
        (r"\u-10179?\u-8704? \u55357?x", "\U0001f600 \ufffdx"),
        (r"\u9999999999?a\u a", "a"),
        (r"\lquote a\rquote\emdash\~b\_c\-d\{\}\\", "‘a’— b-cd{}\\"),
        (r"a\tab b\line c", "a b\nc"),
        (r"{\fonttbl{\f0\fnil Arial;}{\f1\fnil\fcharset204 Arial Cyr;}{\f2\fcharset128 MS;}}\f1\'cf\'f0\f2\'83\'65\f0\'e9{\f1\plain\'e9}", "Прテéé"),
        (r"{\fonttbl{\f0\fcharset161 Greek;}}\'e1", "α"),
        (r"\uc-5\uc a\uc1000 b", "ab"),
    ],
)
def test_letters_of_any_code_page_are_read(tmp_path, body, text):
    assert texts(tmp_path, body) == [text]


@pytest.mark.parametrize(
    ("head", "text"), [(r"\rtf1\ansicpg1251", "й"), (r"\rtf1\mac", "È"), (r"\rtf1\pca", "Ú"), (r"\rtf1\ansicpg99999", "é"), (r"\rtf1\ansicpg936", "\ufffd")]
)
def test_the_code_page_of_the_file_is_known(tmp_path, head, text):
    assert texts(tmp_path, r"\'e9", head) == [text]


def test_what_is_no_text_is_left_out(tmp_path):
    body = (
        r"{\info{\title Secret}{\author X}}{\header Top\par}{\colortbl;\red0;}{\*\generator Riched20;}{\*\unknown gone}{\pict\wmetafile8 0102}"
        r"kept{\v hidden}{\deleted gone}\v hid\v0 {\*\annotation why?}{\*\bkmkstart b}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\par"
        r"{\upr{old}{\*\ud new}}"
    )
    assert texts(tmp_path, body) == ["keptlink", "old"]


def test_binary_data_is_stepped_over(tmp_path):
    assert texts(tmp_path, rb"a{\pict\bin12 }}}{{{\par\x00}b") == ["ab"]
    assert texts(tmp_path, r"a\bin-5 b\bin c") == ["abc"]
    assert texts(tmp_path, rb"a\par\bin9999999999 gone") == ["a"]


def test_notes_and_boxes_follow_their_paragraph(tmp_path):
    body = (
        r"Said{\super\chftn{\footnote\pard See \par there.}} so.{\shp{\*\shpinst\shpleft1{\sp{\sn name}{\sv x}}{\shptxt\pard Boxed.\par}}{\shprslt old}}\par"
        r"\pard\intbl a{\footnote noted}\cell b\cell\row\pard End"
    )
    assert texts(tmp_path, body) == ["Said so.", "See there.", "Boxed.", "| a | b |", "noted", "End"]


def test_embedded_files_are_counted_and_their_picture_is_text(tmp_path):
    parsed = parse(tmp_path, r"x {\object\objemb{\*\objclass Excel}{\*\objdata 0102}{\result shown}}\par")
    assert parsed.pages[0].text == "x shown"
    assert parsed.notes == ["1 embedded file was not read."]


def test_a_file_cut_short_is_read_and_told(tmp_path):
    parsed = RtfParser().parse(write(tmp_path, rb"{\rtf1 {\b bold {\footnote cut"), silent)
    assert [block.text for block in parsed.pages[0].blocks] == ["bold", "cut"]
    assert parsed.notes == ["The end of this file is missing; what there is was read."]


def test_nothing_after_the_last_brace_is_read(tmp_path):
    parsed = RtfParser().parse(write(tmp_path, b"{\\rtf1 a}} junk {b\\"), silent)
    assert (parsed.pages[0].text, parsed.notes) == ("a", [])


def test_line_ends_after_a_backslash_end_paragraphs(tmp_path):
    assert texts(tmp_path, "a\\\nb\n c") == ["a", "b c"]


def test_what_is_no_rtf_or_has_no_text_is_refused(tmp_path):
    assert refused(tmp_path, b"plain") == "unreadable"
    assert refused(tmp_path, b"{\\rtf1 }") == "empty"


def test_braces_without_end_are_refused(tmp_path):
    assert refused(tmp_path, b"{\\rtf1 " + b"{" * 100_000) == "too_large"


def test_too_much_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 100)
    assert refused(tmp_path, b"{\\rtf1 " + b"x" * 200) == "too_large"
    assert refused(tmp_path, b"{\\rtf1 " + b"\\cell" * 200 + b"\\row}") == "too_large"


def test_it_gives_signs_of_life(tmp_path):
    seen = []
    parse(tmp_path, r"\b a" * 120_000, progress=lambda done, total: seen.append(done))
    assert seen == [0, 0, 1]


@given(
    st.lists(
        st.sampled_from([*r"{}\*'x5 ", r"\par ", r"\cell ", r"\row ", r"\intbl ", r"\u-5?", r"\footnote ", r"\fonttbl ", r"\f1 ", r"\stylesheet ", r"\'e9"]),
        max_size=40,
    )
)
def test_no_order_of_words_is_an_error(tmp_path_factory, parts):
    path = write(tmp_path_factory.getbasetemp(), b"{\\rtf1 a" + "".join(parts).encode())
    assert RtfParser().parse(path, silent).pages


def test_many_escaped_letters_take_no_longer_than_others(tmp_path):
    assert len(texts(tmp_path, r"\'e9" * 200_000)[0]) == 200_000


def test_notes_in_notes_stop_somewhere(tmp_path):
    assert "deep" in texts(tmp_path, r"{\footnote a" * 400 + "deep" + "}" * 400)[0]
