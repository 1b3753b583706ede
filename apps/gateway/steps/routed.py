"""The innermost step: asks a model, another where it fails, and writes down each try and what it is billed for.

Until the first word a failure is invisible; after it the caller has half an answer, hears of it and decides.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from functools import partial
from typing import cast

from apps.common.errors import QuireError
from apps.gateway import conf, naming
from apps.gateway.calls import ANSWERED, Attempt, Call, Flow, Follow, Kind
from apps.gateway.errors import ProviderError, ProviderTimedOut, StreamCut
from apps.gateway.estimating import estimate_input
from apps.gateway.providers import registry
from apps.gateway.resilience.asking import Asking
from apps.gateway.resilience.circuit import Admission
from apps.gateway.resilience.health import health
from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.targets import Target
from apps.gateway.types import Chunk, Usage

retry_policy = RetryPolicy()
# Vectors or scores to come, and what they cost.
_Asked = Awaitable[tuple[object, Usage]]


async def routed(call: Call, follow: Follow) -> Flow:
    """Yield chunks of an answer, one array of vectors or one list of scores. Raises ProviderError; closing it stops the model."""
    asking = Asking(call, health(), retry_policy, _seconds_of(call))
    tried = _stream if call.kind is Kind.CHAT else _answer
    while True:
        target, admission = await asking.admit()
        is_begun = False
        async with aclosing(tried(call, target, admission, asking)) as items:
            try:
                async for item in items:
                    is_begun = True
                    yield item
                return
            except ProviderError as error:
                if is_begun:
                    raise
                trouble = error
        await asking.go_on(trouble)


def _seconds_of(call: Call) -> float:
    """How long the whole call may take. Who reranks has a ranking already, and waits for a better one only so long."""
    if call.kind is not Kind.RERANK:
        return conf.call_seconds()
    is_written_out = any(target.kind == conf.LANGUAGE_MODEL for target in call.route.targets)
    return naming.LANGUAGE_MODEL_SECONDS if is_written_out else naming.RERANK_SECONDS


async def _stream(call: Call, target: Target, admission: Admission, asking: Asking) -> AsyncGenerator[Chunk]:
    with _judged(call, target, admission) as attempt:
        provider = await registry.get_chat_provider(target)
        # An async generator, typed as the iterator that callers need.
        chunks = cast("AsyncGenerator[Chunk]", provider.stream(call.messages, call.options))
        bill = _Bill(call)
        try:
            async with aclosing(chunks):
                for chunk in await _until_first_word(chunks, bill, asking.seconds_left()):
                    admission.begin()
                    yield chunk
                async for chunk in chunks:
                    bill.note(chunk)
                    yield chunk
                    if chunk.finish_reason is None and asking.seconds_left() <= 0:
                        # It answered well, but nobody waits for so much.
                        admission.succeed()
                        raise StreamCut("The answer took too long and was broken off. Ask for less at once.")
        finally:
            # However it ends.
            attempt.usage = bill.usage


async def _until_first_word(chunks: AsyncGenerator[Chunk], bill: "_Bill", seconds: float) -> list[Chunk]:
    """All up to the first that has something to say: what comes before it is held back, as a failure may still follow unseen."""
    held = []
    try:
        async with asyncio.timeout(seconds):
            async for chunk in chunks:
                held.append(chunk)
                bill.note(chunk)
                if bill.pieces:
                    break
    except TimeoutError as error:
        raise ProviderTimedOut("The language model was silent for too long. Try again, perhaps with a shorter question.") from error
    return held


async def _answer(call: Call, target: Target, admission: Admission, asking: Asking) -> AsyncGenerator[object]:
    seconds = asking.seconds_left()
    with _judged(call, target, admission) as attempt:
        # Making a provider may mean to load it, which is nobody's slowness.
        ask = await _ASKED[call.kind](call, target, attempt)
        try:
            async with asyncio.timeout(seconds):
                answer, attempt.usage = await ask
        except TimeoutError as error:
            what = "Reranking" if call.kind is Kind.RERANK else "Embedding"
            raise ProviderTimedOut(f"{what} took longer than {seconds:.3g} s. Try again.") from error
    yield answer


async def _embed(call: Call, target: Target, attempt: Attempt) -> _Asked:
    provider = await registry.get_embedding_provider(target)

    def bill(usage: Usage) -> None:
        # Kept also where a later part of it fails or nobody waits for it.
        attempt.usage = usage

    async def ask() -> tuple[object, Usage]:
        embedded = await provider.embed(call.texts, bill)
        return embedded.vectors, embedded.usage

    return ask()


async def _rerank(call: Call, target: Target, attempt: Attempt) -> _Asked:
    # Here, because it is a call of its own that comes through this very door.
    from apps.gateway.services.objects import complete_object

    provider = await registry.get_rerank_provider(target, partial(complete_object, call.principal))

    async def ask() -> tuple[object, Usage]:
        scored = await provider.rerank(call.query, call.texts)
        return scored.scores, scored.usage

    return ask()


_ASKED: Mapping[Kind, Callable[[Call, Target, Attempt], Awaitable[_Asked]]] = {Kind.EMBEDDING: _embed, Kind.BULK_EMBEDDING: _embed, Kind.RERANK: _rerank}


@contextmanager
def _judged(call: Call, target: Target, admission: Admission) -> Iterator[Attempt]:
    """Write the try down, and tell its breaker how it went; one that was stopped tells nothing."""
    attempt = Attempt(target, call.clock())
    call.attempts.append(attempt)
    try:
        yield attempt
    except ProviderError as error:
        attempt.outcome = error.code
        admission.fail(error)
        raise
    except Exception as error:
        attempt.outcome = error.code if isinstance(error, QuireError) else QuireError.code
        raise
    else:
        attempt.outcome = ANSWERED
        admission.succeed()
    finally:
        admission.release()


class _Bill:
    """What a stream costs so far. What the provider reported counts, and each piece that came after it: most servers send one token a piece."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._reported: Usage | None = None
        # All, and those since the provider reported anything.
        self.pieces = self._pieces_since = 0
        self._has_begun = False

    def note(self, chunk: Chunk) -> None:
        self._has_begun = True
        if chunk.text or chunk.tool_calls or chunk.extra:
            if self.pieces == 0 and self._call.first_at is None:
                self._call.first_at = self._call.clock()
            self.pieces += chunk.pieces
            self._pieces_since += chunk.pieces
        if chunk.usage is not None:
            self._reported = chunk.usage
            self._pieces_since = 0

    @property
    def usage(self) -> Usage | None:
        """None where nothing ever came."""
        if not self._has_begun:
            return None
        if self._reported is not None and not self._pieces_since:
            return self._reported
        reported = self._reported or Usage(estimate_input(self._call), 0, estimated=True)
        return Usage(reported.input_tokens, reported.output_tokens + self._pieces_since, estimated=True)
