"""Passages' vectors: written as the embedder makes them, or copied from passages that say the same."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from apps.documents.ingest.types import join_embedded
from apps.documents.models import Document, DocumentVersion, Passage, PassageEmbedding

_FILLED_AT_ONCE = 500
_BINARY_HEAD, _BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_COPY = "COPY documents_passageembedding (passage_id, version_id, model, vector) FROM STDIN (FORMAT binary)"
# Passages whose embedded text did not change keep their vector: nothing is embedded twice for a comma on another page.
_REUSE = """
    INSERT INTO documents_passageembedding (passage_id, version_id, model, vector)
    SELECT DISTINCT ON (fresh.id) fresh.id, fresh.version_id, known.model, known.vector
    FROM documents_passage AS fresh
    JOIN documents_passage AS old ON old.version_id = %s AND old.digest = fresh.digest
    JOIN documents_passageembedding AS known ON known.passage_id = old.id AND known.model = %s
    WHERE fresh.version_id = %s
"""


def digest_of(text: str) -> UUID:
    return UUID(bytes=hashlib.blake2b(text.encode(), digest_size=16).digest())


def fill_digests(version_id: UUID) -> None:
    """Make up for passages that were written before there were digests."""
    bare = Passage.objects.filter(version=version_id, digest=None).only("pk", "prefix", "text", "body_start")
    while some := list(bare.order_by("pk")[:_FILLED_AT_ONCE]):
        for passage in some:
            passage.digest = digest_of(join_embedded(passage.prefix, passage.text, passage.body_start))
        Passage.objects.bulk_update(some, ["digest"])


def reuse_vectors(document: Document, version: DocumentVersion, model: str) -> int:
    """Copy the vectors of the current version's passages to those that say the same; return how many."""
    if document.current_version_id is None:
        return 0
    fill_digests(document.current_version_id)
    with connection.cursor() as cursor:
        cursor.execute(_REUSE, [document.current_version_id, model, version.id])
        return int(cursor.rowcount)


# Any: rows of numpy, which the web process does not load.
def write_vectors(passages: Sequence[tuple[int, UUID]], vectors: Iterable[Any], model: str) -> None:
    """Write one vector a passage, each given with its version, those aside that have one: who took over from somebody writes none twice."""
    ids = [passage_id for passage_id, _version in passages]
    known = set(PassageEmbedding.objects.filter(passage__in=ids, model=model).values_list("passage_id", flat=True))
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_BINARY_HEAD)
        name = model.encode()
        for (passage_id, version_id), vector in zip(passages, vectors, strict=True):
            if passage_id not in known:
                copy.write(_binary_row(passage_id, version_id, name, vector.astype(">f2").tobytes()))
        copy.write(_BINARY_END)


def _binary_row(passage_id: int, version_id: UUID, model: bytes, numbers: bytes) -> bytes:
    """One row as COPY's binary format has it: each field after its length; pgvector's begins with its dimension and two empty bytes.

    In decimal figures the same vectors take ten times as long to write, while the embedder's threads wait for the interpreter.
    """
    head = struct.pack(f">hiqi16si{len(model)}s", 4, 8, passage_id, 16, version_id.bytes, len(model), model)
    return head + struct.pack(">ihh", 4 + len(numbers), len(numbers) // 2, 0) + numbers
