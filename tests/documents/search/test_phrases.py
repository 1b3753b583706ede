"""Exact words as a pattern, and by which of them they are looked for."""

import pytest

from apps.documents.analysis.terms import analyse, current_analyser
from apps.documents.search.phrases import any_pattern, phrase_pattern, told_words


def told(phrase, *languages):
    return told_words(phrase, current_analyser(), languages)


def terms(word, language=""):
    return set(analyse(word, language).counts)


def test_signs_alone_are_looked_for_as_they_are():
    assert phrase_pattern("?!") == r"\?!"


def test_many_phrases_are_one_pattern_of_each_by_itself():
    assert any_pattern(["劳动", "?!"]) == r"(?:劳动)|(?:\?!)"


@pytest.mark.parametrize(
    ("phrase", "languages", "words"),
    [
        ("waxed linen", ["en"], [{"waxed", "wax"}, {"linen"}]),
        # A stop word of any language that a passage may be in tells nothing: there it has no term.
        ("to be", ["en"], []),
        ("die hard", ["de", "en"], [{"hard"}]),
        ("die hard", ["en"], [{"die"}, {"hard"}]),
        # A name may stand in a longer one, so its parts tell.
        ("CVE-2026", [], [{"cve"}, {"2026"}]),
        ("getUserName", [], [{"get", "user", "name", "getusername"}]),
        # Each pair of signs tells; a single one is a term only where it stands alone, and the ends of a Thai run may be cut otherwise.
        ("劳动合同", ["zh"], [{"劳动"}, {"动合"}, {"合同"}]),
        ("第3章", ["zh"], [{"3"}]),
        ("กขคง", ["th"], [{"ขค"}]),
    ],
)
def test_whoever_holds_a_phrase_holds_a_term_of_each_of_these_words(phrase, languages, words):
    assert [set(word) for word in told(phrase, *languages)] == [set().union(*map(terms, forms)) for forms in words]


def test_the_first_words_of_a_long_phrase_are_enough():
    assert len(told(" ".join(f"word{number}" for number in range(99)), "en")) == 16
