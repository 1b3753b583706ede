"""Documents made of pages as a parser would hand them over, so that what is shown does not hang on any parser."""

from django.utils import timezone

from apps.documents.ingest.split import SplitLimits, split_document
from apps.documents.ingest.types import Page, Parsed
from apps.documents.models import Collection, Document, DocumentState, DocumentVersion
from apps.documents.services.store import analyse_drafts, write_passages
from tests.documents.ingest.tokens import count_tokens

LIMITS = SplitLimits(window=254, target=60, overlap=20)


def make_of_pages(reader, *pages, unit="", title="Made", kind="text", limits=LIMITS, **facts):
    """A ready document of the reader's, with these pages."""
    collection, _ = Collection.objects.get_or_create(workspace=reader.workspace, slug="made", defaults={"name": "Made"})
    facts = {"access": "public", "original": "none", "source_name": f"made.{kind}", **facts}
    document = Document.objects.create(
        collection=collection, owner=reader.user, title=title, kind=kind, sha256="0" * 64, byte_size=1, state=DocumentState.READY, **facts
    )
    add_version_of_pages(document, *pages, unit=unit, limits=limits)
    return document


def add_version_of_pages(document, *pages, unit="", limits=LIMITS, is_published=True, **facts):
    """The next version, and if it is published, the current one."""
    number = document.versions.count() + 1
    version = DocumentVersion.objects.create(
        document=document,
        number=number,
        unit=unit,
        kind=document.kind,
        title=f"{document.title} {number}",
        page_count=len([page for page in pages if page.number]) or None,
        published_at=timezone.now() if is_published else None,
        **facts,
    )
    drafts = split_document(Parsed(document.title, [Page(*page) if isinstance(page, tuple) else page for page in pages]), count_tokens, limits)
    workspace_id = document.collection.workspace_id
    write_passages(version, workspace_id, drafts, analyse_drafts(workspace_id, drafts))
    if is_published:
        document.current_version = version
        document.save(update_fields=["current_version"])
    return version
