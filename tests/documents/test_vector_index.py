import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.documents.search import candidates
from apps.documents.search.scope import make_scope
from apps.documents.search.types import Filters
from apps.documents.vector_index import after_migrate, ensure_vector_index, index_name
from apps.gateway.selectors import get_embedding_model
from apps.gateway.types import EmbeddingModelInfo

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def use(monkeypatch, name="another-model", dimension=8):
    monkeypatch.setattr("apps.gateway.selectors.get_embedding_model", lambda: EmbeddingModelInfo(name, dimension, 256))


def index_of(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        return cursor.fetchone()


def test_migrating_made_the_index_of_the_model_in_use():
    model = get_embedding_model()
    (definition,) = index_of(index_name(model.name, model.dimension))
    assert "hnsw" in definition
    assert f"halfvec({model.dimension})" in definition
    assert model.name in definition


def test_the_app_s_role_makes_no_index(monkeypatch):
    from django.db import ProgrammingError, transaction

    use(monkeypatch)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ensure_vector_index("default")


def test_another_model_gets_an_index_of_its_own_once(monkeypatch):
    use(monkeypatch, name="it's another")
    assert ensure_vector_index("owner") is True
    after_migrate(using="owner", sender=None)
    assert ensure_vector_index("owner") is False
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [index_name("it's another", 8)])
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize("dimension", [0, 5000])
def test_a_dimension_that_cannot_be_indexed_is_left_alone(monkeypatch, dimension):
    use(monkeypatch, dimension=dimension)
    assert ensure_vector_index("owner") is False


def test_a_database_without_the_library_is_left_alone(monkeypatch):
    monkeypatch.setattr("apps.documents.vector_index.TABLE", "no_such_table")
    use(monkeypatch)
    assert ensure_vector_index("owner") is False


def test_the_dense_leg_can_use_the_index(alice_reader):
    """A query whose expression or model is not the very one of the index would scan everything."""
    model = get_embedding_model()
    asked = candidates.Asked(1, {}, 50, model.name, [0.1] * model.dimension)
    with CaptureQueriesContext(connection) as queries:
        candidates.score_nearest(make_scope(alice_reader, Filters()), asked, [])
    select = queries.captured_queries[-1]["sql"].rpartition(";")[2]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + select)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index_name(model.name, model.dimension) in plan
