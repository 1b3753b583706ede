"""Large uploads go to a temporary file, as Django has it; a disk that is full meanwhile is told in words."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from apps.documents.errors import NO_ROOM, StorageFull


class NoRoomForUpload(StorageFull, BadRequest):
    """Raised while a form is read, before any view: Django hands what is a BadRequest to our own page for it."""


class ToldTemporaryFiles(TemporaryFileUploadHandler):
    """Raises NoRoomForUpload where the disk has no room, with nothing of the file left."""

    # Any: what Django passes on.
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        with self._told():
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._told():
            super().receive_data_chunk(raw_data, start)

    # Any: the type an uploaded file is generic over says nothing here.
    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        with self._told():
            return super().file_complete(file_size)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            if hasattr(self, "file"):
                # What waits to be written fails once more; the file is removed all the same.
                with suppress(OSError):
                    self.file.close()
            raise NoRoomForUpload from error
