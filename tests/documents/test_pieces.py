"""A passage's text as pieces: nothing is lost, and what is marked is marked where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.ingest.tables import table_blocks
from apps.documents.pieces import PieceView, Shown, join_table, make_pieces, read_table, readable

TABLE = "| Name | Amount |\n| --- | --- |\n| Paper | 12 |\n| Glue \\| paste | 7 |"


def marked(segments):
    return "".join(text for text, is_marked in segments if is_marked)


def words(segments):
    return "".join(text for text, _is_marked in segments)


def table_of(text=TABLE, mark=(0, 0), start=0):
    return read_table(Shown(text, 0, len(text), mark), start, len(text))


def rows_of(table):
    return [[words(cell) for cell in row] for body in table.bodies for row in body.rows]


def test_a_table_is_read_back_into_its_cells():
    table = table_of()
    assert [words(cell) for cell in table.head] == ["Name", "Amount"]
    assert rows_of(table) == [["Paper", "12"], ["Glue | paste", "7"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("| Paper | 12 |\n| Glue | 7 |", [["Paper", "12"], ["Glue", "7"]]),
        ("r | 12 |\n| Glue | 7 |", [["r", "12"], ["Glue", "7"]]),
        ("Paper", [["Paper"]]),
        ("|", [[""]]),
        ("| |", [[""]]),
        ("|  | x |", [["", "x"]]),
        ("a | b", [["a", "b"]]),
        ("| a \\\\", [["a \\\\"]]),
    ],
)
def test_a_part_of_a_table_is_rows_alone(text, rows):
    table = table_of(text)
    assert (table.head, rows_of(table)) == ([], rows)


def test_words_marked_in_a_cell_are_marked_there_and_nowhere_else():
    start = TABLE.index("Paper")
    table = table_of(mark=(start, start + 5))
    cells = [cell for body in table.bodies for row in body.rows for cell in row]
    assert [marked(cell) for cell in cells] == ["Paper", "", "", ""]


def test_a_mark_over_cells_marks_the_words_in_each_of_them():
    start = TABLE.index("per")
    table = table_of(mark=(start, TABLE.index("Glue") + 2))
    assert [[marked(cell) for cell in row] for row in table.bodies[0].rows] == [["per", "12"], ["Gl", ""]]


def test_a_marked_header_is_marked():
    assert [marked(cell) for cell in table_of(mark=(0, 20)).head] == ["Name", "Amount"]


@pytest.mark.parametrize("cut", [0, 1])
def test_a_mark_that_begins_at_an_escaped_pipe_leaves_no_stroke(cut):
    start = TABLE.index("\\|") + cut
    (*_rest, row) = table_of(mark=(start, start + 6)).bodies[0].rows
    assert words(row[0]) == "Glue | paste"
    assert marked(row[0]).startswith("|")


@given(st.lists(st.lists(st.text(alphabet="ab|\\ é", max_size=6), min_size=1, max_size=4), min_size=1, max_size=6), st.integers(0, 80), st.integers(0, 80))
def test_every_letter_of_a_table_is_shown_whatever_is_marked(rows, start, end):
    for block in table_blocks(rows):
        shown = table_of(block.text, (start, end))
        plain = table_of(block.text)
        assert rows_of(shown) == rows_of(plain)
        letters = "".join("".join(row) for row in [[words(cell) for cell in plain.head], *rows_of(plain)])
        assert letters.count("é") == block.text.count("é")
        assert letters.count("a") == block.text.count("a")


def pieces_of(text, *blocks, mark=(0, 0), start=0, end=None):
    rows = [{"kind": kind, "level": level, "start": low, "end": high} for kind, level, low, high in blocks]
    return make_pieces(Shown(text, start, len(text) if end is None else end, mark), rows)


def nested(items):
    return [(words(item.segments), nested(item.items)) for item in items]


def test_lists_are_nested_by_their_levels():
    text = "abcdef"
    levels = [1, 2, 3, 1, 3, 2]
    (piece,) = pieces_of(text, *(("list_item", level, at, at + 1) for at, level in enumerate(levels)))
    assert nested(piece.items) == [("a", [("b", [("c", [])])]), ("d", [("e", []), ("f", [])])]


def test_a_list_that_begins_deep_begins_at_its_own_level():
    (piece,) = pieces_of("abc", ("list_item", 3, 0, 1), ("list_item", 3, 1, 2), ("list_item", 1, 2, 3))
    assert nested(piece.items) == [("a", []), ("b", []), ("c", [])]


def test_a_list_without_end_of_levels_is_shown_six_deep():
    text = "x" * 40
    (piece,) = pieces_of(text, *(("list_item", at + 1, at, at + 1) for at in range(40)))
    depth, items = 0, piece.items
    while items:
        depth, items = depth + 1, items[0].items
    assert depth == 6
    assert str(nested(piece.items)).count("x") == 40


def test_other_blocks_end_a_list():
    pieces = pieces_of("abcd", ("list_item", 1, 0, 1), ("paragraph", 0, 1, 2), ("list_item", 1, 2, 3), ("code", 0, 3, 4))
    assert [piece.kind for piece in pieces] == ["list", "paragraph", "list", "code"]


def test_what_is_shown_elsewhere_is_left_out():
    pieces = pieces_of("One. Two. Three.", ("paragraph", 0, 0, 9), ("paragraph", 0, 10, 16), start=5, end=9)
    assert [words(piece.segments) for piece in pieces] == ["Two."]


def test_only_a_table_with_the_same_header_or_none_goes_on():
    text = TABLE
    (first,), (second,) = pieces_of(text, ("table", 0, 0, len(text))), pieces_of(text, ("table", 0, 0, len(text)))
    assert join_table(first, second, "p9", is_cited=True)
    assert [(body.anchor, body.is_cited) for body in first.table.bodies] == [("", False), ("p9", True)]
    bare = PieceView("table", table=table_of("| Paper | 12 |"))
    assert join_table(first, bare, "p10", is_cited=False)
    assert not join_table(bare, second, "p9", is_cited=False)
    assert not join_table(PieceView("paragraph"), first, "p9", is_cited=False)


def test_a_heading_says_a_name_if_it_is_all_that_it_says():
    assert PieceView("heading", 1, [("The", True), (" \nSea", False)]).says("The Sea")
    assert not PieceView("heading", 1, [("The Seas", False)]).says("The Sea")
    assert not PieceView("paragraph", 0, [("The Sea", False)]).says("The Sea")


def test_a_quoted_table_is_its_cells_without_the_strokes():
    text = f"Costs | all\n\n{TABLE}"
    blocks = [{"kind": "paragraph", "level": 0, "start": 0, "end": 11}, {"kind": "table", "level": 0, "start": 13, "end": len(text)}]
    letters = readable(text, blocks)
    assert len(letters) == len(text)
    shown = [" ".join(line.split()) for line in "".join(letters).split("\n") if line.strip()]
    assert shown == ["Costs | all", "Name \u00b7 Amount", "Paper \u00b7 12", "Glue | paste \u00b7 7"]
    start = text.index("per")
    assert "".join(letters[start : start + 8]) == "per \u00b7 12"


@given(st.text(alphabet="ab |\\-\n", max_size=60))
def test_whatever_a_table_says_each_letter_of_it_has_its_place(text):
    letters = readable(text, [{"kind": "table", "level": 0, "start": 0, "end": len(text)}])
    assert len(letters) == len(text)
    assert "".join(letters).count("a") == text.count("a")
