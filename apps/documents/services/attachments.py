"""What came with a message becomes documents under it: of the same collection, owner and access, named to the same people.

Their files are stored before the transaction that stores the message's passages, as loose ones; what no row took is removed
after it. The message's version holds them until it is published: only then do they become documents, in that transaction. So
what came with the version before stays as long as that one answers, whatever becomes of the next.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db.models import Q

from apps.accounts.services.audit import record
from apps.documents.errors import FileRefused
from apps.documents.ingest.detect import detect_kind
from apps.documents.ingest.types import Attachment, Parsed
from apps.documents.models import Document, DocumentGrant, DocumentVersion
from apps.documents.services.documents import purge_document
from apps.documents.services.endings import places_held
from apps.documents.services.families import family_of, top_of
from apps.documents.services.originals import (
    hash_file,
    hold_original,
    release_originals,
    remove_original,
    safe_name,
    safe_path,
    store_original,
    title_of,
)
from apps.documents.services.versions import FileFacts, add_version
from apps.documents.types import Kind

# A message in a message in a message: what is attached to the last one is not taken. And so many documents from one file.
_DEPTH_MAX = 3
_MOST = 200
_NAMED_IN_NOTE = 3


@dataclass(slots=True)
class Attached:
    """What came with a version of a message. A file that hangs under the message already has no place: it is not stored again."""

    files: list[tuple[FileFacts, str]] = field(default_factory=list)
    # The names of those that were not taken.
    refused: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)


@contextmanager
def stored_attachments(document_id: UUID, workspace_id: UUID, parsed: Parsed, beat: Callable[[], None]) -> Iterator[Attached]:
    """Store what came with a message, with no transaction open, and note on it what was not taken. `beat` is called for each file."""
    attached = Attached()
    try:
        if parsed.attachments:
            _store(document_id, workspace_id, parsed.attachments, attached, beat)
            parsed.notes.extend(_note(attached.refused))
        yield attached
    finally:
        for _facts, place in attached.files:
            if place not in attached.held:
                remove_original(place)


def _store(document_id: UUID, workspace_id: UUID, attachments: Sequence[Attachment], attached: Attached, beat: Callable[[], None]) -> None:
    room = _room_under(document_id)
    known = set(_hashes_under(document_id))
    seen: set[str] = set()
    for attachment in attachments:
        beat()
        with attachment.path.open("rb") as opened:
            file = File(opened, attachment.path.name)
            facts = _check(attachment, file) if len(seen) < room else None
            if facts is None:
                attached.refused.append(safe_name(attachment.name))
            # The same bytes twice in one message are one document.
            elif facts.sha256 not in seen:
                seen.add(facts.sha256)
                attached.files.append((facts, "" if facts.sha256 in known else store_original(workspace_id, file)))


def _room_under(document_id: UUID) -> int:
    """Return how many attachments a document may have: they can hold others, and those others again."""
    top, depth = top_of(document_id)
    if depth >= _DEPTH_MAX:
        return 0
    # Its own are counted anew.
    return max(0, _MOST - len(family_of(top)) + len(family_of(document_id)))


def _hashes_under(document_id: UUID) -> Iterator[str]:
    """The bytes that hang under a message: those that answer, and those that are being read."""
    children = Document.objects.filter(parent=document_id)
    yield from children.values_list("sha256", flat=True)
    yield from DocumentVersion.objects.filter(document__parent=document_id, published_at=None).values_list("sha256", flat=True)


def _check(attachment: Attachment, file: "File[bytes]") -> FileFacts | None:
    """Return what is known of a file that Quire reads; None for another one."""
    name = safe_name(attachment.name)
    if not 0 < file.size <= settings.QUIRE_UPLOAD_MAX_BYTES:
        return None
    # Any: django's File has read and seek, which is all that is asked of it.
    readable: Any = file
    try:
        kind = detect_kind(readable, name)
    except FileRefused:
        return None
    sha256, size = hash_file(file)
    return FileFacts(name, name, kind, sha256, size)


def _note(refused: Sequence[str]) -> list[str]:
    if not refused:
        return []
    those = "1 attachment was" if len(refused) == 1 else f"{len(refused):,} attachments were"
    more = f" and {len(refused) - _NAMED_IN_NOTE:,} more" if len(refused) > _NAMED_IN_NOTE else ""
    return [f"{those} not taken: {', '.join(refused[:_NAMED_IN_NOTE])}{more}."]


def keep_attachments(version: DocumentVersion, attached: Attached) -> None:
    """Have the version hold what came with it until it is published, inside the transaction that stores its passages.

    What a former attempt had it hold goes.
    """
    release_originals(places_held([version]))
    for _facts, place in attached.files:
        if place:
            hold_original(place)
            attached.held.add(place)
    version.attached = [{**asdict(facts), "place": place} for facts, place in attached.files] or None
    version.save(update_fields=["attached"])


def attach(message: Document, version: DocumentVersion) -> None:
    """Make the documents under a message those that came with this version, inside the transaction that publishes it and locked the family.

    Those with the same bytes stay as they are, a changed file of the same name becomes the next version, and what came with no
    version any more goes. What has no room is not taken, and noted.
    """
    if not Document.objects.filter(pk=message.pk).exists():
        # It was attached itself, to a message whose next version does not bring it: its files went with it.
        return
    files = [_from_row(one) for one in version.attached or ()]
    children = list(message.attachments.select_related("collection").order_by("pk"))
    hung = _hang(message, files, children)
    for child in children:
        if child.pk not in hung.kept:
            purge_document(child)
    release_originals(place for _, place in files if place not in hung.taken)
    version.attached, version.note = None, " ".join([*filter(None, [version.note]), *_note(hung.refused)])[:500]
    version.save(update_fields=["attached", "note"])
    if hung.refused:
        Document.objects.filter(pk=message.pk).update(note=version.note)


@dataclass(slots=True)
class _Hung:
    """What became of the files under a message: its attachments that are of them, the places that these took, and the names of those without room."""

    kept: set[UUID]
    taken: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


def _hang(message: Document, files: Sequence[tuple[FileFacts, str]], children: Sequence[Document]) -> _Hung:
    room = _room_under(message.pk)
    by_bytes = _by_bytes(children)
    by_path = {child.source_path: child for child in children}
    hung = _Hung({by_bytes[facts.sha256].pk for facts, _ in files if facts.sha256 in by_bytes})
    for facts, place in files:
        if not place or facts.sha256 in by_bytes:
            continue
        if len(hung.kept) >= room:
            hung.refused.append(facts.name)
            continue
        path = _path_under(message, facts.name)
        earlier = by_path.get(path)
        if earlier is not None and earlier.pk in hung.kept:
            # Two of one name: the second one has a number.
            path, earlier = _free_path(path, by_path), None
        child = earlier or _make(message, facts, path, place)
        by_path[path] = child
        hung.kept.add(child.pk)
        hung.taken.add(place)
        add_version(child, facts, place, is_held=True)
    return hung


# Any: what JSON gives back of one file.
def _from_row(row: dict[str, Any]) -> tuple[FileFacts, str]:
    facts = {name: value for name, value in row.items() if name != "place"}
    return FileFacts(**{**facts, "kind": Kind(facts["kind"])}), row["place"]


def _by_bytes(children: Sequence[Document]) -> dict[str, Document]:
    by_id = {child.pk: child for child in children}
    found = {child.sha256: child for child in children}
    unread = DocumentVersion.objects.filter(Q(document__in=by_id), published_at=None)
    return found | {sha256: by_id[child] for sha256, child in unread.values_list("sha256", "document")}


def _make(message: Document, facts: FileFacts, path: str, place: str) -> Document:
    child = Document.objects.create(
        parent=message,
        collection=message.collection,
        owner_id=message.owner_id,
        access=message.access,
        title=title_of(facts.name),
        kind=facts.kind,
        sha256=facts.sha256,
        byte_size=facts.size,
        original=place,
        source_name=facts.name,
        source_path=path,
    )
    grants = DocumentGrant.objects.filter(document=message)
    DocumentGrant.objects.bulk_create(DocumentGrant(document=child, member_id=one.member_id, group_id=one.group_id) for one in grants)
    record("document.attached", workspace_id=message.collection.workspace_id, target=child, parent=str(message.pk))
    return child


def _path_under(message: Document, name: str) -> str:
    return safe_path(f"{message.source_path or message.source_name}/{name}")


def _free_path(path: str, taken: dict[str, Document]) -> str:
    stem, dot, suffix = path.rpartition(".")
    stem, tail = (stem, f".{suffix}") if dot and "/" not in suffix else (path, "")
    # Made safe again: with its number it may be too long.
    paths = (safe_path(f"{stem} ({number}){tail}") for number in count(2))
    return next(one for one in paths if one not in taken)
