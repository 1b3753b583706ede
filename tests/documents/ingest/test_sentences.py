import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.ingest.sentences import sentence_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("Dr. Who came. He left.", ["Dr. Who came. ", "He left."]),
        ("See e.g. the index. Done.", ["See e.g. the index. ", "Done."]),
        ("By J. Smith. All rights.", ["By J. Smith. ", "All rights."]),
        ("He said “stop.” Then he left.", ["He said “stop.” ", "Then he left."]),
        ("It costs 3.50 now. Fine.", ["It costs 3.50 now. ", "Fine."]),
        ("Wait... and go. End.", ["Wait... and go. ", "End."]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("No stop at all", ["No stop at all"]),
        ("", []),
    ],
)
def test_it_cuts_where_a_reader_would(text, expected):
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


@given(st.text())
def test_spans_cover_the_text_without_gap_or_overlap(text):
    assert "".join(text[start:end] for start, end in sentence_spans(text)) == text
