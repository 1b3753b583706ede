"""Taking a file into the library: nothing is half-saved, and the same bytes are taken once."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.defaultfilters import filesizeformat

from apps.accounts.selectors.readers import renew
from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotAllowed, TooLarge
from apps.documents.errors import EmptyFile
from apps.documents.ingest.detect import detect_kind
from apps.documents.models import UNFINISHED, Access, Collection, Document, DocumentVersion, IngestJob, Level
from apps.documents.selectors import get_collection_to_add, list_collections_to_add
from apps.documents.services.collections import get_or_make_collection
from apps.documents.services.originals import (
    hash_file,
    remove_original,
    safe_name,
    safe_path,
    store_original,
    title_of,
)
from apps.documents.services.versions import FileFacts, add_version
from apps.documents.tags import clean_tags

logger = logging.getLogger(__name__)

_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Received:
    # With all that a row of the library shows loaded.
    document: Document
    # False where the collection held these very bytes already.
    is_new: bool
    # The next version of a document that was there: a changed file of the same path.
    is_version: bool = False
    # Of the bytes that were sent: a document that is there may have newer ones.
    sha256: str = ""


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


def receive_file(  # noqa: PLR0913  # each is a field of the form, and every caller gives two or three
    reader: Reader,
    *,
    file: "File[Any]",
    name: str,
    collection: Collection | None = None,
    access: str | None = None,
    path: str = "",
    tags: Iterable[str] = (),
) -> Received:
    """Take `file`, or find the document that these bytes already are in this collection, of those that the reader sees.

    `path` is where it lay in a folder that is added, its name included. Other bytes of the same path, added by the same
    person to the same collection, are the next version of that document. Without a collection it goes to the general one,
    else to the first that the reader may add to; without an access it is as open as its collection.
    `tags` are those of a new document: one that is there keeps its own, also where it gets a next version.

    1. Check tags, size, name and kind; raise Invalid, TooLarge or a FileRefused with nothing written.
    2. Write the original to the storage.
    3. In one transaction: document, version and job, or nothing; then the file is removed again.
    """
    reader.require("document.add")
    if access is not None and access not in Access.values:
        raise Invalid(f"Access is one of: {', '.join(Access.values)}.")
    kept = clean_tags(tags)
    checked = _check(file, name, path)
    collection = default_collection(reader) if collection is None else get_collection_to_add(reader, collection.pk)
    access = access or usual_access(collection)
    existing = _find_same(reader, collection, checked.sha256, access)
    if existing is not None:
        return Received(existing, is_new=False, sha256=checked.sha256)
    place = store_original(reader.workspace.id, file)
    try:
        received = _record(reader, collection, checked, place=place, access=access, tags=kept)
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


def _check(file: "File[Any]", name: str, path: str) -> FileFacts:
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
    return FileFacts(name, safe_path(path or name), kind, sha256, size)


def too_large(limit: int) -> TooLarge:
    shown = filesizeformat(limit).replace("\xa0", " ")
    return TooLarge(f"This file is larger than {shown}, the most that Quire takes.", limit=limit)


def _find_same(reader: Reader, collection: Collection, sha256: str, access: str) -> Document | None:
    """The same bytes for the same readers: a restricted document is nobody's but its owner's to be pointed to.

    Nor is anybody pointed to another's that was cancelled or could not be read: they may not have it read again.
    """
    version = DocumentVersion.objects.filter(document=OuterRef("pk"), sha256=sha256, published_at=None)
    own = Q(owner=reader.user) & (Q(sha256=sha256) | Exists(version))
    answers = Q(sha256=sha256, current_version__isnull=False)
    # First the ids alone, whoever sees them: the conditions below would be asked of every document of the collection.
    with_bytes = Document.objects.filter(collection=collection, sha256=sha256).values_list("pk")
    unread = DocumentVersion.objects.filter(sha256=sha256, published_at=None).values_list("document")
    # With one that nobody has, so that hidden bytes cost as many queries as new ones.
    held = [_NO_ID, *(found for (found,) in with_bytes.order_by().union(unread.order_by()))]
    is_read = Exists(IngestJob.objects.filter(document=OuterRef("pk"), version__sha256=sha256, state__in=UNFINISHED))
    same = Document.objects.visible_to(reader).filter(own | answers | Q(is_read), pk__in=held, collection=collection, access=access, parent=None)
    if access == Access.RESTRICTED:
        same = same.filter(owner=reader.user)
    return same.select_related("collection", "owner").with_latest_job().with_row_facts(reader).order_by("created_at").first()


def _record(reader: Reader, collection: Collection, facts: FileFacts, *, place: str, access: str, tags: Sequence[str]) -> Received:
    with transaction.atomic():
        # Two uploads of the same bytes at once: the second waits here and finds the first. Rows that refer to the collection do not
        # wait: who stores what came with a message holds the document that an upload may want next.
        Collection.objects.select_for_update(no_key=True).get(pk=collection.pk)
        now = renew(reader)
        if now is not reader:
            # To store a large file takes a while, and a right may be gone since.
            now.require("document.add")
            get_collection_to_add(now, collection.pk)
        existing = _find_same(reader, collection, facts.sha256, access)
        if existing is not None:
            return Received(existing, is_new=False, sha256=facts.sha256)
        document = _find_earlier(reader, collection, facts.path, access)
        is_version = document is not None
        if document is None:
            document = Document.objects.create(
                collection=collection,
                owner=reader.user,
                title=title_of(facts.name),
                kind=facts.kind,
                access=access,
                sha256=facts.sha256,
                byte_size=facts.size,
                original=place,
                source_name=facts.name,
                source_path=facts.path,
                tags=tags,
            )
        job = add_version(document, facts, place)
        action = "document.version_added" if is_version else "document.added"
        record(action, reader=reader, target=document, collection=str(collection.pk), access=access)
    logger.info(
        "document.uploaded",
        extra={"document_id": str(document.id), "kind": facts.kind, "bytes": facts.size, "version": is_version},
    )
    # As the selectors load it, without asking: a key that may add but not read gets its answer too.
    loaded: Any = document
    loaded.latest_jobs, loaded.shows_collection = [job], True
    loaded.named_count = getattr(loaded, "named_count", 0)
    return Received(document, is_new=True, is_version=is_version, sha256=facts.sha256)


def _find_earlier(reader: Reader, collection: Collection, path: str, access: str) -> Document | None:
    """The reader's own document of this path, locked: a changed file is its next version. Nobody replaces another's."""
    mine = Document.objects.visible_to(reader).filter(collection=collection, source_path=path, owner=reader.user, access=access, parent=None)
    rows = mine.select_related("collection", "owner").with_row_facts(reader).order_by("-created_at")
    return rows.select_for_update(of=("self",)).first()
