"""How many passages hold a word is told by what the reader sees of them, whichever way it is counted."""

import pytest

from apps.documents.search import candidates, legs
from apps.documents.search.candidates import count_holding
from apps.documents.search.legs import look_up_words
from apps.documents.search.library import get_library
from apps.documents.search.question import plain_question
from apps.documents.search.scope import make_scope
from apps.documents.search.types import Filters, Request
from tests.documents.conftest import MODEL
from tests.leaks.scene import VOLUME_EVERY, VOLUME_PASSAGES, Scene, canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return Scene(5, 4 * VOLUME_EVERY).build()


@pytest.fixture
def counts(scene):
    """Of each volume's word, by reader: how many passages hold it, and how many should."""

    def count(*, is_little):
        told = []
        for name, reader in scene.readers.items():
            library, scope = get_library(reader), make_scope(reader, Filters())
            for number in range(0, 4 * VOLUME_EVERY, VOLUME_EVERY):
                terms = look_up_words(reader, Request(plain_question(canary(number))), MODEL).words.terms
                found = count_holding(scope, library.analyser.version, terms, is_little=is_little)
                told.append((sum(found.values()), VOLUME_PASSAGES * scene.sees(name, number)))
        return told

    return count


@pytest.mark.parametrize("is_little", [False, True])
def test_a_common_word_is_counted_among_what_is_seen(counts, is_little):
    told = counts(is_little=is_little)
    assert [found for found, _ in told] == [wanted for _, wanted in told]
    assert {wanted for _, wanted in told} == {0, VOLUME_PASSAGES}


def test_of_a_word_that_is_everywhere_the_first_tell_which_part_is_seen(scene):
    for reader in scene.readers.values():
        terms = look_up_words(reader, Request(plain_question("nothing")), MODEL).words.terms
        scope, version = make_scope(reader, Filters()), get_library(reader).analyser.version
        exact, estimated = (sum(count_holding(scope, version, terms, is_little=is_little).values()) for is_little in (True, False))
        assert exact
        assert candidates._SAMPLE <= estimated <= 4 * VOLUME_PASSAGES + 4 * VOLUME_EVERY


def test_who_sees_little_of_a_large_library_has_each_of_its_passages_asked(scene, monkeypatch):
    reader = next(iter(scene.readers.values()))
    monkeypatch.setattr(legs, "_LITTLE_MAX", 400)
    ways = []
    monkeypatch.setattr(candidates, "count_holding", lambda scope, analyser, terms, *, is_little: ways.append(is_little) or {})
    for filters in (Filters(), Filters(document_ids=frozenset((scene.documents[1].pk,)))):
        look_up_words(reader, Request(plain_question("nothing else", filters)), MODEL)
    assert ways == [False, True]
