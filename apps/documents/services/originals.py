"""The files behind documents: hashed, stored out of reach of their names, read back, removed."""

import hashlib
import re
import shutil
import tempfile
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage

from apps.documents.constants import NAME_MAX_CHARS

_PIECE = 1024 * 1024
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def safe_name(name: str) -> str:
    """Return a file's name for showing: no folders, nothing invisible or that turns text around."""
    last = re.split(r"[/\\]", name)[-1]
    shown = unicodedata.normalize("NFC", _NOT_SHOWN.sub("", last)).strip(" .")
    if len(shown) > NAME_MAX_CHARS:
        stem, dot, suffix = shown.rpartition(".")
        is_suffix = bool(dot) and len(suffix) <= 10
        tail = f".{suffix}" if is_suffix else ""
        shown = (stem if is_suffix else shown)[: NAME_MAX_CHARS - len(tail)] + tail
    return shown or "document"


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


def store_original(workspace_id: uuid.UUID, file: "File[Any]") -> str:
    """Write `file` to the storage at a new place and return the place."""
    file.seek(0)
    return default_storage.save(f"documents/{workspace_id}/{uuid.uuid4().hex}", file)


def remove_original(place: str) -> None:
    """Remove a stored file; one that is gone already is as good."""
    if place:
        default_storage.delete(place)


@contextmanager
def local_copy(place: str) -> Iterator[Path]:
    """Lend a copy of a stored file on this machine's disk: parsers want a path, storages have none."""
    with tempfile.TemporaryDirectory(prefix="quire-ingest-") as folder:
        path = Path(folder) / "original"
        with default_storage.open(place, "rb") as stored, path.open("wb") as copy:
            shutil.copyfileobj(stored, copy, _PIECE)
        yield path
