"""The quick copy of runs' logs in Redis: what streams is there some milliseconds after it was written, and in Postgres soon after.

A stream's entry has its event's number as its id. Nothing depends on it: whoever finds it empty or with a gap reads Postgres.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.exceptions import NoScriptError, RedisError

from apps.chat.events import LoggedEvent, payload_of
from apps.common.limits.breaker import Breaker
from apps.common.limits.connections import Connections

PREFIX = "quire:run:"
TIMEOUT_SECONDS = 1.0
# A run takes five minutes at most; its stream quotes documents, so it does not stay for long after it.
KEPT_SECONDS, KEPT_AFTER_END_SECONDS = 900, 30
READ_MAX = 200
APPENDED, STALE, UNKNOWN = 1, 0, -1

_SCRIPT = files("apps.chat.services").joinpath("append.lua").read_text(encoding="utf-8")
# By its hash the server finds a script that it has; not a matter of security.
_HASH = sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()

# Of their own: whoever is cancelled while it waits leaves the exchange to its end, and no connection is given back between question and answer.
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="streams")

NumberedEvent = tuple[int, LoggedEvent]


@dataclass(frozen=True, slots=True)
class Page:
    """New events of one attempt at a run, in their order."""

    run_id: UUID
    attempt: int
    events: Sequence[NumberedEvent]


@dataclass(frozen=True, slots=True)
class Entry:
    """`type` "": the run has ended, which stands in Postgres."""

    seq: int
    type: str
    payload: Mapping[str, Any]


class RunStreams:
    """Nothing here raises; None says that Redis does not answer, and then it is left alone for a moment."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._connections = Connections(url, timeout)
        self._breaker = Breaker()

    async def append(self, pages: Sequence[Page]) -> list[int] | None:
        """For each page APPENDED, STALE or UNKNOWN: nothing says who holds the run, so Postgres is to be asked."""
        questions = [("EVALSHA", _HASH, 2, *_keys(page.run_id), page.attempt, KEPT_SECONDS, *_arguments(page)) for page in pages]
        try:
            return await self._ask(questions)
        except NoScriptError:
            return await self._ask([("SCRIPT LOAD", _SCRIPT), *questions], skipped=1)

    async def hold(self, attempts: Mapping[UUID, int]) -> None:
        """Say which attempt holds each run, as Postgres said just now; one that is known already is left to `append`, which only goes up."""
        await self._ask([("SET", _keys(run_id)[0], attempt, "EX", KEPT_SECONDS, "NX") for run_id, attempt in attempts.items()])

    async def read(self, positions: Mapping[UUID, int]) -> dict[UUID, list[Entry]] | None:
        """The next entries after a number of each run; runs of which there are none are left out."""
        by_key = {_keys(run_id)[1].encode(): run_id for run_id in positions}
        question = ("XREAD", "COUNT", READ_MAX, "STREAMS", *by_key, *(f"{seq}-0" for seq in positions.values()))
        answer = await self._ask([question])
        if answer is None:
            return None
        return {by_key[key]: [_entry(*line) for line in lines] for key, lines in _pairs(answer[0])}

    async def end(self, run_id: UUID, seq: int, *, is_taken_back: bool) -> None:
        """Tell whoever reads along that the run's ending is in Postgres, as number `seq`; what is taken back goes at once."""
        token, stream = _keys(run_id)
        taken: list[tuple[Any, ...]] = [("DEL", stream)] if is_taken_back else []
        await self._ask([*taken, ("DEL", token), ("XADD", stream, f"{seq}-0", "event", ""), ("EXPIRE", stream, KEPT_AFTER_END_SECONDS)])

    # Any: commands and answers of all kinds.
    async def _ask(self, questions: Sequence[tuple[Any, ...]], *, skipped: int = 0) -> list[Any] | None:
        if not questions:
            return []
        if not self._breaker.may_try():
            return None
        try:
            answers = await asyncio.wrap_future(_THREADS.submit(self._exchange, questions))
        except (RedisError, OSError) as trouble:
            self._breaker.failed(trouble)
            return None
        self._breaker.worked()
        refused = next((one for one in answers if isinstance(one, Exception)), None)
        if isinstance(refused, NoScriptError):
            raise refused
        return answers[skipped:] if refused is None else None

    # Any: redis-py's types leave open whether an answer is to be awaited.
    def _exchange(self, questions: Sequence[tuple[Any, ...]]) -> list[Any]:
        client: Any = self._connections.sync()
        with client.pipeline(transaction=False) as pipe:
            for question in questions:
                pipe.execute_command(*question)
            return list(pipe.execute(raise_on_error=False))


@cache
def streams_at(url: str) -> RunStreams:
    return RunStreams(url)


def run_streams() -> RunStreams:
    """This process's."""
    return streams_at(settings.REDIS_URL)


def _keys(run_id: UUID) -> tuple[str, str]:
    return f"{PREFIX}{run_id}:attempt", f"{PREFIX}{run_id}:log"


def _arguments(page: Page) -> list[int | str]:
    return [part for seq, event in page.events for part in (seq, json.dumps({"type": event.type, "payload": payload_of(event)}))]


# Any: what Redis gives, by version of its protocol a list of pairs or a mapping.
def _pairs(answer: Any) -> Sequence[tuple[bytes, Any]]:
    if isinstance(answer, dict):
        return list(answer.items())
    return [(key, lines) for key, lines in answer or ()]


def _entry(entry_id: bytes, fields: Any) -> Entry:
    values = dict(zip(fields[::2], fields[1::2], strict=True)) if isinstance(fields, list) else fields
    event = values[b"event"]
    said: dict[str, Any] = json.loads(event) if event else {"type": "", "payload": {}}
    return Entry(int(entry_id.partition(b"-")[0]), said["type"], said["payload"])
