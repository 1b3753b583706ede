"""Originals in S3, or in what speaks like it. Files are streamed, errors are told in words, and no link ever leaves the server."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from apps.documents.errors import StorageAway, StorageFull

logger = logging.getLogger(__name__)

_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 5, 30, 3
_PART_BYTES = 16 * 1024 * 1024
_FULL_STATUS = 507
# As MinIO, Ceph and others say it.
_FULL_CODES = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientStorage", "InsufficientCapacity"})


class S3Originals(S3Storage):
    """What is asked of a storage, and no more: save, open, exists, delete, list."""

    # Any: S3Storage's own settings.
    def get_default_settings(self) -> dict[str, Any]:
        mine = {
            "file_overwrite": True,  # a place is never used twice
            "default_acl": None,
            "querystring_auth": False,
            "transfer_config": TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, max_concurrency=2),
            "client_config": Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": _TRIES, "mode": "standard"},
                signature_version="s3v4",
                # Older servers do not know the newer sums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }
        return {**super().get_default_settings(), **mine}

    # Any: the type a django File is generic over says nothing here.
    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        key = self._normalize_name(clean_name(name))
        with _told():
            answer = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=key)
        return Streamed(answer["Body"], name, answer["ContentLength"])

    def _save(self, name: str, content: "File[Any]") -> str:
        with _told():
            saved: str = super()._save(name, content)
        return saved

    def delete(self, name: str) -> None:
        with _told():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _told():
            return bool(super().exists(name))

    def url(self, name: str | None, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("Originals are served by Quire's own view, which asks for the rights.")


if TYPE_CHECKING:
    AnyFile = File[Any]
else:
    # Generic in the stubs alone.
    AnyFile = File


class Streamed(AnyFile):
    """A file as it comes over the network, read once from its beginning."""

    # Any: botocore's StreamingBody, which comes without types.
    def __init__(self, body: Any, name: str, size: int) -> None:
        super().__init__(body, name)
        self._body, self._size, self._is_closed = body, size, False

    @property
    def size(self) -> int:
        return self._size

    @property
    def closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        self._is_closed = True
        self._body.close()

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        with _told():
            piece: bytes = self._body.read(None if size < 0 else size)
        return piece


@contextmanager
def _told() -> Iterator[None]:
    """Raise FileNotFoundError, StorageFull or StorageAway for what boto raises."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = error.response.get("Error", {}).get("Code", "")
        if status == 404 and code != "NoSuchBucket":
            raise FileNotFoundError from error
        logger.error("storage.failed", extra={"status": status, "code": code})
        raise (StorageFull if status == _FULL_STATUS or code in _FULL_CODES else StorageAway) from error
    except (BotoCoreError, Boto3Error) as error:
        logger.error("storage.failed", extra={"error": type(error).__name__})
        raise StorageAway from error
