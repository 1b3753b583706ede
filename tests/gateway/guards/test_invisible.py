from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.guards.invisible import remove_invisible


def tags(text):
    return "".join(chr(0xE0000 + ord(letter)) for letter in text)


KEPT = [
    "plain text\twith\r\nlines\x0b\x0c\x85",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f\u200d🔥",
    "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "✈\ufe0e",
    "می\u200cخواهم",
    "क्\u200dष",
    "🏴" + tags("gbeng") + "\U000e007f",
    "Ünïcödé — “quotes”…",
    "👨🏽\u200d💻",
    "\u1820\u180b",
]
REMOVED = [
    ("a\u200bb\u200cc\u200dd", "abcd", {"zero_width": 3}),
    ("hi" + tags("evil"), "hi", {"tag": 4}),
    ("\u202egnp.exe\u202c", "gnp.exe", {"bidirectional": 2}),
    ("soft\u00adhyphen", "softhyphen", {"soft_hyphen": 1}),
    ("a\x00b\x1bc\x7fd\x9fe", "abcde", {"control": 4}),
    ("\ud800x\ufffe", "x", {"control": 2}),
    ("a\ufe0f\U000e0101b", "ab", {"variation": 2}),
    ("\ufeffstart", "start", {"zero_width": 1}),
    ("م\u200d\u200dی", "می", {"zero_width": 2}),
    ("👩\u200d", "👩", {"zero_width": 1}),
    ("❤\ufe0f\ufe0f", "❤\ufe0f", {"variation": 1}),
    ("🏴" + tags("usca") + "\U000e007f", "🏴", {"tag": 5}),
    ("\u3164\u115f", "", {"zero_width": 2}),
    ("a\u2063b\u206a", "ab", {"zero_width": 2}),
]


@pytest.mark.parametrize("text", KEPT)
def test_it_keeps_what_scripts_and_emoji_need(text):
    assert remove_invisible(text).text == text
    assert not remove_invisible(text).removed


@pytest.mark.parametrize(("text", "left", "counts"), REMOVED)
def test_it_removes_and_counts_the_rest(text, left, counts):
    cleaned = remove_invisible(text)
    assert cleaned.text == left
    assert cleaned.removed == Counter(counts)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_what_was_cleaned_can_be_encoded_and_is_hardly_cleaned_again(text):
    cleaned = remove_invisible(text).text
    cleaned.encode()
    assert len(remove_invisible(cleaned).text) <= len(cleaned)
