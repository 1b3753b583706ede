"""How tags are written, and which are none."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import Invalid
from apps.documents.tags import clean_tags, split_tags, tidy_tag


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([" Contract "], ["contract"]),
        (["Rental   agreement\n2026"], ["rental agreement 2026"]),
        # Full-width letters and a ligature are the letters they stand for.
        (["\uff26\uff49\uff4e\uff41\uff4e\uff43\uff45", "o\ufb03ce"], ["finance", "office"]),
        # A letter and its accent apart, and as one.
        (["Cafe\u0301", "caf\u00e9"], ["caf\u00e9"]),
        (["b", "a", "B", " a "], ["b", "a"]),
        (["", "  ", "a", "\u200d"], ["a"]),
        (["a \u200d", "\u200d b \u200c \u200d c\u200d"], ["a", "b c"]),
        (["c++", "q&a", "2026/03"], ["c++", "q&a", "2026/03"]),
        # A joiner is spelling in Persian.
        (["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"], ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]),
        ([], []),
    ],
)
def test_tags_are_kept_in_order_and_written_in_one_way(given, kept):
    assert clean_tags(given) == kept


def test_what_is_tidied_twice_is_as_it_was_after_once():
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    once = [tidy_tag(f"a{sign}B") for sign in signs]
    assert [sign for sign, tag in zip(signs, once, strict=True) if tidy_tag(tag) != tag] == []


@given(st.text("aB\u00c5\u03a3 \t\u200c\u200d\u3000\u0301", max_size=12))
def test_so_it_is_of_several_signs(text):
    once = tidy_tag(text)
    assert tidy_tag(once) == once == once.strip()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["a" * 51], "at most 50 characters, and tag 1 has 51"),
        (["a", "\ufdfa" * 4], "at most 50 characters, and tag 2 has 72"),
        ([f"tag {number}" for number in range(21)], "at most 20 tags"),
        (["a", "le\x00ase"], "Tag 2 holds a character that cannot be shown"),
        (["le\x1base"], "cannot be shown"),
        (["le\x7fase"], "cannot be shown"),
        (["\u202eesael"], "cannot be shown"),
        (["le\u200base"], "cannot be shown"),
        (["le\ud800ase"], "cannot be shown"),
        (["a, b"], "Tag 1 holds a comma"),
        (["a\uff0cb"], "holds a comma"),
    ],
)
def test_what_is_no_tag_is_refused_in_words_without_repeating_it(given, words):
    with pytest.raises(Invalid, match=words) as refused:
        clean_tags(given)
    assert "ase" not in refused.value.detail


def test_as_many_and_as_long_as_may_be_are_kept():
    most = [f"{number:02}".ljust(50, "x") for number in range(20)]
    assert clean_tags([*most, most[0].upper()]) == most


@pytest.mark.parametrize(
    ("text", "kept"), [("Lease, 2026 ,,lease", ["lease", "2026"]), ("\u6cd5\u52a1\uff0c\u5408\u540c", ["\u6cd5\u52a1", "\u5408\u540c"]), ("", [])]
)
def test_a_field_of_text_holds_tags_with_commas_between(text, kept):
    assert clean_tags(split_tags(text)) == kept
