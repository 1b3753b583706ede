from hypothesis import given
from hypothesis import strategies as st

from apps.documents.ingest.parsers.sheet_regions import Row, sheet_blocks

LETTERS = "abcdefghij"


def test_many_parts_of_a_table_take_no_longer_than_one():
    rows = [Row(1, {1: "Item", 2: "Count"}), Row(2, {1: "x", 2: "1"})]
    rows += [Row(number, {1: "y", 2: "2"}) for number in range(3, 20_000) if number % 3]
    blocks = sheet_blocks(rows)
    assert blocks[1].repeated
    assert blocks[-1].rows[1] == 19_999


def test_a_column_with_one_neighbour_at_its_end_takes_no_longer_than_one():
    rows = [Row(number, {1: "word"}) for number in range(1, 20_000)]
    assert sheet_blocks([*rows, Row(20_000, {1: "word", 2: "x"})])[-1].rows[1] == 20_000


def test_parts_in_parts_in_parts_stop_somewhere():
    """Each cut leaves something to cut: steps from the upper left to the lower right."""
    rows = [Row(3 * at + up, {3 * at + 1: "a", 3 * at + 2: "b"}) for at in range(40) for up in (1, 2)]
    assert sum(block.text.count("a") for block in sheet_blocks(rows)) == 80


def test_cells_strewn_over_a_sheet_make_no_giant_table():
    blocks = sheet_blocks([Row(at, {at: f"v{at}"}) for at in range(1, 3000)])
    assert sum(len(block.text) for block in blocks) < 100_000


@given(st.dictionaries(st.tuples(st.integers(1, 12), st.integers(1, 12)), st.sampled_from(LETTERS), max_size=60))
def test_every_cell_is_told_once(cells):
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in sorted(cells.items()):
        rows.setdefault(row, {})[column] = text
    blocks = sheet_blocks([Row(number, found) for number, found in rows.items()])
    said = "".join(block.text[block.repeated :] for block in blocks)
    assert sorted(letter for letter in said if letter in LETTERS) == sorted(cells.values())
