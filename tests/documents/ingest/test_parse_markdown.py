import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.markdown import MarkdownParser, pieces
from tests.documents.files import write


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, text: str):
    return MarkdownParser().parse(write(tmp_path, text), silent)


def blocks(tmp_path, text: str):
    return [(b.kind.value, b.level, b.text) for b in parse(tmp_path, text).pages[0].blocks]


def test_the_markup_goes_and_what_is_shown_stays(tmp_path):
    found = blocks(
        tmp_path,
        '# A *quire*\n\nLeaves, `folded` and [sewn](https://example.org "how"),\nonce.  \nTwice. ![A press](p.png)\n\n'
        "- awl\n\n  with a handle\n  1. fine awl\n- needle\n\n> quoted\n\n```sh\nmake serve\n\n  now\n```\n\n"
        "| Tool | Use |\n| --- | --- |\n| Awl | Holes |\n\n<b>Bold</b> words<br>\n\n<div>Block <i>html</i></div>\n\n---\n",
    )
    assert found == [
        ("heading", 1, "A quire"),
        ("paragraph", 0, "Leaves, folded and sewn, once.\nTwice. A press"),
        ("list_item", 1, "awl"),
        ("paragraph", 0, "with a handle"),
        ("list_item", 2, "fine awl"),
        ("list_item", 1, "needle"),
        ("paragraph", 0, "quoted"),
        ("code", 0, "make serve\n  now"),
        ("table", 0, "| Tool | Use |\n| --- | --- |\n| Awl | Holes |"),
        ("paragraph", 0, "Bold words"),
        ("paragraph", 0, "Block html"),
    ]


def test_the_first_heading_of_the_first_level_is_the_title(tmp_path):
    assert parse(tmp_path, "## Before\n\ntext\n\n# The title\n\n# Another\n").title == "The title"


def test_without_such_a_heading_there_is_no_title(tmp_path):
    assert parse(tmp_path, "## Only second\n\ntext\n").title == ""


@pytest.mark.parametrize("front", ['---\ntitle: "Set apart"\ntags: [a]\n---\n', "+++\ntitle = 'Set apart'\n+++\n"])
def test_front_matter_names_the_title_and_is_not_text(tmp_path, front):
    parsed = parse(tmp_path, front + "# Heading\n\nText.")
    assert parsed.title == "Set apart"
    assert "tags" not in parsed.pages[0].text


def test_front_matter_without_a_title_leaves_the_heading(tmp_path):
    assert parse(tmp_path, "---\ntags: [a]\n---\n# Heading\n").title == "Heading"


@pytest.mark.parametrize("text", ["---\n", "<!-- a remark -->\n"])
def test_a_file_of_marks_only_is_empty(tmp_path, text):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, text)
    assert caught.value.reason == "empty"


def test_a_table_says_its_header_in_each_block(tmp_path):
    rows = "".join(f"| Tool {n} | What it is good for, in a few words |\n" for n in range(40))
    found = parse(tmp_path, f"| Name | Use |\n| --- | --- |\n{rows}").pages[0].blocks
    assert len(found) > 2
    assert all(block.text.startswith("| Name | Use |") for block in found)


def test_html_within_is_read_as_html(tmp_path):
    found = blocks(
        tmp_path,
        "<h2 align=center>Tools</h2>\n<table>\n<tr><th>Name<th>Use</tr>\n\n<tr><td>Awl<td>Holes</tr>\n</table>\n\n"
        "<details>\n<summary>More</summary>\n\n- awl\n\n</details>\n\none<br>two <b>three</b>\n\n<script>\nalert(1)\n</script>\n",
    )
    assert found == [
        ("heading", 2, "Tools"),
        ("table", 0, "| Name | Use |\n| --- | --- |\n| Awl | Holes |"),
        ("paragraph", 0, "More"),
        ("list_item", 1, "awl"),
        ("paragraph", 0, "one\ntwo three"),
    ]


def test_html_that_nests_without_end_is_read_as_words(tmp_path):
    assert blocks(tmp_path, "<div>" * 5000 + "deep\n") == [("paragraph", 0, "deep")]


def test_a_text_between_two_lines_is_no_front_matter(tmp_path):
    assert "Once" in parse(tmp_path, "---\nOnce upon a time\n\n---\n\nText.").pages[0].text


def test_footnotes_and_marks_on_headings(tmp_path):
    found = blocks(tmp_path, "## Paper {#paper .wide}\n\nText.[^1]\n\n[^1]: Fabriano\n")
    assert found == [("heading", 2, "Paper"), ("paragraph", 0, "Text.[^1]"), ("paragraph", 0, "[^1]: Fabriano")]


def test_a_long_text_is_read_in_pieces_from_heading_to_heading(monkeypatch, tmp_path):
    monkeypatch.setattr("apps.documents.ingest.parsers.markdown._PIECE_CHARS", 40)
    text = "# One\n\n" + "words " * 10 + "\n\n```\n# no heading\n```\n\n~~~\n```\n# nor this\n~~~\n\n# Two\n\nEnd.\n"
    assert [piece[:5] for piece in pieces(text)] == ["# One", "# Two"]
    assert "".join(pieces(text)) == text
    told: list[tuple[int, int]] = []
    parsed = MarkdownParser().parse(write(tmp_path, text), lambda *at: told.append(at))
    assert [block.text for block in parsed.pages[0].blocks if block.kind == "heading"] == ["One", "Two"]
    assert told[-1] == (len(text), len(text))
    assert len(told) == 2
