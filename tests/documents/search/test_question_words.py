import pytest

from apps.documents.analysis.terms import analyse, current_analyser
from apps.documents.analysis.weights import WEIGHT_MAX, idf
from apps.documents.languages import get_identifier
from apps.documents.search.words import WHOLE, guess_languages, read_words, trust, weigh_words

ENGLISH, GERMAN = {"en": 1000}, {"de": 1000}


def read(text, library=ENGLISH):
    return read_words(text, current_analyser(), get_identifier(), library)


def finds(question, passage, language, library):
    return bool(read(question, library).terms & analyse(passage, language).counts.keys())


@pytest.mark.parametrize(
    ("question", "passage", "language", "library"),
    [
        ("contract terms", "the contracts", "en", ENGLISH),
        ("Kündigungsfristen", "die Kündigungsfrist", "de", GERMAN),
        # Of one word nobody can tell the language: the library's is tried.
        ("Verträge", "der Vertrag", "de", {"en": 500, "de": 500}),
        ("合同", "劳动合同法", "zh", ENGLISH),
        # Of a passage nobody could tell it either.
        ("budgets", "budgets 2024", "", ENGLISH),
    ],
)
def test_a_question_has_the_terms_of_the_passages_that_it_is_about(question, passage, language, library):
    assert finds(question, passage, language, library)


def test_a_word_that_is_a_stop_word_in_another_language_only_is_one_here():
    assert [word.text for word in read("die another day", ENGLISH).words] == ["die", "another", "day"]
    assert [word.text for word in read("die Kündigung der Verträge", GERMAN).words] == ["Kündigung", "Verträge"]
    assert read("what is the", ENGLISH).words == ()


def test_the_library_decides_what_a_short_question_leaves_open():
    told = {"en": 0.3, "de": 0.3, "fr": 0.4}
    assert next(iter(guess_languages(told, ENGLISH))) == "en"
    assert next(iter(guess_languages(told, GERMAN))) == "de"
    assert next(iter(guess_languages(told, {}))) == "fr"
    # What it tells plainly stands.
    assert next(iter(guess_languages({"fr": 0.999, "en": 0.001}, ENGLISH))) == "fr"
    assert sum(guess_languages(told, GERMAN).values()) == pytest.approx(1)


def test_the_forms_of_a_word_are_one_word():
    (word,) = read("budgets").words
    holding = dict.fromkeys(word.terms, 5)
    weighted = weigh_words(read("budgets"), holding, 100)
    assert weighted.most == pytest.approx(WEIGHT_MAX * idf(5 * len(word.terms), 100))
    assert set(weighted.weights.values()) == {idf(5 * len(word.terms), 100)}


def test_a_name_found_whole_adds_a_little_to_its_parts():
    words = read("CVE-2026-1234").words
    assert [(word.text, word.part) for word in words] == [("CVE-2026-1234", WHOLE), ("CVE", 1.0), ("2026", 1.0), ("1234", 1.0)]


def test_of_a_very_long_question_the_rarest_words_are_kept():
    words = read(" ".join(f"word{number}" for number in range(200)))
    rare = words.words[7].terms[0]
    weighted = weigh_words(words, {term: 50 for term in words.terms if term != rare}, 100)
    assert len({word for word in words.words if word.terms[0] in weighted.weights}) == 64
    assert rare in weighted.weights


def test_a_model_is_trusted_in_the_languages_that_it_was_made_for():
    english = frozenset({"en"})
    assert trust({"en": 1.0}, english) == 1
    assert 0.1 < trust({"de": 1.0}, english) < 0.5
    assert trust({"zh": 1.0}, english) < 0.1
    assert trust({"en": 0.5, "zh": 0.5}, english) == pytest.approx(0.525)
    assert trust({"zh": 1.0}, None) == 1
