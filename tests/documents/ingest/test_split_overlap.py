"""The end of a passage said again at the head of the next: only sentences, only inside a section."""

import itertools

import pytest

from apps.documents.ingest.split import SplitLimits, Splitter
from apps.documents.ingest.types import Block, BlockKind, Page
from tests.documents.ingest.pages import SENTENCE
from tests.documents.ingest.tokens import count_tokens

LIMITS = SplitLimits(window=120, target=60, overlap=15)
SENTENCES = SENTENCE * 12
LINES = "\n".join(f"value_{number} = compute({number})" for number in range(40))


def split(*blocks, limits=LIMITS, title=""):
    return Splitter(title, count_tokens, limits).add(Page(1, blocks))


def paragraph(text=SENTENCES):
    return Block(BlockKind.PARAGRAPH, text)


def test_a_passage_begins_with_the_last_sentence_of_the_one_before():
    first, second, *_rest = split(paragraph())
    assert first.overlap == 0
    assert second.text[: second.overlap] == SENTENCE
    assert second.start < first.end


def test_a_long_item_of_a_list_is_in_touch_with_its_rest():
    _first, second, *_rest = split(Block(BlockKind.LIST_ITEM, SENTENCES, 1))
    assert second.text[: second.overlap] == SENTENCE


def test_without_tokens_for_it_nothing_is_said_twice():
    drafts = split(paragraph(), limits=SplitLimits(window=120, target=60, overlap=0))
    assert [draft.overlap for draft in drafts] == [0] * len(drafts)


def test_a_sentence_too_long_is_not_said_again():
    drafts = split(paragraph(SENTENCES), limits=SplitLimits(window=120, target=60, overlap=8))
    assert not any(draft.overlap for draft in drafts)


def test_parts_of_a_sentence_are_not_said_again():
    drafts = split(paragraph("word " * 400))
    assert len(drafts) > 3
    assert not any(draft.overlap for draft in drafts)


@pytest.mark.parametrize(
    "blocks",
    [
        (Block(BlockKind.HEADING, "One", 1), paragraph(SENTENCE * 4), Block(BlockKind.HEADING, "Two", 1), paragraph(SENTENCE * 4)),
        (Block(BlockKind.CODE, LINES),),
        tuple(paragraph(SENTENCE * 2) for _ in range(4)),
        tuple(Block(BlockKind.LIST_ITEM, f"Item {number} says a few words.", 1) for number in range(20)),
        (paragraph(SENTENCE * 4), Block(BlockKind.CODE, LINES)),
        (Block(BlockKind.CODE, LINES), paragraph(SENTENCE * 4)),
        (Block(BlockKind.TABLE, LINES), paragraph(SENTENCE * 4)),
        (paragraph(SENTENCE * 4), Block(BlockKind.TABLE, LINES)),
    ],
    ids=["heading", "code", "paragraph", "item", "before code", "after code", "after a table", "before a table"],
)
def test_nothing_is_said_again_over_a_border(blocks):
    drafts = split(*blocks)
    assert len(drafts) > 1
    assert not any(draft.overlap for draft in drafts)


def test_nothing_is_said_again_over_pages():
    splitter = Splitter("", count_tokens, LIMITS)
    drafts = [splitter.add(Page(number, (paragraph(SENTENCE * 4),))) for number in (1, 2)]
    assert [draft.overlap for page in drafts for draft in page] == [0, 0]


def test_what_would_not_fit_is_left_out():
    limits = SplitLimits(window=66, target=60, overlap=40)
    drafts = split(paragraph(), limits=limits, title="A title of some length")
    assert len(drafts) > 2
    assert all(count_tokens([draft.embedded_text])[0] <= limits.window for draft in drafts)


def test_no_passage_says_all_of_the_one_before_again():
    drafts = split(paragraph("Short one here. " * 60), limits=SplitLimits(window=200, target=20, overlap=100))
    assert all(later.start > earlier.start for earlier, later in itertools.pairwise(drafts))
