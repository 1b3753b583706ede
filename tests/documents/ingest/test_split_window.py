"""Nothing embedded is ever cut: what the tokenizer counts fits its window, whatever it counts; and all takes the text's own time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.documents.ingest.split import SplitLimits, Splitter, split_document
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed
from tests.documents.ingest.pages import SENTENCE, own, pages, squeeze, texts
from tests.documents.ingest.tokens import count_tokens

TITLE = "A rather long title of a document"
COUNTERS = {
    "like a tokenizer": count_tokens,
    "letters": lambda asked: [len(text) for text in asked],
    "bytes": lambda asked: [len(text.encode()) for text in asked],
    # The whole counts far more than its parts.
    "more together": lambda asked: [len(text) + (200 if len(text) > 90 else 0) for text in asked],
    "squares": lambda asked: [len(text) ** 2 // 40 for text in asked],
    "nothing for parts": lambda asked: [0 if len(text) < 150 else len(text) for text in asked],
    "a path is dear": lambda asked: [len(text) + 500 * ("A rather" in text) for text in asked],
    "one for all": lambda asked: [1] * len(asked),
}


@pytest.mark.parametrize("name", COUNTERS)
@settings(max_examples=15, deadline=None)
@given(page=pages, title=st.one_of(texts, st.just(TITLE)), window=st.sampled_from([24, 96, 256]))
def test_what_is_embedded_fits_the_window_whatever_counts(name, page, title, window):
    count = COUNTERS[name]
    drafts = split_document(Parsed(title, [page]), count, SplitLimits(window))
    assert all(counted <= window for counted in count([draft.embedded_text for draft in drafts]))
    assert all(draft.text.strip() and draft.body_start >= 0 for draft in drafts)
    assert squeeze("".join(own(draft) for draft in drafts)) == squeeze(page.text)


def test_a_text_that_is_one_token_is_still_cut_by_its_length():
    drafts = split_document(Parsed("", [Page(None, (Block(BlockKind.PARAGRAPH, "z" * 20_000),))]), COUNTERS["one for all"], SplitLimits(256))
    assert max(len(draft.text) for draft in drafts) <= 4000


@pytest.mark.parametrize("kind", [BlockKind.CODE, BlockKind.PARAGRAPH, BlockKind.TABLE])
def test_white_space_without_end_is_no_passage(kind):
    block = Block(kind, "a" + " " * 30_000 + "b")
    drafts = split_document(Parsed("", [Page(None, (block,))]), count_tokens, SplitLimits(256))
    assert [draft.text for draft in drafts] == ["a", "b"]
    assert min(draft.body_start for draft in drafts) == 0


def test_it_ends_even_with_a_tokenizer_that_nothing_pleases():
    drafts = split_document(Parsed("Title", [Page(None, (Block(BlockKind.PARAGRAPH, "abc"),))]), lambda asked: [999 for _ in asked], SplitLimits(96))
    assert "".join(draft.text for draft in drafts) == "abc"
    assert {draft.prefix for draft in drafts} == {""}


@pytest.mark.parametrize("shape", ["prose", "headings", "one word", "table", "lines"])
def test_ten_times_the_text_is_ten_times_the_work(shape):
    small, large = (work_for(shape, size) for size in (30, 300))
    assert large <= 12 * small


def work_for(shape, size):
    """Return how many letters the tokenizer was given, and how often it was asked, for so much text."""
    asked = 0

    def count(given_texts):
        nonlocal asked
        asked += 20 + sum(len(text) for text in given_texts)
        return count_tokens(given_texts)

    Splitter("Title", count, SplitLimits(256)).add(Page(1, made(shape, size)))
    return asked


def made(shape, size):
    return {
        "prose": tuple(Block(BlockKind.PARAGRAPH, SENTENCE * 7) for _ in range(size)),
        "headings": tuple(Block(BlockKind.HEADING, f"Heading {number}", 1 + number % 3) for number in range(size * 10)),
        "one word": (Block(BlockKind.PARAGRAPH, "x" * 400 * size),),
        "table": tuple(table_blocks([["Name", "Amount"], *([f"Item {number}", "12"] for number in range(size * 10))])),
        "lines": (Block(BlockKind.CODE, "compute(value)\n" * 20 * size),),
    }[shape]
