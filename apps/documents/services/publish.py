"""Make what was read visible: one transaction writes a version and swaps it in."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import Workspace
from apps.documents.ingest.pipeline import Vectors, Work
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Draft, Parsed
from apps.documents.models import (
    Document,
    DocumentState,
    DocumentVersion,
    Passage,
    PassageEmbedding,
)
from apps.documents.services.originals import title_of

_BATCH = 500
_TITLE_CHARS = 300
_LABEL_CHARS = 200


def publish_version(document_id: UUID, work: Work, fence: Callable[[], None]) -> DocumentVersion | None:
    """Write passages and vectors as the next version and make it the one that answers.

    `fence` is called inside the transaction, before anything is written, and raises where this
    work is no longer wanted. Returns None where the document is gone.
    """
    assert work.parsed is not None
    with transaction.atomic():
        # The document first, then the job: everybody locks in this order.
        documents = Document.objects.select_for_update(of=("self",)).select_related("collection__workspace")
        document = documents.filter(pk=document_id).first()
        if document is None:
            return None
        fence()
        superseded = document.current_version_id
        title = flow(work.parsed.title)[:_TITLE_CHARS] or title_of(document.source_name)
        version = _make_version(document, work)
        passages = _write_passages(version, document.collection.workspace, work.drafts)
        _write_embeddings(passages, work.vectors, work.models.name)
        _swap(document, version, title, work)
        if superseded is not None:
            # It may still be quoted, but it is found no more.
            PassageEmbedding.objects.filter(passage__version=superseded).delete()
    return version


def _make_version(document: Document, work: Work) -> DocumentVersion:
    last = document.versions.aggregate(last=Max("number"))["last"] or 0
    return DocumentVersion.objects.create(
        document=document,
        number=last + 1,
        parser=work.parser,
        passage_count=len(work.drafts),
        page_count=work.parsed.page_count if work.parsed else None,
        published_at=timezone.now(),
    )


def _write_passages(version: DocumentVersion, workspace: Workspace, drafts: Sequence[Draft]) -> list[Passage]:
    passages = [
        Passage(
            version=version,
            workspace=workspace,
            ordinal=ordinal,
            text=draft.text,
            heading_path=list(draft.heading_path),
            page=draft.page,
            start=draft.start,
            end=draft.end,
            boxes=[list(box) for box in draft.boxes],
            blocks=[{"kind": block.kind.value, "level": block.level, "start": block.start, "end": block.end} for block in draft.blocks],
            prefix=draft.prefix,
            body_start=draft.body_start,
            label=draft.label[:_LABEL_CHARS],
            first_row=draft.rows[0] if draft.rows else None,
            last_row=draft.rows[1] if draft.rows else None,
        )
        for ordinal, draft in enumerate(drafts)
    ]
    return Passage.objects.bulk_create(passages, batch_size=_BATCH)


def _write_embeddings(passages: Sequence[Passage], vectors: Sequence[Vectors], model: str) -> None:
    rows = (row for batch in vectors for row in batch)
    PassageEmbedding.objects.bulk_create(
        [PassageEmbedding(passage=passage, model=model, vector=row) for passage, row in zip(passages, rows, strict=True)],
        batch_size=_BATCH,
    )


def _swap(document: Document, version: DocumentVersion, title: str, work: Work) -> None:
    assert work.parsed is not None
    document.current_version = version
    document.state = DocumentState.READY
    document.title = title
    document.page_count = work.parsed.page_count
    document.error_code = document.error_detail = ""
    document.note = note_of(work.parsed)
    if work.kind is not None:
        document.kind = work.kind
    document.save(
        update_fields=[
            "current_version",
            "state",
            "title",
            "page_count",
            "error_code",
            "error_detail",
            "note",
            "kind",
            "updated_at",
        ]
    )


def note_of(parsed: Parsed) -> str:
    """Say which pages could not be read: a document must not look whole where it is not."""
    pages = parsed.unread_pages
    if not pages:
        return ""
    if len(pages) == 1:
        return f"Page {pages[0]} has no text that can be read; it needs OCR."
    shown = _ranges(pages)
    return f"{len(pages):,} pages have no text that can be read; they need OCR: {shown}."[:500]


def _ranges(pages: Sequence[int]) -> str:
    ranges: list[list[int]] = []
    for page in pages:
        if ranges and ranges[-1][1] == page - 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:20]]
    return ", ".join(shown) + (" and more" if len(ranges) > 20 else "")
