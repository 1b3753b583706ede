import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.documents.ingest.layout import PageLayout
from apps.documents.ingest.split import SplitLimits, Splitter, split_document
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, WordBox, join_embedded
from tests.documents.ingest.pages import SENTENCE, own, pages, squeeze, texts
from tests.documents.ingest.tokens import count_tokens

LIMITS = SplitLimits(window=96, target=40)
parsed = st.builds(Parsed, title=texts, pages=st.lists(pages, max_size=3))


def split(*page_blocks: Block, title: str = "", limits: SplitLimits = LIMITS, number: int | None = None):
    return split_document(Parsed(title, [Page(number, tuple(page_blocks))]), count_tokens, limits)


@settings(max_examples=120, deadline=None)
@given(parsed)
def test_passages_cover_every_letter_once_and_in_order(document):
    drafts = split_document(document, count_tokens, LIMITS)
    whole = "".join(page.text for page in document.pages)
    assert squeeze("".join(own(draft) for draft in drafts)) == squeeze(whole)


@settings(max_examples=80, deadline=None)
@given(pages)
def test_a_passage_is_the_page_between_its_ends_and_repeats_only_the_end_of_the_one_before(page):
    drafts = split_document(Parsed("A title", [page]), count_tokens, LIMITS)
    ends = [0] + [draft.end for draft in drafts]
    assert all(draft.text == page.text[draft.start : draft.end] for draft in drafts)
    assert all(draft.start + draft.overlap >= end for draft, end in zip(drafts, ends, strict=False))
    assert all(before.text.endswith(draft.text[: draft.overlap].rstrip()) for before, draft in itertools.pairwise(drafts))
    assert all(draft.start > before.start for before, draft in itertools.pairwise(drafts))


@settings(max_examples=80, deadline=None)
@given(pages)
def test_block_spans_cover_a_passage_s_letters_once(page):
    drafts = split_document(Parsed("", [page]), count_tokens, LIMITS)
    covered = ["".join(d.text[b.start : b.end] for b in d.blocks) for d in drafts]
    assert [squeeze(text) for text in covered] == [squeeze(d.text) for d in drafts]


@settings(max_examples=60, deadline=None)
@given(parsed)
def test_pages_split_as_they_come_make_the_same_as_all_at_once(document):
    splitter = Splitter(document.title, count_tokens, LIMITS)
    streamed = [draft for page in document.pages for draft in splitter.add(page)]
    assert streamed == split_document(document, count_tokens, LIMITS)


@settings(max_examples=60, deadline=None)
@given(parsed)
def test_a_stored_passage_says_again_what_was_counted(document):
    counted = set()

    def count(asked):
        counted.update(asked)
        return count_tokens(asked)

    drafts = split_document(document, count, LIMITS)
    assert {join_embedded(draft.prefix, draft.text, draft.body_start) for draft in drafts} <= counted


def test_headings_stay_open_over_pages():
    splitter = Splitter("", count_tokens, LIMITS)
    splitter.add(Page(1, (Block(BlockKind.HEADING, "One", 1), Block(BlockKind.PARAGRAPH, "First."))))
    (draft,) = splitter.add(Page(2, (Block(BlockKind.PARAGRAPH, "Second."),)))
    assert (draft.heading_path, draft.embedded_text) == (("One",), "One\nSecond.")


def test_the_name_of_a_sheet_is_embedded_with_its_passages():
    (draft,) = Splitter("Plan", count_tokens, LIMITS).add(Page(2, (Block(BlockKind.PARAGRAPH, "Words."),), label="Budget"))
    assert (draft.label, draft.heading_path, draft.embedded_text) == ("Budget", (), "Plan \u203a Budget\nWords.")


def test_sentences_stay_whole_where_they_fit():
    drafts = split(Block(BlockKind.PARAGRAPH, SENTENCE * 12))
    assert len(drafts) > 2
    assert all(draft.text.endswith(".") for draft in drafts)


def test_parts_of_a_long_section_are_of_like_size():
    drafts = split(Block(BlockKind.PARAGRAPH, SENTENCE * 13))
    sizes = [len(draft.text) for draft in drafts]
    assert max(sizes) <= 2 * min(sizes)


def test_a_new_section_begins_a_new_passage_and_knows_its_headings():
    drafts = split(
        Block(BlockKind.HEADING, "One", 1),
        Block(BlockKind.PARAGRAPH, SENTENCE * 3),
        Block(BlockKind.HEADING, "Deeper", 2),
        Block(BlockKind.PARAGRAPH, SENTENCE * 3),
        Block(BlockKind.HEADING, "Two", 1),
        Block(BlockKind.PARAGRAPH, SENTENCE * 3),
    )
    assert [draft.heading_path for draft in drafts] == [("One",), ("One", "Deeper"), ("Two",)]


