"""The bench of search in small: its own code fills, asks and judges, and its two workspaces know nothing of each other."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connections

from apps.documents.models import Document, Passage
from apps.documents.search import search
from apps.documents.vector_index import index_name
from apps.gateway.selectors import get_embedding_model
from tools import bench_search
from tools.searching.corpus import Corpus
from tools.searching.fill import fill_workspace, made_at_the_end
from tools.searching.measures import ONE_PERCENT, embed_all, find_nearest

# It fills through connections of its own, and takes indexes away as the owner.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
KEYS = {
    *("passages", "p50_ms", "p95_ms", "queries_per_s_8", "recall_at_10", "recall_at_10_one_percent", "index_mb", "build_s"),
    *("small_p50_ms", "small_p95_ms"),
}


@pytest.fixture
def _cheap_models():
    """The real ones, for once."""


@pytest.fixture
def corpus():
    made = Corpus(seed=1, subjects=20)
    made.place_subjects(embed_all(made.texts_to_place()))
    return made


@pytest.mark.slow
def test_a_small_bench_has_its_whole_line_and_finds_all_that_is_near():
    line = bench_search.bench(500, small=120, queries=6)
    assert line.keys() == KEYS
    assert (line["passages"], line["recall_at_10"], line["recall_at_10_one_percent"]) == (500, 1.0, 1.0)
    assert 0 < line["p50_ms"] <= line["p95_ms"]
    assert min(line["queries_per_s_8"], line["index_mb"], line["build_s"], line["small_p50_ms"]) > 0


@pytest.mark.slow
def test_its_workspaces_do_not_see_each_other_and_the_reader_not_everything(corpus):
    with made_at_the_end():
        large, small = (fill_workspace(name, count, corpus) for name, count in (("large", 400), ("small", 150)))
    hits = {reader: [hit for question in corpus.ask(5) for hit in async_to_sync(search)(reader, question)] for reader in (large, small)}
    homes = {reader: set(Document.objects.filter(collection__workspace=reader.workspace).values_list("pk", flat=True)) for reader in (large, small)}
    assert {hit.document_id for hit in hits[large]} <= homes[large]
    assert {hit.document_id for hit in hits[small]} <= homes[small]
    assert min(len(hits[large]), len(hits[small])) > 0
    seen = Passage.objects.visible_to(large).count()
    assert 0.5 * 400 < seen < 400
    assert Passage.objects.filter(workspace=large.workspace).count() == 400


@pytest.mark.slow
def test_what_it_compares_with_is_within_the_filter_and_the_indexes_are_back(corpus):
    with made_at_the_end():
        reader = fill_workspace("large", 400, corpus)
    Document.objects.filter(pk__in=Document.objects.visible_to(reader).values("pk")[:1]).update(tags=["one-percent"])
    (nearest,) = find_nearest(reader, embed_all(corpus.ask(1)), ONE_PERCENT)
    tagged = Passage.objects.visible_to(reader).filter(version__document__tags__contains=["one-percent"])
    assert nearest <= set(tagged.values_list("pk", flat=True))
    assert len(nearest) == min(10, tagged.count())
    model = get_embedding_model()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname IN ('passage_terms', %s)", [index_name(model.name, model.dimension)])
        assert cursor.fetchone() == (2,)
