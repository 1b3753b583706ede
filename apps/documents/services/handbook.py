"""Keep Quire's own handbook in the library, so that a fresh installation has something to answer from.

Done at once, without a worker, because the first question may come right after the start. Files
that did not change cost one query for all of them.
"""

import logging
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from apps.accounts.models import User, Workspace
from apps.documents.constants import HANDBOOK_COLLECTION, HANDBOOK_SLUG
from apps.documents.ingest.pipeline import Models, Work, run_steps
from apps.documents.models import Collection, Document, DocumentVersion, PassageEmbedding
from apps.documents.services.bell import ring_library
from apps.documents.services.collections import get_or_make_collection
from apps.documents.services.documents import purge_document
from apps.documents.services.models import gateway_models
from apps.documents.services.originals import hold_original, remove_original, store_original, title_of
from apps.documents.services.publish import publish_versions
from apps.documents.services.statistics import fold_changes
from apps.documents.services.store import analyse_drafts, describe, write_passages
from apps.documents.services.vectors import write_vectors
from apps.documents.types import Kind
from apps.gateway.selectors import get_embedding_model

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandbookChange:
    """Names of the files, by what became of them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def index_handbook(workspace: Workspace, owner: User, folder: Path) -> HandbookChange:
    """Make the collection "Handbook" equal to the folder's Markdown files.

    Unchanged files are left alone, a changed one (or one whose vectors are another model's) becomes the next version of
    its document, a removed one is deleted. Running it again, or after a crash in the middle, ends the same.
    """
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}
    known = _known_documents(workspace, get_embedding_model().name)
    changed = [name for name, data in files.items() if name not in known or _is_stale(known[name], data)]
    removed = [known[name] for name in known if name not in files]
    if not changed and not removed:
        return HandbookChange()
    if changed:
        _index(workspace, owner, {name: files[name] for name in changed}, known)
    for document in removed:
        purge_document(document)
    fold_changes()
    return HandbookChange(
        added=tuple(name for name in changed if name not in known),
        changed=tuple(name for name in changed if name in known),
        removed=tuple(document.source_name for document in removed),
    )


def _known_documents(workspace: Workspace, model: str) -> dict[str, Document]:
    """Return the handbook's documents by the name of their file, and whether `model` has read them."""
    vectors = PassageEmbedding.objects.filter(version=OuterRef("current_version"), model=model)
    documents = Document.objects.filter(collection__workspace=workspace, collection__slug=HANDBOOK_SLUG)
    documents = documents.annotate(has_vectors=Exists(vectors)).select_related("collection")
    return {document.source_name: document for document in documents}


# Any: the annotation of `_known_documents` is on it.
def _is_stale(document: Any, data: bytes) -> bool:
    """Another text, or another embedding model since: its vectors would be found by no question."""
    return not document.has_vectors or document.sha256 != sha256(data).hexdigest()


def _index(workspace: Workspace, owner: User, files: dict[str, bytes], known: dict[str, Document]) -> None:
    """Read and embed everything first, with no transaction open; then publish file by file."""
    with gateway_models(workspace.id) as models:
        works = {name: _read(name, data, models) for name, data in files.items()}
        vectors = models.embed([draft.embedded_text for work in works.values() for draft in work.drafts])
    collection = get_or_make_collection(workspace, HANDBOOK_COLLECTION)
    first = 0
    for name, work in works.items():
        last = first + len(work.drafts)
        document = _publish(collection, owner, work, files[name], vectors[first:last], known.get(name))
        first = last
        ring_library(workspace.id, document.id)
        logger.info("handbook.indexed", extra={"document_id": str(document.id)})


def _read(name: str, data: bytes, models: Models) -> Work:
    with tempfile.TemporaryDirectory(prefix="quire-handbook-") as folder:
        path = Path(folder) / "original"
        path.write_bytes(data)
        work = Work(path, name, models, passage_tokens=settings.QUIRE_PASSAGE_TOKENS)
        run_steps(work, _no_report)
    return work


def _no_report(step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
    """Nobody watches: this takes less time than opening the library."""


# Any: rows of numpy, which the web process does not load.
def _publish(collection: Collection, owner: User, work: Work, data: bytes, vectors: Any, document: Document | None) -> Document:
    analyses = analyse_drafts(collection.workspace_id, work.drafts)
    place = store_original(collection.workspace_id, ContentFile(data))
    try:
        with transaction.atomic():
            facts = {"sha256": sha256(data).hexdigest(), "byte_size": len(data), "original": place, "kind": Kind.MARKDOWN, "source_name": work.name}
            if document is None:
                document = Document.objects.create(collection=collection, owner=owner, title=title_of(work.name), source_path=work.name, **facts)
            else:
                document = Document.objects.select_for_update(of=("self",)).select_related("collection").get(pk=document.pk)
            last = document.versions.aggregate(last=Max("number"))["last"] or 0
            version = DocumentVersion.objects.create(document=document, number=last + 1, **facts)
            hold_original(place)
            describe(version, work)
            ids = write_passages(version, collection.workspace_id, work.drafts, analyses)
            write_vectors([(passage_id, version.id) for passage_id in ids], vectors, work.models.name)
            publish_versions([(document, version)])
    except BaseException:
        remove_original(place)
        raise
    return document
