"""A bucket, what a charge of it says, and the arithmetic: whole micro-tokens and milliseconds, the same as in `charge.lua`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

MICRO = 1_000_000
# Lua counts in doubles: below these every product and quotient of the script is a whole number, exactly.
CAPACITY_MAX = 9_000_000_000
PER_SECOND_MAX = 1_000_000
# How long an unfilled bucket without refill is remembered after the last token was taken.
NO_REFILL_MS = 24 * 3600 * 1000
LIFETIME_MAX_MS = 366 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Bucket:
    """`capacity` tokens at most, `per_second` new ones; a call takes `cost` of them (0: only looks, below 0: gives back).

    `key` is what is counted and for whom, such as "asks_per_user:5f3c..."; text of a person goes through `private` first.
    """

    key: str
    capacity: int
    per_second: float
    cost: int = 1

    def __post_init__(self) -> None:
        if not (0 <= self.capacity <= CAPACITY_MAX and 0 <= self.per_second <= PER_SECOND_MAX and abs(self.cost) <= CAPACITY_MAX):
            raise ValueError(f"A bucket holds 0-{CAPACITY_MAX} tokens and gets 0-{PER_SECOND_MAX} a second.")

    @property
    def full(self) -> int:
        return self.capacity * MICRO

    @property
    def price(self) -> int:
        return self.cost * MICRO

    @property
    def rate(self) -> int:
        """Micro-tokens a second; a refill that is on is never rounded to off."""
        return max(1, round(self.per_second * MICRO)) if self.per_second else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`remaining` are the whole tokens left, in the order of the buckets. Of a refusal, `refused` is the bucket that
    lasts longest and `retry_after` the seconds until it would allow: None where it never will.
    """

    allowed: bool
    retry_after: float | None
    remaining: tuple[int, ...]
    refused: Bucket | None = None
    # Decided by this process alone, because Redis did not answer.
    is_local: bool = False


class State(NamedTuple):
    """What is kept of a bucket: micro-tokens, and the millisecond at which there were so many."""

    level: int
    at: int


def level_at(bucket: Bucket, state: State | None, now: int) -> int:
    """Return the micro-tokens of `now`; a bucket of which nothing is kept is full."""
    if state is None:
        return bucket.full
    return min(bucket.full, state.level + max(0, now - state.at) * bucket.rate // 1000)


def refill_ms(bucket: Bucket, missing: int) -> int | None:
    """Return in how many milliseconds, rounded up, `missing` micro-tokens come; None for never."""
    if missing <= 0:
        return 0
    return -(-missing * 1000 // bucket.rate) if bucket.rate else None


def lifetime_ms(bucket: Bucket, level: int) -> int:
    """Return for how long a bucket is worth keeping: until it is full, which is what a forgotten one is."""
    filled = refill_ms(bucket, bucket.full - level)
    return NO_REFILL_MS if filled is None else min(filled, LIFETIME_MAX_MS)


def wait_ms(bucket: Bucket, level: int) -> int | None:
    """Return in how many milliseconds `level` is enough for the bucket's cost: 0 for now, None for never."""
    return None if bucket.price > bucket.full else refill_ms(bucket, bucket.price - level)


def judge(buckets: Sequence[Bucket], levels: Sequence[int], *, allowed: bool, is_local: bool = False) -> Verdict:
    """Put a charge into words: `levels` are those after it."""
    remaining = tuple(level // MICRO for level in levels)
    if allowed:
        return Verdict(True, 0.0, remaining, is_local=is_local)
    waits = [wait_ms(bucket, level) for bucket, level in zip(buckets, levels, strict=True)]
    longest = max(range(len(waits)), key=lambda i: float("inf") if waits[i] is None else waits[i] or 0)
    wait = waits[longest]
    return Verdict(False, None if wait is None else wait / 1000, remaining, buckets[longest], is_local)