def test_headings_are_embedded_once():
    (draft,) = split(Block(BlockKind.HEADING, "Tools", 1), Block(BlockKind.PARAGRAPH, "An awl."), title="Book")
    assert draft.embedded_text == "Book › Tools\nAn awl."
    assert draft.text == "Tools\n\nAn awl."


def test_a_heading_without_text_is_a_passage_of_its_own_words():
    (draft,) = split(Block(BlockKind.HEADING, "Only a heading", 1))
    assert draft.embedded_text == "Only a heading"


def test_a_heading_is_not_parted_from_what_it_stands_over():
    for words in range(20, 34):
        drafts = split(Block(BlockKind.HEADING, "Costs", 1), Block(BlockKind.PARAGRAPH, "word " * words + ". " + SENTENCE * 2))
        assert drafts[0].text != "Costs"


def test_small_sisters_join_under_their_parent():
    (draft,) = split(
        Block(BlockKind.HEADING, "Book", 1),
        Block(BlockKind.HEADING, "A", 2),
        Block(BlockKind.PARAGRAPH, "First."),
        Block(BlockKind.HEADING, "B", 2),
        Block(BlockKind.PARAGRAPH, "Second."),
    )
    assert draft.heading_path == ("Book",)
    assert "A\n\nFirst." in draft.embedded_text


def test_small_sections_of_different_chapters_stay_apart():
    drafts = split(
        Block(BlockKind.HEADING, "One", 1),
        Block(BlockKind.HEADING, "A", 2),
        Block(BlockKind.PARAGRAPH, "First."),
        Block(BlockKind.HEADING, "Two", 1),
        Block(BlockKind.PARAGRAPH, "Second."),
    )
    assert [draft.heading_path for draft in drafts] == [("One", "A"), ("Two",)]


def test_a_heading_path_that_is_too_long_loses_its_outermost_names():
    long = "word " * 30
    drafts = split(
        Block(BlockKind.HEADING, "Outer " + long, 1),
        Block(BlockKind.HEADING, "Inner " + long, 2),
        Block(BlockKind.PARAGRAPH, SENTENCE),
        limits=SplitLimits(256),
    )
    assert drafts[0].embedded_text.startswith("Inner")
    assert drafts[0].heading_path[0].startswith("Outer")


def test_a_heading_longer_than_the_whole_path_s_room_is_embedded_as_text():
    text = "word " * 190
    drafts = split(Block(BlockKind.HEADING, text, 1), Block(BlockKind.PARAGRAPH, "End."), limits=SplitLimits(256))
    assert text.strip() in drafts[0].embedded_text
    assert len(drafts[0].heading_path[0]) == 200


def test_code_is_cut_between_lines():
    lines = "\n".join(f"value_{number} = compute({number})" for number in range(40))
    drafts = split(Block(BlockKind.CODE, lines))
    assert all(draft.text.startswith("value_") and draft.text.endswith(")") for draft in drafts)


def test_boxes_are_one_a_line_and_only_those_of_the_passage():
    words = (WordBox(0, 2, 0, 10, 90, 20, 100), WordBox(3, 5, 0, 25, 90, 40, 101), WordBox(6, 8, 1, 10, 70, 20, 80))
    (draft,) = split(Block(BlockKind.PARAGRAPH, "Ab cd ef", 0, words), number=3)
    assert draft.page == 3
    assert draft.boxes == ((10, 90, 40, 101), (10, 70, 20, 80))


def test_one_word_without_end_is_cut_between_letters_and_their_marks():
    drafts = split(Block(BlockKind.PARAGRAPH, "a\u0301" * 3000), limits=SplitLimits(256))
    assert len(drafts) > 1
    assert all(draft.text.startswith("a") for draft in drafts)


def test_boxes_of_a_long_block_are_found_for_each_of_its_passages():
    text = "abcde fghij. " * 200
    words = tuple(WordBox(at, at + 5, at // 65, 0, 0, 1, 1) for at in range(0, len(text), 13))
    layout = PageLayout(Page(1, (Block(BlockKind.PARAGRAPH, text, 0, words),)))
    (part,) = layout.between(130, 262)
    assert [word.start for word in layout.words(part)] == list(range(130, 262, 13))
    (part,) = layout.between(133, 140)
    assert [word.start for word in layout.words(part)] == [130]
