"""The same buckets in this process's memory, for while Redis is away: each process then counts for itself."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from apps.common.limits.buckets import Bucket, State, Verdict, judge, level_at, lifetime_ms

BUCKETS_MAX = 10_000


class _Kept(NamedTuple):
    state: State
    until: int


class LocalBuckets:
    """At most `most` buckets; the one not used for longest is forgotten first. For any thread."""

    def __init__(self, most: int = BUCKETS_MAX) -> None:
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def charge(self, buckets: Sequence[Bucket], now: int) -> Verdict:
        """Charge all or none, at the millisecond `now`."""
        with self._lock:
            levels = [level_at(bucket, self._find(bucket.key, now), now) for bucket in buckets]
            allowed = all(level >= bucket.price for bucket, level in zip(buckets, levels, strict=True))
            if allowed:
                levels = [self._take(bucket, level, now) for bucket, level in zip(buckets, levels, strict=True)]
        return judge(buckets, levels, allowed=allowed, is_local=True)

    def _find(self, key: str, now: int) -> State | None:
        kept = self._kept.get(key)
        return kept.state if kept is not None and now < kept.until else None

    def _take(self, bucket: Bucket, level: int, now: int) -> int:
        if bucket.cost == 0:
            return level
        left = min(bucket.full, level - bucket.price)
        self._kept[bucket.key] = _Kept(State(left, now), now + lifetime_ms(bucket, left))
        self._kept.move_to_end(bucket.key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return left
