"""How the body of a form with files is read: what goes wrong there is told in words, and nothing of it is kept.

Large files go to temporary ones, as Django has it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.urls import reverse

from apps.common.errors import Malformed, TooLarge
from apps.documents.errors import NO_ROOM, StorageFull


# Each of them is raised while a form is read, before any view: Django hands what is a BadRequest to our own page for it.
class NoRoomForUpload(StorageFull, BadRequest):
    pass


class TooManyFiles(TooLarge, BadRequest):
    code, title = "too_many_files", "Too many files at once"

    def __init__(self, limit: int) -> None:
        super().__init__(f"Up to {limit} files are taken at once. There were more, so none of them was added: send them in parts.", limit=limit)


class UploadCut(Malformed, BadRequest):
    code, title, is_retryable = "upload_cut", "The upload was cut off", True

    def __init__(self) -> None:
        super().__init__("Only a part of it arrived, so nothing was added. Send it again; if it breaks off once more, send fewer files at a time.")


class WholeForms(FileUploadHandler):
    """Reads a form through the handlers after it. Raises TooManyFiles, and UploadCut for one whose end is missing.

    Django takes what it finds up to the end: of a form that was cut off some files, or none, as if no more had been sent.
    """

    # Any, here and below: what Django passes on.
    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None) -> Any:
        request = self.request
        assert request is not None, "made by Django for the request that it reads"
        body: Any = _Body(input_data, b"--" + boundary + b"--")
        others: Any = [handler for handler in request.upload_handlers if handler is not self]
        try:
            fields, files = MultiPartParser(META, body, others, encoding).parse()
        except TooManyFilesSent as error:
            raise _leading_back(request, TooManyFiles(settings.DATA_UPLOAD_MAX_NUMBER_FILES or 0)) from error
        except MultiPartParserError as error:
            if body.is_whole:
                raise
            raise _leading_back(request, UploadCut()) from error
        if not body.is_whole:
            for _, found in files.lists():
                for file in found:
                    file.close()
            raise _leading_back(request, UploadCut())
        return fields, files


class _Body:
    """What is read of a request, with an eye on whether the form's end was in it."""

    def __init__(self, source: Any, end: bytes) -> None:
        self.is_whole = False
        self._source, self._end, self._before = source, end, b""

    def read(self, size: int) -> bytes:
        data: bytes = self._source.read(size)
        if not self.is_whole:
            # The end may stand across two pieces.
            seen = self._before + data
            self.is_whole, self._before = self._end in seen, seen[-len(self._end) :]
        return data


def _leading_back(request: HttpRequest, error: TooManyFiles | UploadCut) -> TooManyFiles | UploadCut:
    """The error with the address of the page that the form stands on."""
    match = request.resolver_match
    if match is not None and match.view_name == "documents:upload":
        error.back_url = reverse("documents:library", kwargs=match.kwargs)
    return error


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
