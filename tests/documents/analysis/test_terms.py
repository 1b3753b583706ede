import hashlib
import json
from uuid import UUID

import pytest

from apps.documents.analysis.stemming import STEMMERS, stem, stopwords
from apps.documents.analysis.terms import ANALYSERS, DIMENSIONS, analyse, current_analyser, in_workspace, place_terms
from apps.documents.analysis.tokens import find_runs

SAMPLE = {
    "en": "The bookbinders' threads weren't waxed: CVE-2026-1234 is in config_file.py v1.2.3, e-mail alice@example.org, 1,000 times.",
    "de": "Die Wärmedämmung der Fassaden wird nach DIN 4108-2 geprüft; Fußböden auch.",
    "fr": "L'été, les relieurs n'utilisaient qu'une colle d'amidon.",
    "ar": "الشروط العامة للعقد في المملكة",
    "zh": "机器学习的合同条款",
    "hi": "अनुबंध की शर्तें लागू होती हैं",
    "tr": "İstanbul'daki sözleşmelerin süresi",
    "": "Words As They Are",
}


def terms(text, language="en"):
    return [one.term for _start, run in find_runs(text) for one in place_terms(run, language)]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "running", "runs"),
        ("de", "Wärmedämmung", "warmedammungen"),
        ("fr", "l'amidon", "amidon"),
        ("it", "dell'anno", "anno"),
        ("es", "contratos", "contrato"),
        ("ru", "договоры", "договор"),
        ("ar", "العقد", "عقد"),
        ("hi", "शर्तें", "शर्त"),
        ("sv", "böckerna", "bockerna"),
        ("en", "O'Brien's", "obrien"),
        ("en", "ＣＯＮＴＲＡＣＴ", "contracts"),
    ],
)
def test_forms_of_a_word_are_one_term(language, one, other):
    assert terms(one, language) == terms(other, language) != []


def test_stop_words_are_no_terms():
    assert terms("what is the of and don't it's", "en") == []
    assert terms("der die das und welche", "de") == []
    assert terms("ما هو في من", "ar") == []
    # They are those of the language that is spoken.
    assert len(terms("die", "en")) == 1


def test_tones_are_letters():
    assert terms("má", "vi") != terms("ma", "vi")


def test_a_name_counts_by_its_parts():
    analysed = analyse("CVE-2026-1234", "en")
    assert (len(analysed.counts), analysed.length) == (4, 3)


def test_a_text_is_analysed_as_its_runs_are():
    for language, text in SAMPLE.items():
        counts = analyse(text, language).counts
        assert sorted(counts) == sorted(set(terms(text, language)))
        assert all(1 <= term <= DIMENSIONS for term in counts)


def test_every_language_with_a_stemmer_stems():
    assert all(isinstance(stem("abcdefgh", language), str) for language in STEMMERS)
    assert stem("xyz", "no such language") == "xyz"


def test_words_of_no_list_are_all_kept():
    assert stopwords("") == stopwords("../../etc/passwd") == stopwords("ja") == frozenset()


def test_terms_of_two_workspaces_are_apart_in_the_index():
    one, other = UUID(int=1), UUID(int=2)
    assert in_workspace([5, 9], one) == [4, 8]
    assert in_workspace(in_workspace([5, 9], other), other) == [5, 9]
    assert max(in_workspace([DIMENSIONS], UUID(int=2**128 - 1))) < 2**31


def test_the_terms_are_what_the_version_of_the_analyser_says():
    """Whatever makes other terms (a rule, a stop word, a new Snowball) needs a new analyser beside this one: what is indexed has these."""
    made = {language: sorted(analyse(text, language).counts.items()) for language, text in SAMPLE.items()}
    digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]
    assert (current_analyser().version, digest) == (1, "0abb57fb5dd513e2")
    assert set(ANALYSERS) == {1}
