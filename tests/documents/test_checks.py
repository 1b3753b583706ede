import pytest
from django.db import DatabaseError

from apps.documents import checks
from apps.gateway.types import EmbeddingModelInfo


class Cursor:
    def __init__(self, row):
        self.row = row

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    def execute(self, _query):
        return None

    def fetchone(self):
        return self.row


class Connection:
    def __init__(self, row):
        self.row = row

    def cursor(self):
        if isinstance(self.row, Exception):
            raise self.row
        return Cursor(self.row)


@pytest.mark.django_db
def test_the_database_of_the_tests_will_do():
    assert checks.check_pgvector(databases=["default"]) == []


@pytest.mark.parametrize(("row", "ids"), [(None, ["documents.E001"]), (("0.7.4",), ["documents.E001"]), (("0.8.1",), []), (DatabaseError("down"), [])])
def test_an_old_or_absent_pgvector_is_said(monkeypatch, row, ids):
    monkeypatch.setattr(checks, "connections", {"default": Connection(row)})
    assert [found.id for found in checks.check_pgvector(databases=["default"])] == ids


def test_without_a_database_named_nothing_is_asked():
    assert checks.check_pgvector() == []


@pytest.mark.parametrize(("dimension", "ids"), [(384, []), (0, ["documents.E002"]), (9000, ["documents.E002"])])
def test_a_dimension_that_cannot_be_indexed_is_said(monkeypatch, dimension, ids):
    monkeypatch.setattr("apps.gateway.selectors.get_embedding_model", lambda: EmbeddingModelInfo("m", dimension, 256))
    assert [found.id for found in checks.check_embedding_dimension()] == ids


@pytest.mark.parametrize(("limit", "ids"), [(50 * 2**20, []), (2 * 2**30, ["documents.W001"])])
def test_a_very_large_upload_limit_is_warned_of(settings, limit, ids):
    settings.QUIRE_UPLOAD_MAX_BYTES = limit
    assert [found.id for found in checks.check_upload_limit()] == ids
