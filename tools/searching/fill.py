"""Fills a workspace as reading files does, in bulk: the product's analysis, weights, counts and publishing; rows by COPY.

The two large indexes are made when all rows are in, which is many times quicker than row by row.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import connection, transaction
from psycopg import sql

from apps.accounts.types import Reader
from apps.documents.analysis.terms import analyse, current_analyser
from apps.documents.models import Document, DocumentVersion
from apps.documents.services.publish import publish_versions
from apps.documents.services.reindex_terms import reindex_terms
from apps.documents.services.statistics import fold_changes
from apps.documents.services.terms import statistics_of, weighed
from apps.documents.services.vectors import digest_of, write_vectors
from apps.documents.vector_index import index_name
from apps.gateway.selectors import get_embedding_model
from tools.ingestion.address import owner_address
from tools.searching.corpus import Corpus
from tools.searching.library import Made, Shelves, make_documents, make_workspace, name_group

_AT_ONCE = 4_000
_LANGUAGE = "en"
_TERMS_INDEX = "passage_terms"
_PASSAGES = 'id, version_id, workspace_id, ordinal, text, heading_path, start, "end", boxes, blocks, label, prefix, body_start, digest'
_TERMS = "passage_id, version_id, workspace_id, analyser, language, length, weighting, terms, weights"
_NEXT = "SELECT nextval(pg_get_serial_sequence('documents_passage', 'id')) FROM generate_series(1, %s)"
_SIZE = "SELECT pg_indexes_size('documents_passageterms') + pg_indexes_size('documents_passageembedding')"


def fill_workspace(name: str, passages: int, corpus: Corpus) -> Reader:
    """Make a workspace of so many passages; return who asks there."""
    shelves, reader = make_workspace(name)
    some: list[Made] = []
    done = 0
    for made in make_documents(shelves, passages, len(corpus.subjects.words), corpus.chance):
        some.append(made)
        if sum(len(one.subjects) for one in some) >= _AT_ONCE:
            done += _write(shelves, some, corpus)
            some = []
            print(f"\r{name}: {done:,} passages", end="", file=sys.stderr, flush=True)
    _write(shelves, some, corpus)
    fold_changes()
    while reindex_terms():
        pass
    return reader


@contextmanager
def made_at_the_end() -> Iterator[dict[str, float]]:
    """Take the large indexes away and make them again behind what is done inside; the dictionary then has `seconds` and `mb`."""
    model = get_embedding_model()
    told: dict[str, float] = {}
    with psycopg.connect(owner_address(), autocommit=True) as owner:
        names = (_TERMS_INDEX, index_name(model.name, model.dimension))
        rows = [owner.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name]).fetchone() for name in names]
        for name in names:
            owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield told
        begun = time.perf_counter()
        owner.execute("SET maintenance_work_mem = '3GB'")
        for name, row in zip(names, rows, strict=True):
            assert row is not None
            owner.execute(row[0].encode())
            print(f"\r{name} made after {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        told["seconds"] = time.perf_counter() - begun
        # As the product's Postgres does by itself soon after so many rows came.
        owner.execute("VACUUM (ANALYZE)")
        size = owner.execute(_SIZE).fetchone()
        assert size is not None
        told["mb"] = size[0] / 1024**2


def _write(shelves: Shelves, some: list[Made], corpus: Corpus) -> int:
    subjects = [subject for one in some for subject in one.subjects]
    texts, vectors = corpus.write_passages(subjects), corpus.place_passages(subjects)
    with transaction.atomic(), connection.cursor() as cursor:
        Document.objects.bulk_create([one.document for one in some])
        DocumentVersion.objects.bulk_create([one.version for one in some])
        cursor.execute(_NEXT, [len(texts)])
        ids = [int(row[0]) for row in cursor.fetchall()]
        places = [(one.version.pk, ordinal) for one in some for ordinal in range(len(one.subjects))]
        _copy_passages(shelves, ids, places, texts)
        _copy_terms(shelves, ids, places, texts)
        write_vectors([(pk, version) for pk, (version, _ordinal) in zip(ids, places, strict=True)], vectors, get_embedding_model().name)
        publish_versions([(one.document, one.version) for one in some])
        name_group(shelves, some)
    return len(texts)


# Lines are written here and not by the driver, which takes as long for a row as the analysis: texts are words and spaces only.
def _copy_passages(shelves: Shelves, ids: list[int], places: list[tuple[UUID, int]], texts: list[str]) -> None:
    blocks = '[{"kind": "paragraph", "level": 0, "start": 0, "end": %d}]'
    with connection.cursor() as cursor, cursor.copy(f"COPY documents_passage ({_PASSAGES}) FROM STDIN") as copy:
        for pk, (version, ordinal), text in zip(ids, places, texts, strict=True):
            size = len(text)
            row = (pk, version, shelves.workspace.pk, ordinal, text, "[]", 0, size, "[]", blocks % size, "", "", 0, digest_of(text))
            copy.write("\t".join(map(str, row)) + "\n")


def _copy_terms(shelves: Shelves, ids: list[int], places: list[tuple[UUID, int]], texts: list[str]) -> None:
    passages = [analyse(text, _LANGUAGE) for text in texts]
    version = current_analyser().version
    statistics = statistics_of(shelves.workspace.pk, version, sum(one.length for one in passages) / max(1, len(passages)))
    with connection.cursor() as cursor, cursor.copy(f"COPY documents_passageterms ({_TERMS}) FROM STDIN") as copy:
        for pk, (document_version, _ordinal), passage in zip(ids, places, passages, strict=True):
            length, weighting, terms, weights = weighed(passage, statistics)
            named = f"{{{','.join(map(str, terms))}}}"
            row = (pk, document_version, shelves.workspace.pk, version, _LANGUAGE, length, weighting, named, weights)
            copy.write("\t".join(map(str, row)) + "\n")
