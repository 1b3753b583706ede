"""What an answer of the API tells of the limits: where the caller stands in the bucket that is nearest to its end."""

import math
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from apps.common.limits.buckets import Bucket, Verdict

SHOWN_UNDER = "/api/"


@dataclass(frozen=True, slots=True)
class Standing:
    """`reset` is the seconds until the bucket is full again."""

    limit: int
    remaining: int
    reset: int
    is_refused: bool

    @property
    def tightness(self) -> tuple[bool, float]:
        """What sorts the tightest first."""
        return not self.is_refused, self.remaining / max(1, self.limit)


_standings: ContextVar[list[Standing] | None] = ContextVar("standings", default=None)


def note(buckets: list[Bucket], verdict: Verdict) -> None:
    """Remember for the headers of this request's answer what a charge left."""
    standings = _standings.get()
    if standings is None:
        return
    for bucket, remaining in zip(buckets, verdict.remaining, strict=True):
        standings.append(standing_of(bucket, remaining, is_refused=bucket is verdict.refused))


def standing_of(bucket: Bucket, remaining: int, *, is_refused: bool) -> Standing:
    reset = math.ceil((bucket.capacity - remaining) / bucket.per_second) if bucket.per_second else 0
    return Standing(bucket.capacity, remaining, reset, is_refused)


def show_limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say on each answer of the API, good or bad, how much of the tightest bucket is left."""

    def handle(request: HttpRequest) -> HttpResponse:
        # A list that views on other threads add to as well.
        standings: list[Standing] = []
        _standings.set(standings)
        try:
            response = get_response(request)
        finally:
            _standings.set(None)
        if standings and request.path.startswith(SHOWN_UNDER):
            tightest = min(standings, key=lambda standing: standing.tightness)
            response["x-ratelimit-limit"] = str(tightest.limit)
            response["x-ratelimit-remaining"] = str(tightest.remaining)
            response["x-ratelimit-reset"] = str(tightest.reset)
        return response

    return handle
