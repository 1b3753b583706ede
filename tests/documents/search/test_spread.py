"""The spread of a connected embedding model, from the vectors that are stored."""

import numpy as np
import pytest

from apps.documents.models import Passage, PassageEmbedding
from apps.documents.search import spread as module
from apps.documents.search.fusion import SPREAD
from apps.documents.search.spread import get_spread
from apps.gateway.types import EmbeddingModelInfo

pytestmark = pytest.mark.django_db
CONNECTED = EmbeddingModelInfo("connected", 8, 512)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(module, "_known", {})


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def store(alice_reader, make_document):
    """Give passages of a document these vectors of the connected model."""
    version = make_document(alice_reader, "Some words.", "some.txt").current_version
    first = Passage.objects.get(version=version)

    def write(vectors, model="connected"):
        fields = {field.attname: getattr(first, field.attname) for field in Passage._meta.concrete_fields if not field.primary_key}
        start = Passage.objects.filter(version=version).count()
        passages = Passage.objects.bulk_create([Passage(**{**fields, "ordinal": start + number}) for number in range(len(vectors))])
        rows = [PassageEmbedding(passage=one, version=version, model=model, vector=list(map(float, row))) for one, row in zip(passages, vectors, strict=True)]
        PassageEmbedding.objects.bulk_create(rows)

    return write


def unit_vectors(count, seed=1):
    rows = np.random.default_rng(seed).normal(size=(count, 8))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_model_that_tells_its_spread_is_believed():
    assert get_spread(EmbeddingModelInfo("told", 8, 512, spread=0.07)) == 0.07


def test_the_spread_is_that_of_the_stored_vectors(store):
    vectors = unit_vectors(100)
    store(vectors)
    cosines = (vectors @ vectors.T)[np.triu_indices(100, 1)]
    assert get_spread(CONNECTED) == pytest.approx(cosines.std(), abs=0.01)


def test_of_many_vectors_some_are_taken_from_everywhere(store):
    store(np.eye(8)[[0] * 200])
    store(unit_vectors(200))
    assert get_spread(CONNECTED) > 0.2


def test_vectors_of_another_model_say_nothing(store, clock):
    store(unit_vectors(60), model="another")
    assert get_spread(CONNECTED) == SPREAD


def test_of_a_few_vectors_nothing_is_concluded_until_there_are_more(store, clock):
    store(unit_vectors(31))
    assert get_spread(CONNECTED) == SPREAD
    store(unit_vectors(60, seed=2))
    assert get_spread(CONNECTED) == SPREAD
    clock[0] += 61
    assert get_spread(CONNECTED) == pytest.approx(0.35, abs=0.05)


def test_it_is_measured_once_an_hour(store, clock, django_assert_num_queries):
    store(unit_vectors(60))
    with django_assert_num_queries(1):
        assert get_spread(CONNECTED) == get_spread(CONNECTED)
    clock[0] += 3601
    with django_assert_num_queries(1):
        get_spread(CONNECTED)


def test_vectors_that_are_all_alike_have_no_spread_to_go_by(store):
    store(np.eye(8)[[0] * 60])
    assert get_spread(CONNECTED) == SPREAD
