"""The files behind documents: hashed, stored out of reach of their names, read back, removed.

A file that no version holds stands in `LooseFile`: from before its first byte is written until a version takes it, and from
the deletion of its last version on. Whoever dies in between leaves the rest to `sweep_files`.
"""

import hashlib
import logging
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from apps.common.errors import Conflict, QuireError
from apps.documents.constants import LOOSE_FILE_SECONDS, NAME_MAX_CHARS, PATH_MAX_CHARS
from apps.documents.errors import NO_ROOM, StorageAway, StorageFull
from apps.documents.ingest.confined.folders import lend_folder
from apps.documents.models import LooseFile
from apps.documents.services.connection import let_go

logger = logging.getLogger(__name__)

_PIECE = 1024 * 1024
_SWEEP_MAX = 500
# So many in a row that the storage does not remove: it is away, and each try takes its time-out. The next sweep asks again.
_REFUSED_MAX = 3
_MARK_CHARS = 12
# Putting marks above and below letters in order takes the square of their number: a form may hold a million of them.
_READ_CHARS = 4 * PATH_MAX_CHARS
# Controls, what has no shape or no width, what turns text around, and what is no character.
_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff"
    "\uffa0\ufff0-\uffff\U000e0000-\U000e0fff" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)


def safe_name(name: str) -> str:
    """Return a file's name for showing: no folders, nothing invisible or that turns text around."""
    last = re.split(r"[/\\]", name)[-1]
    if len(last) > _READ_CHARS:
        last = last[: _READ_CHARS // 2] + last[-_READ_CHARS // 2 :]
    shown = unicodedata.normalize("NFC", _NOT_SHOWN.sub("", last)).strip(" .")
    if len(shown) > NAME_MAX_CHARS:
        stem, dot, suffix = shown.rpartition(".")
        is_suffix = bool(dot) and len(suffix) <= 10
        tail = f".{suffix}" if is_suffix else ""
        shown = (stem if is_suffix else shown)[: NAME_MAX_CHARS - len(tail)] + tail
    return shown or "document"


def safe_path(path: str) -> str:
    """Return where a file lay in the folder that was added: names that can be shown, nothing that leads anywhere.

    Two paths that differ stay two, as the path says which document a file is the next version of: one that cannot be shown as
    it is gets a mark of its own.
    """
    # Of one that is longer than any the end is shown; it has its mark by all of it.
    read, is_cut = path[-_READ_CHARS:], len(path) > _READ_CHARS
    whole = "/".join(unicodedata.normalize("NFC", part) for part in re.split(r"[/\\]", read) if part not in ("", "."))
    parts = (_NOT_SHOWN.sub("", part) for part in whole.split("/"))
    shown = "/".join(part for part in parts if part.strip(" ."))
    if not is_cut and shown == whole and shown and len(shown) <= PATH_MAX_CHARS:
        return shown
    mark = hashlib.sha256((path if is_cut else whole).encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_CHARS]
    return f"{shown[-(PATH_MAX_CHARS - _MARK_CHARS - 1) :] or safe_name('')}~{mark}"


def title_of(name: str) -> str:
    """Return a document's title where it does not say one itself: its name without the suffix."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and stem and len(suffix) <= 10 else name


# Any: the type a django File is generic over says nothing here.
def hash_file(file: "File[Any]") -> tuple[str, int]:
    """Return the sha256 and the true size of `file`, whatever its sender declared."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return digest.hexdigest(), size


# Any: the type a django File is generic over says nothing here.
def store_original(workspace_id: uuid.UUID, file: "File[Any]") -> str:
    """Write `file` to the storage at a new place and return the place. Raises StorageFull or StorageAway with nothing left."""
    file.seek(0)
    place = f"documents/{workspace_id}/{uuid.uuid4().hex}"
    LooseFile.objects.create(place=place, since=timezone.now())
    # To send it to a bucket may take a minute, and pages need the connection.
    let_go()
    try:
        return default_storage.save(place, file)
    except QuireError:
        remove_original(place)
        raise
    except OSError as error:
        remove_original(place)
        logger.error("storage.failed", extra={"errno": error.errno})
        raise (StorageFull if error.errno in NO_ROOM else StorageAway) from error


def hold_original(place: str) -> None:
    """Say, in the transaction that gives it to a version, that the file at `place` is held. Raises Conflict where it was swept away."""
    deleted, _ = LooseFile.objects.filter(pk=place).delete()
    if not deleted:
        raise Conflict("This took so long that the file was let go. Upload it again.")


def release_originals(places: Iterable[str]) -> None:
    """Say, in the transaction that deletes its version, that nobody holds a file any more; it goes once that is committed."""
    loose = [place for place in set(places) if place]
    LooseFile.objects.bulk_create([LooseFile(place=place, since=timezone.now()) for place in loose], ignore_conflicts=True)

    def remove() -> None:
        # Where the storage is away each of them would take its time-out; then the sweeper sees to them.
        all(remove_original(place) for place in loose)

    transaction.on_commit(remove)


def remove_original(place: str) -> bool:
    """Remove a stored file that nobody holds; one that is gone already is as good. False where the storage does not let it: the sweeper will."""
    try:
        default_storage.delete(place)
    except (QuireError, OSError) as error:
        logger.warning("storage.not_removed", extra={"error": type(error).__name__})
        return False
    LooseFile.objects.filter(pk=place).delete()
    return True


def sweep_files() -> int:
    """Remove the files that somebody who died left behind. Return how many."""
    left = LooseFile.objects.filter(since__lt=timezone.now() - timedelta(seconds=LOOSE_FILE_SECONDS))
    # In no fixed order: what the storage never lets go of must not stand before the rest.
    places = list(left.order_by("?").values_list("place", flat=True)[:_SWEEP_MAX])
    removed = refused = 0
    for place in places:
        try:
            removed += _sweep(place)
            refused = 0
        except (QuireError, OSError) as error:
            logger.warning("storage.not_removed", extra={"error": type(error).__name__})
            refused += 1
        if refused == _REFUSED_MAX:
            break
    return removed


def _sweep(place: str) -> bool:
    """Remove one file; False where somebody took it. Raises what the storage raises: then its row stays for the next time."""
    with transaction.atomic():
        # The row first: a version that would take the file now waits, finds no row, and is not made.
        is_loose = LooseFile.objects.filter(pk=place).delete()[0] > 0
        if is_loose:
            default_storage.delete(place)
    return is_loose


@contextmanager
def local_copy(place: str, beat: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Lend a copy of a stored file on this machine's disk: parsers want a path, storages have none. `beat` is called as it comes."""
    with lend_folder() as folder:
        path = folder / "original"
        with default_storage.open(place, "rb") as stored, path.open("wb") as copy:
            while piece := stored.read(_PIECE):
                copy.write(piece)
                beat()
        yield path
