"""Taking a file into the library: nothing is half-saved, and the same bytes are taken once."""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotAllowed, TooLarge
from apps.common.queue import enqueue
from apps.documents.errors import EmptyFile
from apps.documents.ingest.detect import detect_kind
from apps.documents.models import Access, Collection, Document, IngestJob, Level
from apps.documents.selectors import get_collection_to_add, list_collections_to_add
from apps.documents.services.bell import ring_library
from apps.documents.services.collections import get_or_make_collection
from apps.documents.services.originals import (
    hash_file,
    remove_original,
    safe_name,
    store_original,
    title_of,
)
from apps.documents.types import Kind

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    # With all that a row of the library shows loaded.
    document: Document
    # False where the collection held these very bytes already.
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Checked:
    name: str
    kind: Kind
    sha256: str
    size: int


# Any: the type a django File is generic over says nothing here.
def upload_document(
    reader: Reader,
    *,
    file: "File[Any]",
    name: str,
    collection: Collection | None = None,
    access: str | None = None,
) -> Document:
    """Take `file` into the library and have it read; see `receive_file`."""
    received = receive_file(reader, file=file, name=name, collection=collection, access=access)
    return received.document


def receive_file(
    reader: Reader,
    *,
    file: "File[Any]",
    name: str,
    collection: Collection | None = None,
    access: str | None = None,
) -> Received:
    """Take `file`, or find the document that these bytes already are in this collection, of those that the reader sees.

    Without a collection it goes to the general one, else to the first that the reader may add to; without an access it
    is as open as its collection.

    1. Check size, name and kind; raise TooLarge or a FileRefused with nothing written.
    2. Write the original to the storage.
    3. In one transaction: the document and its job, or nothing; then the file is removed again.
    """
    reader.require("document.add")
    if access is not None and access not in Access.values:
        raise Invalid(f"Access is one of: {', '.join(Access.values)}.")
    checked = _check(file, name)
    collection = default_collection(reader) if collection is None else get_collection_to_add(reader, collection.pk)
    access = access or usual_access(collection)
    existing = _find_same(reader, collection, checked.sha256, access)
    if existing is not None:
        return Received(existing, is_new=False)
    place = store_original(reader.workspace.id, file)
    try:
        received = _record(reader, collection, checked, place=place, access=access)
    except BaseException:
        remove_original(place)
        raise
    if not received.is_new:
        remove_original(place)
    return received


def default_collection(reader: Reader) -> Collection:
    """Return the general collection, or the first that this reader may add to."""
    general = get_or_make_collection(reader.workspace)
    writable = list_collections_to_add(reader)
    if not writable:
        raise NotAllowed("document.add", "There is no collection that you may add to. Ask who manages one.")
    return general if general in writable else writable[0]


def usual_access(collection: Collection) -> str:
    """What a document gets that says nothing else: it is not wider open than the collection it is added to."""
    return Access.INTERNAL if collection.everyone == Level.NONE else Access.PUBLIC


def _check(file: "File[Any]", name: str) -> _Checked:
    limit = settings.QUIRE_UPLOAD_MAX_BYTES
    name = safe_name(name)
    if file.size > limit:
        raise too_large(limit)
    if not file.size:
        raise EmptyFile("This file is empty.")
    # Any: django's File has read and seek, which is all that is asked of it.
    readable: Any = file
    kind = detect_kind(readable, name)
    sha256, size = hash_file(file)
    return _Checked(name, kind, sha256, size)


def too_large(limit: int) -> TooLarge:
    shown = filesizeformat(limit).replace("\xa0", " ")
    return TooLarge(f"This file is larger than {shown}, the most that Quire takes.", limit=limit)


def _find_same(reader: Reader, collection: Collection, sha256: str, access: str) -> Document | None:
    """The same bytes for the same readers: a restricted document is nobody's but its owner's to be pointed to."""
    same = Document.objects.visible_to(reader).filter(collection=collection, sha256=sha256, access=access)
    if access == Access.RESTRICTED:
        same = same.filter(owner=reader.user)
    return same.select_related("collection", "owner").with_latest_job().with_row_facts(reader).order_by("created_at").first()


def _record(reader: Reader, collection: Collection, checked: _Checked, *, place: str, access: str) -> Received:
    with transaction.atomic():
        # Two uploads of the same bytes at once: the second waits here and finds the first.
        Collection.objects.select_for_update().get(pk=collection.pk)
        existing = _find_same(reader, collection, checked.sha256, access)
        if existing is not None:
            return Received(existing, is_new=False)
        document = Document.objects.create(
            collection=collection,
            owner=reader.user,
            title=title_of(checked.name),
            kind=checked.kind,
            access=access,
            sha256=checked.sha256,
            byte_size=checked.size,
            original=place,
            source_name=checked.name,
        )
        job = queue_job(document)
        record("document.added", reader=reader, target=document, collection=str(collection.pk), access=access)
    logger.info(
        "document.uploaded",
        extra={"document_id": str(document.id), "kind": checked.kind, "bytes": checked.size},
    )
    # As the selectors load it, without asking: a key that may add but not read gets its answer too.
    loaded: Any = document
    loaded.latest_jobs, loaded.named_count, loaded.shows_collection = [job], 0, True
    return Received(document, is_new=True)


def queue_job(document: Document) -> IngestJob:
    """Write the job and, once that is committed, hint at it and ring the library's bell."""
    job = IngestJob.objects.create(document=document, hinted_at=timezone.now())
    enqueue("documents.ingest", str(job.id))
    workspace_id: UUID = document.collection.workspace_id
    transaction.on_commit(lambda: ring_library(workspace_id, document.id))
    return job
