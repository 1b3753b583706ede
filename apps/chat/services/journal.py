"""The agent's pen on the run's log: numbers events, joins small pieces of text, writes in batches, rings.

The graph never waits for it. A database write takes a few milliseconds, and what comes meanwhile is the next batch.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from apps.chat.events import BlockRendered, CitationAdded, LoggedEvent, RunStarted, StageChanged, TextDelta
from apps.chat.graph.context import FoundPassage
from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.services.leases import Claim
from apps.chat.services.run_log import NumberedEvent, append_events
from apps.common.db import run_db
from apps.common.push import aring

COALESCE_SECONDS = 0.05
COALESCE_CHARS = 40

T = TypeVar("T")
Render = Callable[[str, Mapping[int, FoundPassage]], str]


class Journal:
    """One attempt's events. Use as `async with`; `guard` runs work that ends as soon as the log cannot be written."""

    def __init__(self, claim: Claim, render: Render) -> None:
        self.render = render
        self._claim = claim
        self._seq = claim.attempt * SEQ_PER_ATTEMPT
        self._waiting: list[NumberedEvent] = []
        self._text = ""
        self._block_count = 0
        self._wrote_text_at = float("-inf")
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Journal":
        self._add(RunStarted(self._claim.attempt))
        self._pump = asyncio.create_task(self._write_batches())
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._pump is not None
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; raises what the log raises (StaleAttempt, a database error), with `work` cancelled."""
        assert self._pump is not None
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._pump}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._pump.result()
            return await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def flush(self) -> None:
        """Wait until all that was handed in stands in the log."""
        self._take_text()
        self._urgent.set()
        self._wake.set()
        await self.guard(self._until_idle())

    # --- what the graph calls (Emitter)

    def started_stage(self, stage: str, text: str) -> None:
        self._add(StageChanged(stage, text))

    def wrote(self, text: str) -> None:
        self._text += text
        self._idle.clear()
        if len(self._text) >= COALESCE_CHARS:
            self._urgent.set()
        self._wake.set()

    def finished_blocks(self, markdown: str, tail: str, sources: Mapping[int, FoundPassage]) -> None:
        self._add(BlockRendered(self._block_count, self.render(markdown, sources), tail))
        self._block_count += 1

    def cited(self, number: int, passage: FoundPassage) -> None:
        self._add(CitationAdded(number, passage.title, passage.place))

    # --- the writer

    def _add(self, event: LoggedEvent) -> None:
        self._take_text()
        self._number(event)
        self._urgent.set()
        self._wake.set()

    def _take_text(self) -> None:
        if self._text:
            self._number(TextDelta(self._text))
            self._text = ""
            self._wrote_text_at = time.monotonic()

    def _number(self, event: LoggedEvent) -> None:
        self._seq += 1
        self._waiting.append((self._seq, event))
        self._idle.clear()

    async def _write_batches(self) -> None:
        while True:
            await self._wake.wait()
            await self._let_text_grow()
            self._wake.clear()
            self._urgent.clear()
            self._take_text()
            batch, self._waiting = self._waiting, []
            if batch:
                await run_db(append_events, self._claim.run_id, self._claim.attempt, batch)
                await aring(f"run.{self._claim.run_id}", {})
            if not self._waiting and not self._text:
                self._idle.set()

    async def _let_text_grow(self) -> None:
        """Text goes at once if none went lately, else after 50 ms or 40 characters."""
        patience = self._wrote_text_at + COALESCE_SECONDS - time.monotonic()
        if patience > 0 and not self._urgent.is_set():
            try:
                async with asyncio.timeout(patience):
                    await self._urgent.wait()
            except TimeoutError:
                return

    async def _until_idle(self) -> None:
        await self._idle.wait()
