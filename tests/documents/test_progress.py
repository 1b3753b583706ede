from datetime import timedelta

import pytest
from django.utils import timezone

from apps.documents.models import IngestJob
from apps.documents.progress import left_words, progress_of, stage_words

NOW = timezone.now()


def job(state="running", *, seconds=60, **fields):
    return IngestJob(state=state, started_at=NOW - timedelta(seconds=seconds), **fields)


def test_what_is_left_follows_from_the_rate_so_far():
    assert progress_of(job(percent=25), NOW).seconds_left == 180


@pytest.mark.parametrize(
    "one",
    [
        job("queued", percent=25),
        job(percent=0),
        job(percent=4),
        job(percent=100),
        job(percent=25, seconds=3),
        job(percent=5, seconds=3600),
        IngestJob(state="running", percent=25),
    ],
)
def test_what_would_be_a_guess_is_not_told(one):
    assert progress_of(one, NOW).seconds_left is None


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_what_is_over_has_no_progress(state):
    assert progress_of(job(state), NOW) is None
    assert progress_of(None) is None


@pytest.mark.parametrize(("one", "stage"), [(job("queued", step="parse"), "waiting"), (job(step="parse"), "parse"), (job("embedding", step="split"), "embed")])
def test_the_stage_is_what_is_being_done(one, stage):
    assert progress_of(one, NOW).stage == stage


@pytest.mark.parametrize(("kind", "words"), [("pdf", "Reading page 3 of 9"), ("pptx", "Reading slide 3 of 9"), ("xlsx", "Reading sheet 3 of 9")])
def test_parts_are_counted_by_their_own_name(kind, words):
    assert stage_words(job(step="parse", pages_done=3, pages_total=9), kind) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "about 5 s left"),
        (31, "about 40 s left"),
        (50, "about 1 min left"),
        (61, "about 2 min left"),
        (5300, "about 89 min left"),
        (7200, "about 2 h left"),
    ],
)
def test_time_is_told_no_more_exactly_than_it_is_known(seconds, words):
    assert left_words(seconds) == words
