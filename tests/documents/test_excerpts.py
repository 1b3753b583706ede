"""What a result shows of its passage."""

import pytest

from apps.documents.analysis.terms import ANALYSERS
from apps.documents.excerpts import EXCERPT_CHARS, find_marks, make_excerpt

ANALYSER = ANALYSERS[max(ANALYSERS)]
FILLER = "Nothing of interest stands here, and it goes on for quite a while. "


def terms_of(*words, language="en"):
    return frozenset(one.term for word in words for one in ANALYSER.place(word, language))


def excerpt(text, *words, blocks=(), language="en"):
    return make_excerpt(text, blocks, find_marks(text, language, terms_of(*words, language=language), ANALYSER))


def marked(segments):
    return [text for text, is_marked in segments if is_marked]


def whole(segments):
    return "".join(text for text, _ in segments)


def test_words_are_marked_in_every_form_they_have():
    segments = excerpt("The bindings were bound; a binder binds.", "binding")
    assert marked(segments) == ["bindings", "binds"]
    assert whole(segments) == "The bindings were bound; a binder binds."


def test_a_name_of_parts_is_one_mark():
    assert marked(excerpt("See CVE-2026-1234 for it.", "CVE-2026-1234")) == ["CVE-2026-1234"]


def test_scripts_without_spaces_are_marked_where_the_word_stands():
    assert "".join(marked(excerpt("租户须提前四个月通知。", "四个月", language="zh"))) == "四个月"


def test_a_long_passage_shows_where_most_of_the_words_stand():
    text = FILLER * 10 + "One lease is here. " + FILLER * 10 + "The lease ends after a notice of four months. " + FILLER * 10
    segments = excerpt(text, "lease", "notice", "months")
    shown = whole(segments)
    assert {"lease", "notice", "months"} <= set(marked(segments))
    assert shown.startswith("… The lease ends")
    assert shown.endswith(" …")
    assert len(shown) < EXCERPT_CHARS + 10


def test_without_a_word_of_the_question_it_shows_the_beginning():
    shown = whole(excerpt(FILLER * 20, "xylophone"))
    assert shown.startswith("Nothing of interest")
    assert shown.endswith("…")


@pytest.mark.parametrize("text", ["a" * 2000 + " lease " + "b" * 2000, "字" * 900 + "lease" + "字" * 900, "lease" + "\n" * 3000])
def test_a_text_without_spaces_or_sentences_is_cut_all_the_same(text):
    segments = excerpt(text, "lease")
    assert len(whole(segments)) <= EXCERPT_CHARS + 10


def test_lines_and_blocks_are_parted_by_a_space():
    assert whole(excerpt("First line\nsecond line\n\nthird", "second")) == "First line second line third"
