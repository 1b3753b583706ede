import pytest

from apps.gateway.guards.folding import fold_words
from apps.gateway.guards.prohibited import ProhibitedWords, prohibited_words

WORDS = ProhibitedWords(["Bluebird", "project élan", "Straße", "机密计划", "x", "  ", "ab cd"])


@pytest.mark.parametrize(
    "text",
    [
        "about bluebird.", "BLUEBIRD!", "blúebìrd",
        "b\u0301luebird", "ｂｌｕｅｂｉｒｄ", "b l u e b i r d", "b.l.u.e.b.i.r.d", "b-l_u*e b i r d", "bluеbird", "Project Elan",
        "project-élan", "project\n élan", "projеct elan", "STRASSE", "这是机密计划。", "机密 计划", "x", "AB  CD", "a — bluebird — b", "say “bluebird”",
    ]
)  # fmt: skip
def test_it_finds_a_word_in_any_dress(text):
    assert WORDS.count(fold_words(text)) == 1


@pytest.mark.parametrize("text", ["bluebirds", "mybluebird", "project", "elan project", "blue bird", "the box", "abcd", "a b c", "机密", "", "projectelan"])
def test_it_finds_whole_words_only(text):
    assert WORDS.count(fold_words(text)) == 0


def test_it_counts_each_place():
    assert WORDS.count(fold_words("Bluebird, bluebird and project elan")) == 3


def test_an_empty_list_finds_nothing():
    assert ProhibitedWords([]).count("anything") == 0
    assert ProhibitedWords(["", "!"]).count("anything!") == 0


def test_the_same_list_is_read_once():
    assert prohibited_words(("a", "b")) is prohibited_words(("a", "b"))
