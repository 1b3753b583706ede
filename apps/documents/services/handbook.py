"""Keep Quire's own handbook in the library, so that a fresh installation has something to answer from.

Done at once, without a worker, because the first question may come right after the start. Files
that did not change cost one query for all of them.
"""

import logging
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction

from apps.accounts.models import User, Workspace
from apps.documents.constants import HANDBOOK_COLLECTION
from apps.documents.ingest.pipeline import Models, Work, run_steps
from apps.documents.models import Collection, Document
from apps.documents.services.bell import ring_library
from apps.documents.services.collections import get_or_make_collection
from apps.documents.services.documents import purge_document
from apps.documents.services.models import gateway_models
from apps.documents.services.originals import remove_original, store_original, title_of
from apps.documents.services.publish import publish_version
from apps.documents.types import Kind

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandbookChange:
    """Names of the files, by what became of them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def index_handbook(workspace: Workspace, owner: User, folder: Path, *, models: Models | None = None) -> HandbookChange:
    """Make the collection "Handbook" equal to the folder's Markdown files.

    Unchanged files are left alone, a changed one becomes the next version of its document, a
    removed one is deleted. Running it again, or after a crash in the middle, ends the same.
    """
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}
    known = _known_documents(workspace)
    changed = [name for name, data in files.items() if name not in known or known[name].sha256 != sha256(data).hexdigest()]
    removed = [known[name] for name in known if name not in files]
    if not changed and not removed:
        return HandbookChange()
    if changed:
        _index(workspace, owner, {name: files[name] for name in changed}, known, models)
    for document in removed:
        purge_document(document)
    return HandbookChange(
        added=tuple(name for name in changed if name not in known),
        changed=tuple(name for name in changed if name in known),
        removed=tuple(document.source_name for document in removed),
    )


def _known_documents(workspace: Workspace) -> dict[str, Document]:
    """Return the handbook's documents by the name of their file."""
    documents = Document.objects.filter(collection__workspace=workspace, collection__slug=HANDBOOK_COLLECTION.lower())
    return {document.source_name: document for document in documents.select_related("collection")}


def _index(
    workspace: Workspace,
    owner: User,
    files: dict[str, bytes],
    known: dict[str, Document],
    models: Models | None,
) -> None:
    """Read everything first, with no transaction open; then publish file by file."""
    with nullcontext(models) if models else gateway_models(workspace.id) as found:
        works = {name: _read(name, data, found) for name, data in files.items()}
    collection = get_or_make_collection(workspace, HANDBOOK_COLLECTION)
    for name, work in works.items():
        document = _publish(collection, owner, work, files[name], known.get(name))
        ring_library(workspace.id, document.id)
        logger.info("handbook.indexed", extra={"document_id": str(document.id)})


def _read(name: str, data: bytes, models: Models) -> Work:
    with tempfile.TemporaryDirectory(prefix="quire-handbook-") as folder:
        path = Path(folder) / "original"
        path.write_bytes(data)
        work = Work(path, name, models)
        run_steps(work, _no_report)
    return work


def _no_report(step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
    """Nobody watches: this takes less time than opening the library."""


def _publish(collection: Collection, owner: User, work: Work, data: bytes, document: Document | None) -> Document:
    place = store_original(collection.workspace_id, ContentFile(data))
    try:
        with transaction.atomic():
            old_place = document.original.name if document else ""
            facts = {
                "sha256": sha256(data).hexdigest(),
                "byte_size": len(data),
                "original": place,
            }
            if document is None:
                document = Document.objects.create(
                    collection=collection,
                    owner=owner,
                    title=title_of(work.name),
                    kind=Kind.MARKDOWN,
                    source_name=work.name,
                    **facts,
                )
            else:
                Document.objects.filter(pk=document.pk).update(**facts)
            publish_version(document.id, work, lambda: None)
            transaction.on_commit(lambda: remove_original(old_place or ""))
    except BaseException:
        remove_original(place)
        raise
    return document
