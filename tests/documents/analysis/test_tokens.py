import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.analysis.tokens import find_runs, normalize, pieces_of, split_runs


def words(text):
    return [piece.text for _start, run in find_runs(text) for piece in pieces_of(run)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick, brown fox.", ["the", "quick", "brown", "fox"]),
        ("CVE-2026-1234", ["cve20261234", "cve", "2026", "1234"]),
        ("snake_case", ["snakecase", "snake", "case"]),
        ("v1.2.3", ["v1.2.3", "v1", "2", "3"]),
        ("getUserName HTTPServer", ["getusername", "get", "user", "name", "httpserver", "http", "server"]),
        ("COVID-19 covid19", ["covid19", "covid", "19", "covid19"]),
        ("1,000,000 and 3.14", ["1000000", "1", "000", "000", "and", "3.14", "3", "14"]),
        ("C++ C# F", ["c++", "c", "c#", "c", "f"]),
        ("alice@example.org", ["alice@example.org", "alice", "example", "org"]),
        ("mRNA NATO Word", ["mrna", "nato", "word"]),
        ("don’t O'Brien l'été", ["don't", "o'brien", "l'été"]),
        ("and/or either/or", ["and", "or", "either", "or"]),
        ("ﬁnance Straße ＡＢＣ", ["finance", "strasse", "abc"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("soft\u00adhyphen zero\u200dwidth", ["softhyphen", "zerowidth"]),
        ("naïve cafe\u0301", ["naïve", "café"]),
    ],
)
def test_words_names_and_numbers_are_found(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("机器学习", ["机器", "器学", "学习"]),
        ("水", ["水"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("한국어를 배우다", ["한국", "국어", "어를", "배우", "우다"]),
        ("GPU是什么", ["gpu", "是什", "什么"]),
        # Not a vowel by itself, nor a tone.
        ("ภาษาไทย", ["ภาษา", "ษาไท", "ไทย"]),
    ],
)
def test_scripts_without_spaces_are_cut_into_pairs(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize("text", ["हिन्दी में लिखा", "தமிழ் மொழி", "עִבְרִית", "المَدرسة", "ελληνικά", "русский язык", "Việt Nam", "ქართული"])
def test_words_of_other_scripts_stay_whole(text):
    assert split_runs(text) == text.split()


def test_vowel_marks_that_are_left_out_in_writing_do_not_count():
    assert words("المَدرسة") == words("المدرسة")
    assert words("עִבְרִית") == words("עברית")


@given(st.text(max_size=300))
def test_any_text_has_words_whose_places_are_in_it(text):
    for start, run in find_runs(text):
        assert text[start : start + len(run)] == run
        for piece in pieces_of(run):
            assert 0 <= piece.start < piece.end <= len(run)


@given(st.text(max_size=300))
def test_runs_are_the_same_with_and_without_their_places(text):
    assert [run for _start, run in find_runs(text)] == split_runs(text)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), max_size=40))
def test_case_and_compatibility_forms_do_not_count(word):
    assert normalize(normalize(word)) == normalize(word)


def test_what_is_no_text_costs_no_more_than_a_word():
    assert len(words("a1-" * 5000 + "b")) == 1
    assert words("x" * 9000) == ["x" * 9000]
