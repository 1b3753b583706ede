"""The agent's pen on the run's log: numbers events and joins small pieces of text. The graph never waits for it; the pump carries them on."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from apps.chat.events import BlockRendered, CitationAdded, LoggedEvent, RunStarted, StageChanged, TextDelta
from apps.chat.graph.context import FoundPassage
from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.services.leases import Claim
from apps.chat.services.log_pump import LogPump, log_pump
from apps.chat.services.streams import NumberedEvent

T = TypeVar("T")
Render = Callable[[str, Mapping[int, FoundPassage]], str]


class Journal:
    """One attempt's events. Use as `async with`; `guard` runs work that ends as soon as the log cannot be written."""

    def __init__(self, claim: Claim, render: Render, pump: LogPump | None = None) -> None:
        self.render = render
        self.run_id, self.attempt = claim.run_id, claim.attempt
        self._seq = claim.attempt * SEQ_PER_ATTEMPT
        self._new: list[NumberedEvent] = []
        # What Postgres has not yet.
        self._unflushed: deque[NumberedEvent] = deque()
        self._text = ""
        self._block_count = 0
        self._pump = pump or log_pump()
        self._idle = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Journal":
        self._pump.add(self)
        self._add(RunStarted(self.attempt))
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._pump.discard(self)
        if not self._broken.cancel() and not self._broken.cancelled():
            # Looked at, so that nobody complains where the work had ended already.
            self._broken.exception()

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; raises what the log raises (StaleAttempt, a database error), with `work` cancelled."""
        task = asyncio.create_task(work)
        ends: set[asyncio.Future[Any]] = {task, self._broken}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._broken.result()
            return await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def flush(self) -> None:
        """Wait until all that was handed in stands in Postgres."""
        self._take_text()
        if self._unflushed:
            self._idle.clear()
            self._pump.wake(is_urgent=True)
            await self.guard(self._until_idle())

    @property
    def last_seq(self) -> int:
        """The last number that was given."""
        return self._seq

    # --- what the graph calls (Emitter)

    def started_stage(self, stage: str, text: str) -> None:
        self._add(StageChanged(stage, text))

    def wrote(self, text: str) -> None:
        self._text += text
        self._pump.wake()

    def finished_blocks(self, markdown: str, tail: str, sources: Mapping[int, FoundPassage]) -> None:
        self._add(BlockRendered(self._block_count, self.render(markdown, sources), tail))
        self._block_count += 1

    def cited(self, number: int, passage: FoundPassage) -> None:
        self._add(CitationAdded(number, passage.title, passage.place))

    # --- what the pump calls (Source)

    def take_new(self) -> list[NumberedEvent]:
        self._take_text()
        new, self._new = self._new, []
        return new

    def unflushed(self) -> list[NumberedEvent]:
        return list(self._unflushed)

    def flushed(self, seq: int) -> None:
        while self._unflushed and self._unflushed[0][0] <= seq:
            self._unflushed.popleft()
        if not self._unflushed and not self._text:
            self._idle.set()

    def fail(self, error: Exception) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)

    # ---

    def _add(self, event: LoggedEvent) -> None:
        self._take_text()
        self._number(event)
        self._pump.wake()

    def _take_text(self) -> None:
        if self._text:
            self._number(TextDelta(self._text))
            self._text = ""

    def _number(self, event: LoggedEvent) -> None:
        self._seq += 1
        self._new.append((self._seq, event))
        self._unflushed.append((self._seq, event))

    async def _until_idle(self) -> None:
        await self._idle.wait()
