from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.documents.constants import MAX_PADDED_COLUMNS
from apps.documents.ingest.tables import table_blocks

HEAD = "| City | People |\n| --- | --- |\n"


def texts(blocks):
    return [(block.text, block.rows, block.repeated) for block in blocks]


def test_a_small_table_is_one_block_with_its_header():
    assert texts(table_blocks([["City", "People"], ["Bern", "134,000"], ["Biel", "56,000"]])) == [(HEAD + "| Bern | 134,000 |\n| Biel | 56,000 |", (2, 3), 0)]


def test_each_group_of_rows_says_the_header_again():
    blocks = table_blocks([["City", "People"], *[[f"City {n}", "x" * 40] for n in range(40)]], first_row=5)
    assert len(blocks) > 2
    assert [block.repeated for block in blocks] == [0, *[len(HEAD)] * (len(blocks) - 1)]
    assert all(block.text.startswith(HEAD) and len(block.text) <= 700 for block in blocks)
    assert blocks[0].rows[0] == 6
    assert blocks[-1].rows[1] == 45
    assert all(one.rows[1] + 1 == two.rows[0] for one, two in pairwise(blocks))


def test_a_long_header_is_said_once():
    blocks = table_blocks([["h" * 200, "i" * 150], *[["a" * 100, "b" * 100] for _ in range(6)]])
    assert blocks[0].rows == (1, 1)
    assert not any(block.repeated for block in blocks)
    assert not any("hhh" in block.text for block in blocks[1:])


def test_a_long_row_stands_alone():
    blocks = table_blocks([["City"], ["a"], ["b" * 900], ["c"]])
    assert [block.rows for block in blocks] == [(2, 2), (3, 3), (4, 4)]


def test_without_a_header_rows_are_only_rows():
    assert texts(table_blocks([["a", "b"], ["c"]], has_header=False)) == [("| a | b |\n| c |  |", (1, 2), 0)]


def test_one_row_is_no_header():
    assert texts(table_blocks([["a", "b"]])) == [("| a | b |", (1, 1), 0)]


def test_a_table_without_text_is_nothing():
    assert table_blocks([[], ["", ""]]) == []


def test_empty_rows_are_left_out_but_counted():
    assert texts(table_blocks([["a"], [""], [], ["b"]])) == [("| a |\n| --- |\n| b |", (4, 4), 0)]


def test_a_cell_cannot_break_out_of_its_place():
    assert texts(table_blocks([["a|b", "c\nd\r\ne\u2028f"], ["g", "\x00h"]])) == [("| a\\|b | c d e f |\n| --- | --- |\n| g | h |", (2, 2), 0)]


def test_one_wide_row_does_not_widen_the_others():
    (first, *_rest) = table_blocks([["a"], ["b"] * 100])
    assert first.text.splitlines()[0].count("|") == MAX_PADDED_COLUMNS + 1


@given(st.lists(st.lists(st.text(alphabet="ab |\\\n", max_size=90), max_size=4), max_size=30), st.booleans())
def test_every_cell_is_in_the_table_once(rows, has_header):
    blocks = table_blocks(rows, has_header=has_header)
    said = "".join(block.text[block.repeated :] for block in blocks)
    assert said.count("a") == sum(cell.count("a") for row in rows for cell in row)
    lines = [line for block in blocks for line in block.text[block.repeated :].splitlines() if "---" not in line]
    assert len(lines) == sum(1 for row in rows if any(cell.strip() for cell in row))
