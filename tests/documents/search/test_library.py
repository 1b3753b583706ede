"""What a workspace's passages tell of all of them is told so coarsely that one document more is not noticed."""

from collections import Counter

import pytest

from apps.documents.models import SearchStatistics, TermChange
from apps.documents.search.legs import look_up_words
from apps.documents.search.library import get_library
from apps.documents.search.question import plain_question
from apps.documents.search.types import Mode, Request
from tests.documents.conftest import MODEL

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(alice_reader, acme):
    """Returns what a search knows of a workspace of so many passages in each language."""

    def known(**languages):
        SearchStatistics.objects.all().delete()
        SearchStatistics.objects.create(workspace=acme, analyser=1, passage_count=sum(languages.values()), languages=languages, mean_length=9)
        return get_library(alice_reader)

    return known


def test_a_document_more_moves_no_score_of_a_small_workspace(alice_reader, bob_reader, make_document):
    for number in range(12):
        make_document(alice_reader, f"The waxed thread of book {number}.", f"{number}.txt")

    def score():
        words = look_up_words(bob_reader, Request(plain_question("waxed thread 7"), mode=Mode.BM25), MODEL)
        return words.found, words.weighted, words.words.languages

    before = score()
    assert before[0]
    make_document(alice_reader, "Der geheime Bericht über die Gehälter des Vorstands und seine Reisen.", "hidden.txt", access="restricted")
    assert set(SearchStatistics.objects.get().languages) > {"de"}
    assert score() == before


@pytest.mark.parametrize(("count", "told"), [(1, 16), (12, 16), (16, 16), (17, 16), (18, 18), (1000, 960), (1023, 960), (1024, 1024)])
def test_few_passages_count_as_sixteen_and_many_by_their_first_digits(library, count, told):
    assert library(en=count).passage_count == told


@pytest.mark.parametrize(
    ("languages", "told"),
    [
        ({"en": 12, "de": 1}, {"en": 8}),
        ({"en": 12, "de": 4}, {"en": 8, "de": 4}),
        ({"en": 15, "de": 7}, {"en": 8, "de": 4}),
        ({"en": 1000, "de": 600, "fr": 3}, {"en": 512, "de": 512}),
        # The first documents tell which language it is at all.
        ({"de": 2, "en": 1}, {"de": 2}),
        ({"de": 1}, {"de": 1}),
        ({}, {}),
    ],
)
def test_languages_are_told_by_powers_of_two_and_rare_ones_not_at_all(library, languages, told):
    assert library(**languages).languages == told


def test_what_was_not_counted_yet_is_told_as_coarsely(alice_reader, library, acme):
    for languages in ({"en": 6}, {"en": 6, "de": 1}, {"fr": 5}, {"fr": -5}):
        note = {"passage_count": sum(languages.values()), "length_sum": 1, "terms": [], "counts": []}
        TermChange.objects.create(workspace=acme, analyser=1, languages=languages, **note)
    assert Counter(library().languages) == {"en": 8}
