"""Pages that Hypothesis makes up for the splitter, and what its tests say about texts."""

from hypothesis import strategies as st

from apps.documents.ingest.text import clean_text
from apps.documents.ingest.types import Block, BlockKind, Page

SENTENCE = "The quick brown fox jumps over the lazy dog. "
ODD = ["A short one.", SENTENCE, "Dr. Who met e.g. nobody.", "等待。好吗？", "x" * 700, "a\u0301" * 200, "👩‍👩‍👧" * 40, " "]

texts = st.text(max_size=300).map(clean_text)
prose = st.lists(st.sampled_from(ODD), max_size=20).map(" ".join)
blocks = st.builds(
    Block,
    kind=st.sampled_from(list(BlockKind)),
    text=st.one_of(texts, prose),
    level=st.integers(min_value=1, max_value=6),
)
pages = st.builds(Page, number=st.none(), blocks=st.lists(blocks, max_size=8).map(tuple), label=st.sampled_from(["", "Budget", "x" * 300]))


def squeeze(text: str) -> str:
    return "".join(text.split())


def own(draft) -> str:
    """The text of a passage without what the one before shows as well."""
    return draft.text[draft.overlap :]
