"""How far the reading of a document is, in numbers and in words. Nothing here asks the database."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.documents.kinds import part_word
from apps.documents.models import UNFINISHED, IngestJob, JobState, JobStep

# Before so much is done, and so much time went by, what is left would be guessed from next to nothing.
_PERCENT_MIN = 5
_SECONDS_MIN = 4
# Longer than this is no forecast any more.
_SECONDS_MAX = 6 * 3600


@dataclass(frozen=True, slots=True)
class Progress:
    """What the API tells of a job that is not over. `seconds_left` is None where it cannot be told."""

    stage: str
    percent: int
    pages_done: int
    pages_total: int
    passages_done: int
    passages_total: int
    seconds_left: int | None


def progress_of(job: IngestJob | None, now: datetime | None = None) -> Progress | None:
    """Return how far a job is; None where nothing is being done."""
    if job is None or job.state not in UNFINISHED:
        return None
    return Progress(
        stage=stage_of(job),
        percent=job.percent,
        pages_done=job.pages_done,
        pages_total=job.pages_total,
        passages_done=job.passages_done,
        passages_total=job.passages_total,
        seconds_left=seconds_left(job, now or timezone.now()),
    )


def stage_of(job: IngestJob) -> str:
    """Return the step that is being done: who waits is at none, and whose passages are written waits for the embedder."""
    if job.state == JobState.QUEUED:
        return JobStep.WAITING.value
    return JobStep.EMBED.value if job.state == JobState.EMBEDDING else job.step


def seconds_left(job: IngestJob, now: datetime) -> int | None:
    """Foretell from the rate so far when the job is done; None where that would be a guess."""
    if job.state == JobState.QUEUED or job.started_at is None or not _PERCENT_MIN <= job.percent < 100:
        return None
    passed = (now - job.started_at).total_seconds()
    if passed < _SECONDS_MIN:
        return None
    left = passed * (100 - job.percent) / job.percent
    return round(left) if left <= _SECONDS_MAX else None


def stage_words(job: IngestJob, kind: str) -> str:
    """Say in a word or three what is being done."""
    if job.state == JobState.QUEUED:
        return "Waiting to try again" if job.error_code else "Waiting"
    stage = stage_of(job)
    if stage == JobStep.PARSE and job.pages_total > 1:
        return f"Reading {part_word(kind)} {min(job.pages_done, job.pages_total)} of {job.pages_total}"
    if stage == JobStep.EMBED and job.passages_done:
        return f"Indexing {job.passages_done} of {job.passages_total}"
    return str(JobStep(stage).label)


def left_words(seconds: int | None) -> str:
    """Say how long it still takes, no more exactly than it is known."""
    if seconds is None:
        return ""
    if seconds < 50:
        return f"about {max(5, -(-seconds // 10) * 10)} s left"
    minutes = -(-seconds // 60)
    return f"about {minutes} min left" if minutes < 90 else f"about {round(minutes / 60)} h left"
