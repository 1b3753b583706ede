import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.markdown import MarkdownParser
from apps.documents.ingest.tables import table_text
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


def test_rows_of_a_table_are_filled_up_and_empty_ones_left_out():
    assert table_text([["a"], ["", ""], ["b", "c"]]) == "| a |  |\n| --- | --- |\n| b | c |"
    assert table_text([["a", "b"]]) == "| a | b |"
    assert table_text([[""]]) == ""
