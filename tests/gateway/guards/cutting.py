"""Any way of cutting a text into pieces."""

from itertools import pairwise

from hypothesis import strategies as st


def cuts():
    return st.lists(st.integers(0, 400), max_size=12)


def cut(text, places):
    ends = sorted({0, len(text), *(place for place in places if place < len(text))})
    return [text[start:end] for start, end in pairwise(ends)] if text else [""]
