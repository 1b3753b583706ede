"""Write what was read: the passages of a version and their terms, by COPY, and the vectors that are known already.

Nobody finds them yet: the version is published when the last vector is there (services/publish.py).
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import EMBED_FROM, Work
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Draft, Parsed
from apps.documents.models import Document, DocumentVersion, JobStep, Passage
from apps.documents.services.attachments import keep_attachments, stored_attachments
from apps.documents.services.connection import let_go
from apps.documents.services.families import lock_family
from apps.documents.services.lease import Lease
from apps.documents.services.originals import title_of
from apps.documents.services.terms import Analysis, analyse_texts, analysers_in_use, write_terms
from apps.documents.services.vectors import digest_of, reuse_vectors

_TITLE_CHARS = 300
_LABEL_CHARS = 200
_COLUMNS = (
    *("version_id", "workspace_id", "ordinal", "text", "heading_path", "page", "start", "end", "boxes", "blocks"),
    *("label", "first_row", "last_row", "prefix", "body_start", "digest"),
)


def store_passages(lease: Lease, work: Work) -> None:
    """Write the passages of the lease's version and hand the job over to the embedder, in one transaction.

    Run again after a crash it writes the same; a former attempt's passages go. Raises LeaseLost where the work is no longer
    wanted.
    """
    assert work.parsed is not None
    beat = partial(lease.report, JobStep.SPLIT, EMBED_FROM)
    analyses = analyse_drafts(lease.workspace_id, work.drafts)
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
        write_passages(version, document.collection.workspace_id, work.drafts, analyses)
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


def analyse_drafts(workspace_id: UUID, drafts: Sequence[Draft]) -> list[Analysis]:
    """Return the terms of passages before they are stored: of a book it takes seconds, so no connection is held."""
    analysers = analysers_in_use(workspace_id)
    let_go()
    return analyse_texts([draft.embedded_text for draft in drafts], analysers)


def write_passages(version: DocumentVersion, workspace_id: UUID, drafts: Sequence[Draft], analyses: Sequence[Analysis]) -> list[int]:
    """Write the passages and their terms; return the passages' ids in their order."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in _COLUMNS)
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY documents_passage ({}) FROM STDIN").format(names)) as copy:
        for ordinal, draft in enumerate(drafts):
            copy.write_row(_row(version.id, workspace_id, ordinal, draft))
    ids = list(Passage.objects.filter(version=version).order_by("ordinal").values_list("pk", flat=True))
    write_terms(version.id, workspace_id, ids, analyses)
    return ids


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
