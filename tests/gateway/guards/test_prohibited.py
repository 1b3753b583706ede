import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.guards.folding import fold_words
from apps.gateway.guards.prohibited import ProhibitedWords, WordWatch, prohibited_words
from tests.gateway.guards.cutting import cut, cuts

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


def watch(pieces):
    counts = []
    one = WordWatch(WORDS, counts.append)
    passed = [one.feed(piece) for piece in pieces] + [one.flush()]
    return sum(counts), "".join(passed)


@given(
    st.lists(st.sampled_from(["bluebird", "Project", "élan", "blue", "birds", " ", ", ", "\n", "机密", "计划", "word" * 70]), max_size=40).map("".join), cuts()
)
def test_an_answer_in_pieces_is_handed_on_whole_and_counted_as_one(text, places):
    count, passed = watch(cut(text, places))
    assert passed == text
    assert (count > 0) == (WORDS.count(fold_words(text)) > 0)


def test_a_word_is_known_before_it_is_out():
    class FoundError(Exception):
        pass

    def tell(count):
        raise FoundError

    one = WordWatch(WORDS, tell)
    assert [one.feed(piece) for piece in ("See the blue", "bi", "rd")] == ["See the ", "", ""]
    with pytest.raises(FoundError):
        one.feed(" now")


def test_a_piece_in_which_nothing_is_open_is_the_same_object():
    piece = "One line. "
    assert WordWatch(WORDS, print).feed(piece) is piece
