"""Write what was read: the passages of a version, by COPY, and the vectors that are known already.

Nobody finds them yet: the version is published when the last vector is there (services/publish.py).
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import EMBED_FROM, Work
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Draft, Parsed, join_embedded
from apps.documents.models import Document, DocumentVersion, JobStep, Passage, PassageEmbedding
from apps.documents.services.attachments import keep_attachments, stored_attachments
from apps.documents.services.families import lock_family
from apps.documents.services.lease import Lease
from apps.documents.services.originals import title_of

_TITLE_CHARS = 300
_LABEL_CHARS = 200
_FILLED_AT_ONCE = 500
_BINARY_HEAD, _BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_COLUMNS = (
    *("version_id", "workspace_id", "ordinal", "text", "heading_path", "page", "start", "end", "boxes", "blocks"),
    *("label", "first_row", "last_row", "prefix", "body_start", "digest"),
)
# Passages whose embedded text did not change keep their vector: nothing is embedded twice for a comma on another page.
_REUSE = """
    INSERT INTO documents_passageembedding (passage_id, model, vector)
    SELECT DISTINCT ON (fresh.id) fresh.id, known.model, known.vector
    FROM documents_passage AS fresh
    JOIN documents_passage AS old ON old.version_id = %s AND old.digest = fresh.digest
    JOIN documents_passageembedding AS known ON known.passage_id = old.id AND known.model = %s
    WHERE fresh.version_id = %s
"""


def store_passages(lease: Lease, work: Work) -> None:
    """Write the passages of the lease's version and hand the job over to the embedder, in one transaction.

    Run again after a crash it writes the same; a former attempt's passages go. Raises LeaseLost where the work is no longer
    wanted.
    """
    assert work.parsed is not None
    beat = partial(lease.report, JobStep.SPLIT, EMBED_FROM)
    with stored_attachments(lease.document_id, lease.workspace_id, work.parsed, beat) as attached, transaction.atomic():
        # The documents first, then the job: everybody locks in this order.
        lock_family(lease.document_id)
        document = Document.objects.select_related("collection").filter(pk=lease.document_id).first()
        version = DocumentVersion.objects.filter(pk=lease.version_id).first()
        if document is None or version is None:
            raise LeaseLost
        lease.hand_over(passages_done=0, passages_total=len(work.drafts))
        Passage.objects.filter(version=version).delete()
        describe(version, work)
        write_passages(version, document.collection.workspace_id, work.drafts)
        keep_attachments(version, attached)
        reused = reuse_vectors(document, version, work.models.name)
        if reused:
            lease.count_reused(reused)


def describe(version: DocumentVersion, work: Work) -> None:
    """Put on the version what its reading told."""
    assert work.parsed is not None
    version.title = flow(work.parsed.title)[:_TITLE_CHARS] or title_of(version.source_name)
    version.kind, version.parser, version.unit = work.kind or version.kind, work.parser, work.parsed.unit
    version.page_count, version.passage_count, version.note = work.parsed.page_count, len(work.drafts), note_of(work.parsed)
    version.save(update_fields=["title", "kind", "parser", "unit", "page_count", "passage_count", "note"])


def write_passages(version: DocumentVersion, workspace_id: UUID, drafts: Iterable[Draft]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in _COLUMNS)
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY documents_passage ({}) FROM STDIN").format(names)) as copy:
        for ordinal, draft in enumerate(drafts):
            copy.write_row(_row(version.id, workspace_id, ordinal, draft))


def _row(version_id: UUID, workspace_id: UUID, ordinal: int, draft: Draft) -> list[Any]:
    first_row, last_row = draft.rows or (None, None)
    blocks = [{"kind": block.kind.value, "level": block.level, "start": block.start, "end": block.end} for block in draft.blocks]
    values = {
        "version_id": version_id,
        "workspace_id": workspace_id,
        "ordinal": ordinal,
        "text": draft.text,
        "heading_path": json.dumps(draft.heading_path),
        "page": draft.page,
        "start": draft.start,
        "end": draft.end,
        "boxes": json.dumps(draft.boxes),
        "blocks": json.dumps(blocks),
        "label": draft.label[:_LABEL_CHARS],
        "first_row": first_row,
        "last_row": last_row,
        "prefix": draft.prefix,
        "body_start": draft.body_start,
        "digest": digest_of(draft.embedded_text),
    }
    return [values[name] for name in _COLUMNS]


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
def write_vectors(passage_ids: Sequence[int], vectors: Iterable[Any], model: str) -> None:
    """Write one vector a passage, those aside that have one: who took over from somebody writes none twice."""
    known = set(PassageEmbedding.objects.filter(passage__in=passage_ids, model=model).values_list("passage_id", flat=True))
    with connection.cursor() as cursor, cursor.copy("COPY documents_passageembedding (passage_id, model, vector) FROM STDIN (FORMAT binary)") as copy:
        copy.write(_BINARY_HEAD)
        name = model.encode()
        for passage_id, vector in zip(passage_ids, vectors, strict=True):
            if passage_id not in known:
                copy.write(_binary_row(passage_id, name, vector.astype(">f4").tobytes()))
        copy.write(_BINARY_END)


def _binary_row(passage_id: int, model: bytes, numbers: bytes) -> bytes:
    """One row as COPY's binary format has it: each field after its length; pgvector's begins with its dimension and two empty bytes.

    In decimal figures the same vectors take ten times as long to write, while the embedder's threads wait for the interpreter.
    """
    head = struct.pack(f">hiqi{len(model)}s", 3, 8, passage_id, len(model), model)
    return head + struct.pack(">ihh", 4 + len(numbers), len(numbers) // 4, 0) + numbers


def note_of(parsed: Parsed) -> str:
    """Say which pages could not be read: a document must not look whole where it is not."""
    return " ".join([*_unread(parsed.unread_pages), *parsed.notes])[:500]


def _unread(pages: Sequence[int]) -> list[str]:
    if not pages:
        return []
    if len(pages) == 1:
        return [f"Page {pages[0]} has no text that can be read; it needs OCR."]
    return [f"{len(pages):,} pages have no text that can be read; they need OCR: {_ranges(pages)}."]


def _ranges(pages: Sequence[int]) -> str:
    ranges: list[list[int]] = []
    for page in pages:
        if ranges and ranges[-1][1] == page - 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:20]]
    return ", ".join(shown) + (" and more" if len(ranges) > 20 else "")
