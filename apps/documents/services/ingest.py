"""Read one document, as the worker does: claim, run the steps, publish, or say why not."""

import logging
import traceback
from contextlib import nullcontext
from pathlib import Path
from uuid import UUID

from apps.common.errors import QuireError
from apps.documents.errors import FileRefused, LeaseLost
from apps.documents.ingest.pipeline import Models, Work, run_steps
from apps.documents.services.connection import let_go
from apps.documents.services.jobs import Lease, claim_job
from apps.documents.services.models import gateway_models
from apps.documents.services.originals import local_copy
from apps.documents.services.publish import publish_version

logger = logging.getLogger(__name__)

_INTERNAL = "Quire could not finish reading this file. It has been logged; try again later."
_TOO_LONG = "Reading this file took too long. Split it into smaller documents."
_TOO_LARGE = "Reading this file needs more memory than there is. Split it into smaller documents."
_GONE = "The stored file cannot be found. Upload it again."


def ingest_document(
    job_id: str | UUID,
    *,
    models: Models | None = None,
    gives_up_on: tuple[type[Exception], ...] = (),
) -> None:
    """Work on a job if it is free. However it ends, the job's row says so.

    Run twice at once, the second finds the lease taken; run after a crash, the attempt counts.
    Exceptions in `gives_up_on` (the queue's time limit) end the job rather than this attempt.
    """
    lease = claim_job(job_id)
    if lease is None:
        logger.info("ingest.not_claimed", extra={"job_id": str(job_id)})
        return
    try:
        _read_and_publish(lease, models, gives_up_on)
    except LeaseLost:
        logger.info("ingest.lease_lost", extra={"job_id": str(job_id)})


def _read_and_publish(lease: Lease, models: Models | None, gives_up_on: tuple[type[Exception], ...]) -> None:
    try:
        lent = nullcontext(models) if models else gateway_models(lease.workspace_id)
        with local_copy(lease.place) as path, lent as found:
            work = Work(path, lease.name, found)
            run_steps(work, lease.report)
        lease.report("publish", 98)
        if publish_version(lease.document_id, work, lease.finish) is None:
            raise LeaseLost  # the document was deleted, and its job with it
        lease.ring()
        logger.info(
            "ingest.done",
            extra={"document_id": str(lease.document_id), "passages": len(work.drafts)},
        )
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
    finally:
        let_go()
