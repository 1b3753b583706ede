"""Read one document, as the worker does: claim, run the steps, store its passages, or say why not."""

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.common.errors import QuireError
from apps.common.queue import enqueue
from apps.documents.constants import READ_TASK_SECONDS
from apps.documents.errors import FileRefused, LeaseLost
from apps.documents.ingest.ocr import usable_languages
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.pipeline import Models, ReadFile, Work, read_here, run_steps
from apps.documents.models import JobStep
from apps.documents.services.connection import let_go
from apps.documents.services.jobs import Lease, claim_job, claim_next, hint_next, parse_slots
from apps.documents.services.models import gateway_models
from apps.documents.services.originals import local_copy
from apps.documents.services.slots import take_slot
from apps.documents.services.store import store_passages

logger = logging.getLogger(__name__)

_INTERNAL = "Quire could not finish reading this file. It has been logged; try again later."
_TOO_LONG = "Reading this file took too long. Split it into smaller documents."
_TOO_LARGE = "Reading this file needs more memory than there is. Split it into smaller documents."
_GONE = "The stored file cannot be found. Upload it again."
Ends = tuple[type[Exception], ...]


def read_waiting(*, read: ReadFile, gives_up_on: Ends = (), clock: Callable[[], float] = time.monotonic) -> int:
    """Read documents by turn for a few seconds, then ask for another task: one a document would cost as much as reading a page."""
    deadline, count = clock() + READ_TASK_SECONDS, 0
    while read_next(read=read, gives_up_on=gives_up_on):
        count += 1
        if clock() >= deadline:
            hint_next()
            break
    return count


def read_next(*, models: Models | None = None, read: ReadFile = read_here, gives_up_on: Ends = ()) -> bool:
    """Read the document whose turn it is; False where there is none for this process, or enough are being read on this machine."""
    with take_slot("parse", parse_slots()) as is_free:
        lease = claim_next() if is_free else None
        if lease is not None:
            _work_on(lease, models, read, gives_up_on)
    return lease is not None


def read_document(job_id: str | UUID, *, models: Models | None = None, read: ReadFile = read_here, gives_up_on: Ends = ()) -> bool:
    """Read this document now, if its job is free.

    Run twice at once, the second finds the lease taken; run after a crash, the attempt counts.
    Exceptions in `gives_up_on` (the queue's time limit) end the job rather than this attempt.
    """
    lease = claim_job(job_id)
    if lease is None:
        logger.info("ingest.not_claimed", extra={"job_id": str(job_id)})
        return False
    _work_on(lease, models, read, gives_up_on)
    return True


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
    except FileRefused as error:
        logger.info("ingest.refused", extra={"job_id": str(lease.job_id), "code": error.reason})
        lease.fail(error.reason, error.detail)
    except QuireError as error:
        logger.warning("ingest.failed", extra={"job_id": str(lease.job_id), "code": error.code})
        end = lease.release if error.is_retryable else lease.fail
        end(error.code, error.detail)
    except FileNotFoundError:
        lease.fail("missing", _GONE)
    except MemoryError:
        lease.fail("too_large", _TOO_LARGE)
    except gives_up_on:
        lease.fail("timed_out", _TOO_LONG)
    except Exception as error:  # noqa: BLE001  # the edge of one document: the next one is read
        # Where it happened, but not the message: a parser's may quote the document.
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        logger.error(
            "ingest.crashed",
            extra={"job_id": str(lease.job_id), "error": type(error).__name__, "at": at},
        )
        lease.release("internal", _INTERNAL)
    except (KeyboardInterrupt, SystemExit):
        lease.give_back()
        raise
    finally:
        let_go()


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
