"""Tables in passages: whole rows, each group of them under the header, and exactly the rows that it shows."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.documents.ingest.room import Room
from apps.documents.ingest.split import SplitLimits, Splitter
from apps.documents.ingest.table_groups import group_tables, head_length, rows_between
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.types import Block, BlockKind, Page, WordBox
from tests.documents.ingest.tokens import count_tokens

LIMITS = SplitLimits(window=200, target=80)
HEAD = "| Name | Amount |\n| --- | --- |\n"
ROWS = [["Name", "Amount"], *([f"Item {number}", str(number * 17)] for number in range(2, 62))]
cells = st.text(alphabet="ab |\\\u00e9\u4e2d", max_size=12)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=30)


def split(*blocks, limits=LIMITS):
    return Splitter("", count_tokens, limits).add(Page(1, blocks, label="Budget"))


def items_of(draft):
    return [int(number) for number in re.findall(r"Item (\d+)", draft.text)]


def test_every_passage_of_a_table_begins_with_the_header():
    drafts = split(*table_blocks(ROWS))
    assert len(drafts) > 5
    assert all(draft.text.startswith(HEAD) for draft in drafts)
    assert [number for draft in drafts for number in items_of(draft)] == list(range(2, 62))


def test_a_passage_names_exactly_the_rows_that_it_shows():
    for draft in split(*table_blocks(ROWS)):
        assert draft.rows == (items_of(draft)[0], items_of(draft)[-1])


def test_a_table_without_a_header_is_cut_between_rows_that_are_named_exactly():
    drafts = split(*table_blocks(ROWS[1:], first_row=2, has_header=False))
    assert len(drafts) > 5
    assert all(draft.rows == (items_of(draft)[0], items_of(draft)[-1]) for draft in drafts)
    assert all(draft.text.startswith("| Item") and draft.text.endswith(" |") for draft in drafts)


def test_a_header_too_long_to_be_said_again_stays_with_its_first_row():
    head = [f"A column with a long name {number}" for number in range(8)]
    rows = [[f"Item {number}", "x"] for number in range(2, 30)]
    drafts = split(*table_blocks([head, *rows]), limits=SplitLimits(window=300, target=150))
    assert items_of(drafts[0])[0] == 2
    assert drafts[0].text.startswith("| A column")
    assert not any("A column" in draft.text for draft in drafts[1:])
    assert all(draft.rows == (items_of(draft)[0], items_of(draft)[-1]) for draft in drafts)


def test_a_row_too_long_for_a_passage_is_cut_between_its_cells():
    wide = [f"Cell {number}" for number in range(60)]
    drafts = split(*table_blocks([wide], has_header=False))
    assert len(drafts) > 2
    assert all(draft.text.startswith("| Cell") for draft in drafts)
    assert all(draft.rows == (1, 1) for draft in drafts)


def test_a_header_longer_than_a_passage_is_cut_as_the_rows_are():
    wide = [f"Cell {number}" for number in range(60)]
    drafts = split(*table_blocks([wide, wide]))
    assert "".join(draft.text for draft in drafts).count("Cell 59") == 2


def test_a_heading_and_a_sentence_stay_with_the_first_rows():
    first, *_rest = split(Block(BlockKind.HEADING, "Costs", 1), Block(BlockKind.PARAGRAPH, "In euros."), *table_blocks(ROWS))
    assert first.text.startswith("Costs\n\nIn euros.\n\n| Name")
    assert items_of(first)[0] == 2


def test_no_passage_says_a_header_twice():
    for count in range(8, 30):
        drafts = split(Block(BlockKind.PARAGRAPH, "In euros."), *table_blocks(ROWS[:count]))
        assert {draft.text.count(HEAD) for draft in drafts} == {1}


def test_two_tables_are_not_made_one():
    once = table_blocks([["Name", "Amount"], ["Item 2", "1"]])
    drafts = split(*once, *once)
    assert "".join(draft.text for draft in drafts).count(HEAD) == 2
    page = group_tables(Page(1, (*once, *once)), LIMITS.room, count_tokens)
    assert [block.repeated for block in page.blocks] == [0, 0]


def test_where_empty_rows_were_left_out_a_part_names_all_rows_that_it_can_be():
    rows = [row if number % 7 else ["", ""] for number, row in enumerate(ROWS)]
    drafts = split(*table_blocks(rows, has_header=False))
    assert all(draft.rows[0] <= items_of(draft)[0] and items_of(draft)[-1] <= draft.rows[1] for draft in drafts)


def test_a_table_whose_rows_nobody_counted_has_none():
    (draft,) = split(Block(BlockKind.TABLE, HEAD + "| Item 2 | 3 |"))
    assert draft.rows is None
    assert [d.rows for d in split(Block(BlockKind.TABLE, HEAD + "| Item 2 | 3 |\n" * 40))][-1] is None


def test_the_words_of_a_row_move_with_it():
    text = HEAD + "\n".join(f"| Item {number} | 7 |" for number in range(2, 40))
    words = [WordBox(2, 6, 0, 0, 0, 1, 1), *(WordBox(m.start(), m.end(), 9, 0, 0, 1, 1) for m in re.finditer(r"Item \d+", text))]
    page = group_tables(Page(1, (Block(BlockKind.TABLE, text, words=tuple(words)),)), LIMITS.room, count_tokens)
    shown = [block.text[word.start : word.end] for block in page.blocks for word in block.words]
    assert shown == ["Name", *(f"Item {number}" for number in range(2, 40))]


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", 24),
        ("a | b\n:--|--:\n1 | 2", 14),
        ("| a |\n| b |\n| c |", 0),
        ("| a |\n| --- |", 13),
        ("| a |", 0),
        ("", 0),
    ],
)
def test_a_header_is_what_stands_over_a_line_of_dashes(text, head):
    assert head_length(Block(BlockKind.TABLE, text)) == head


@pytest.mark.parametrize(
    ("span", "rows"), [((0, 99), (5, 7)), ((32, 33), (5, 5)), ((0, 40), (5, 5)), ((43, 45), (6, 6)), ((43, 54), (6, 6)), ((44, 60), (6, 7))]
)
def test_rows_are_counted_by_lines(span, rows):
    block = Block(BlockKind.TABLE, HEAD + "| Item 1 |\n| Item 2 |\n| Item 3 |", rows=(5, 7))
    assert rows_between(block, *span) == rows


@settings(max_examples=100, deadline=None)
@given(tables, st.booleans(), st.integers(min_value=30, max_value=120))
def test_any_table_is_covered_once_its_repeated_header_aside(rows, has_header, target):
    blocks = table_blocks(rows, has_header=has_header)
    limits = SplitLimits(window=target + 40, target=target)
    page = group_tables(Page(1, tuple(blocks)), limits.room, count_tokens)
    drafts = Splitter("", count_tokens, limits).add(Page(1, tuple(blocks)))
    assert "".join("".join(d.text.split()) for d in drafts) == "".join(page.text.split())
    assert "\n".join(b.text[b.repeated :] for b in page.blocks).split() == "\n".join(b.text[b.repeated :] for b in blocks).split()
    assert all(count_tokens([d.embedded_text])[0] <= limits.window for d in drafts)
    assert [d.rows for d in drafts] == sorted(d.rows for d in drafts)


def test_groups_are_of_like_size():
    page = group_tables(Page(1, tuple(table_blocks(ROWS))), Room(80, 4000), count_tokens)
    sizes = [len(block.text) for block in page.blocks]
    assert max(sizes) < 2 * min(sizes)
