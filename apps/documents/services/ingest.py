"""Read one document, as the worker does: claim, run the steps, store its passages, or say why not."""

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from django.conf import settings

from apps.common.errors import QuireError
from apps.common.queue import enqueue
from apps.documents.constants import READ_TASK_SECONDS
from apps.documents.errors import NEEDS_MEMORY, NO_ROOM, TOO_LONG, FileRefused, LeaseLost, StorageAway, StorageFull
from apps.documents.ingest.ocr import usable_languages
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.pipeline import Models, ReadFile, Work, read_here, run_steps
from apps.documents.models import JobStep
from apps.documents.services.connection import let_go
from apps.documents.services.lease import Lease, claim_next, is_claimable, parse_slots
from apps.documents.services.models import gateway_models
from apps.documents.services.originals import local_copy
from apps.documents.services.slots import take_slot
from apps.documents.services.store import store_passages
from apps.documents.services.sweeper import hint_next
from apps.gateway.errors import ProviderUnavailable

logger = logging.getLogger(__name__)

_INTERNAL = "Quire could not finish reading this file. It has been logged; try again later."
_GONE = "The stored file cannot be found. Upload it again."
_NO_ROOM = "There is no room on the disk to read this file. It is tried again when there is; tell the operator of this installation."
# So often in a row something waits that cannot be had, before it is left to whoever has the slots, and to the sweeper.
_LOOKS = 3
Ends = tuple[type[Exception], ...]


def read_waiting(*, read: ReadFile, gives_up_on: Ends = (), clock: Callable[[], float] = time.monotonic) -> int:
    """Read documents by turn for a few seconds, then ask for another task: one a document would cost as much as reading a page."""
    deadline, count, looks = clock() + READ_TASK_SECONDS, 0, 0
    # Once more when the slot was let go of: a hint that came between that and the look before may have found all slots taken, and
    # nobody is told again. What waits may be held by others: it is not looked at for ever.
    while looks < _LOOKS and is_claimable():
        looks += 1
        while read_next(read=read, gives_up_on=gives_up_on):
            count, looks = count + 1, 0
            if clock() >= deadline:
                hint_next()
                return count
    return count


def read_next(*, models: Models | None = None, read: ReadFile = read_here, gives_up_on: Ends = ()) -> bool:
    """Read the document whose turn it is; False where there is none for this process, or enough are being read on this machine."""
    with take_slot("parse", parse_slots()) as is_free:
        lease = claim_next() if is_free else None
        if lease is not None:
            _work_on(lease, models, read, gives_up_on)
    return lease is not None


def _work_on(lease: Lease, models: Models | None, read: ReadFile, gives_up_on: Ends) -> None:
    try:
        _read_and_store(lease, models, read, gives_up_on)
    except LeaseLost:
        logger.info("ingest.lease_lost", extra={"job_id": str(lease.job_id)})


def _read_and_store(lease: Lease, models: Models | None, read: ReadFile, gives_up_on: Ends) -> None:
    try:
        lent = nullcontext(models) if models else gateway_models(lease.workspace_id)
        with local_copy(lease.place, partial(lease.report, JobStep.DETECT, 0)) as path, lent as found:
            work = Work(path, lease.name, found, read=read, desk=_desk_in(path.parent), passage_tokens=settings.QUIRE_PASSAGE_TOKENS)
            run_steps(work, lease.report)
            store_passages(lease, work)
        _hint_embedder()
        lease.ring()
        logger.info("ingest.read", extra={"document_id": str(lease.document_id), "passages": len(work.drafts)})
    except LeaseLost:
        raise
    except gives_up_on:
        lease.fail("timed_out", TOO_LONG)
    except Exception as error:  # noqa: BLE001  # the edge of one document: the next one is read
        _end(lease, error)
    except (KeyboardInterrupt, SystemExit):
        lease.give_back()
        raise
    finally:
        let_go()


def _end(lease: Lease, error: Exception) -> None:
    """Say what became of a document that was not read: final where the file is at fault, else it is tried again after a pause."""
    match error:
        case FileRefused():
            logger.info("ingest.refused", extra={"job_id": str(lease.job_id), "code": error.reason})
            lease.fail(error.reason, error.detail)
        case StorageAway() | StorageFull() | ProviderUnavailable():
            logger.warning("ingest.put_off", extra={"job_id": str(lease.job_id), "code": error.code})
            lease.put_off(error.code, error.detail or error.title)
        case QuireError():
            logger.warning("ingest.failed", extra={"job_id": str(lease.job_id), "code": error.code})
            end = lease.release if error.is_retryable else lease.fail
            end(error.code, error.detail or error.title)
        case FileNotFoundError():
            lease.release("missing", _GONE)
        case OSError() if error.errno in NO_ROOM:
            lease.put_off(StorageFull.code, _NO_ROOM)
        case MemoryError():
            lease.fail("too_large", NEEDS_MEMORY)
        case _:
            _log_crash(lease, error)
            lease.release("internal", _INTERNAL)


def _log_crash(lease: Lease, error: Exception) -> None:
    """Say where it happened, but not the message: a parser's may quote the document."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error("ingest.crashed", extra={"job_id": str(lease.job_id), "error": type(error).__name__, "at": at})


def _hint_embedder() -> None:
    """Where one is at work, it looks once more before it ends, after it let go of the slot: it needs no hint."""
    with take_slot("embedder") as is_free:
        pass
    if is_free:
        enqueue("documents.embed")


def _desk_in(folder: Path) -> Desk:
    desk = folder / "desk"
    desk.mkdir()
    return Desk(desk, usable_languages(settings.QUIRE_OCR_LANGUAGES))
