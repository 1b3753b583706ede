"""What the bench of ingestion does in the database, and the embedder alone. Runs in `hand`."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.files.base import ContentFile
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import Membership
from apps.accounts.selectors.readers import get_reader
from apps.accounts.types import Reader
from apps.documents.ingest.types import join_embedded
from apps.documents.models import Document, DocumentVersion, IngestJob, Passage
from apps.documents.services import receive_file
from apps.documents.vector_index import index_name
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import count_tokens
from tools.ingestion.address import owner_address

# The embedder alone takes as many at once as the pipeline gives it.
_AT_ONCE = 256
# What the model puts around each text.
_MARKS = 2
_FILL = """
    INSERT INTO documents_passage (version_id, workspace_id, ordinal, text, heading_path, start, "end", boxes, blocks, label, prefix, body_start, digest)
    SELECT %(version)s, %(workspace)s, number, known.texts[1 + number %% cardinality(known.texts)] || ' ' || number, '[]', 0, 100, '[]', '[]', '', '', 0,
           gen_random_uuid()
    FROM generate_series(%(first)s::int, %(last)s::int) AS number,
         (SELECT array_agg(text) AS texts FROM (SELECT text FROM documents_passage WHERE version_id <> %(version)s LIMIT 500) AS few) AS known
"""
_VECTORS = """
    INSERT INTO documents_passageembedding (passage_id, version_id, model, vector)
    SELECT passage.id, passage.version_id, %(model)s,
           l2_normalize((SELECT array_agg(random() - 0.5 + 0 * (passage.id + part))::real[]::vector FROM generate_series(1, %(dimension)s) AS part))::halfvec
    FROM documents_passage AS passage WHERE passage.version_id = %(version)s AND passage.ordinal BETWEEN %(first)s AND %(last)s
"""


def first_owner() -> Reader:
    owner = Membership.objects.select_related("user", "workspace").filter(role="owner").order_by("pk").first()
    assert owner is not None
    return get_reader(owner.user, owner.workspace.slug)


def add_texts(*, files: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Upload through the service that every door uses."""
    reader = first_owner()
    for name, text in files:
        receive_file(reader, file=ContentFile(text.encode(), name), name=name)
    return {"count": len(files)}


def now() -> dict[str, Any]:
    return {"at": time.time()}


def last_end(*, names: list[str]) -> dict[str, Any]:
    """When the last of these documents was published. Raises where one was not."""
    jobs = IngestJob.objects.filter(document__source_name__in=names)
    unread = jobs.exclude(state="done").count()
    if unread or jobs.count() != len(names):
        raise RuntimeError(f"{unread} of {len(names)} documents were not read")
    return {"at": jobs.aggregate(at=Max("finished_at"))["at"].timestamp()}


def embed_alone(*, names: list[str]) -> dict[str, Any]:
    """The texts of these documents through the embedder, and nothing else."""
    from apps.gateway.providers.registry import get_embedding_provider
    from apps.gateway.targets import EMBEDDING, own_route

    rows = Passage.objects.filter(version__document__source_name__in=names).order_by("version", "ordinal")
    texts = [join_embedded(*row) for row in rows.values_list("prefix", "text", "body_start")]
    tokens = sum(count_tokens(texts)) + _MARKS * len(texts)

    async def embed() -> float:
        route = own_route(EMBEDDING)
        assert route is not None
        provider = await get_embedding_provider(route.targets[0])
        await provider.embed(texts[:16])  # the model is loaded with the first of them
        begun = time.perf_counter()
        for first in range(0, len(texts), _AT_ONCE):
            await provider.embed(texts[first : first + _AT_ONCE])
        return time.perf_counter() - begun

    return {"seconds": asyncio.run(embed()), "tokens": tokens, "passages": len(texts)}


def grow(*, passages: int) -> dict[str, Any]:
    """Fill the table up to so many passages with random unit vectors, and index them."""
    model = get_embedding_model()
    version = _filler()
    there = Passage.objects.count()
    first = version.passages.count()
    begun = time.perf_counter()
    facts = {"version": version.pk, "workspace": version.document.collection.workspace_id, "model": model.name, "dimension": model.dimension}
    with psycopg.connect(owner_address(), autocommit=True) as connection:
        name = index_name(model.name, model.dimension)
        row = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name]).fetchone()
        assert row is not None
        # Made anew when all is in, which is many times quicker than vector by vector.
        connection.execute(f"DROP INDEX {name}")
        connection.execute("SET maintenance_work_mem = '512MB'")
        span = {**facts, "first": first, "last": first + passages - there - 1}
        connection.execute(_FILL, span)
        connection.execute(_VECTORS, span)
        connection.execute(row[0])
        connection.execute("ANALYZE documents_passage, documents_passageembedding")
    DocumentVersion.objects.filter(pk=version.pk).update(passage_count=version.passages.count())
    return {"passages": Passage.objects.count(), "seconds": time.perf_counter() - begun}


def _filler() -> DocumentVersion:
    """A document that answers, as all others do."""
    found = DocumentVersion.objects.select_related("document__collection").filter(source_name="filler").first()
    if found is not None:
        return found
    like = Document.objects.select_related("collection", "owner").exclude(owner=None).order_by("-created_at").first()
    assert like is not None
    fields = {"kind": "text", "sha256": "0" * 64, "byte_size": 1, "original": "", "source_name": "filler"}
    document = Document.objects.create(collection=like.collection, owner=like.owner, title="Filler", state="ready", **fields)
    version = DocumentVersion.objects.create(document=document, number=1, published_at=timezone.now(), **fields)
    Document.objects.filter(pk=document.pk).update(current_version=version)
    return version


BENCH_TASKS = {task.__name__: task for task in (add_texts, now, last_end, embed_alone, grow)}
