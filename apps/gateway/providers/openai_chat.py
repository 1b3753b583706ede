"""Any language model behind an OpenAI-compatible address. It is always asked for a stream, whoever wants what: one path, which can be stopped."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence

from apps.gateway.errors import ProviderError
from apps.gateway.estimating import BYTES_PER_TOKEN, estimate_message
from apps.gateway.providers import openai_errors as errors
from apps.gateway.providers.http import Answer, read_all
from apps.gateway.providers.openai_messages import request_body
from apps.gateway.providers.openai_server import OpenAIServer
from apps.gateway.providers.openai_stream import ErrorInStream, StreamReader
from apps.gateway.targets import Target
from apps.gateway.types import ChatMessage, ChatOptions, Chunk, Usage

# How long an answer that is whole may take to say what it cost.
USAGE_SECONDS = 10.0
logger = logging.getLogger(__name__)


class OpenAIChatProvider:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._server = OpenAIServer(target, "/chat/completions", errors.whom(target, "language model", "QUIRE_LLM"))
        self._has_stream_options = True

    async def stream(self, messages: Sequence[ChatMessage], options: ChatOptions) -> AsyncGenerator[Chunk]:
        clock = asyncio.get_running_loop().time
        until = clock() + self._target.first_token_seconds
        answer, reader = await self._open(messages, options, until), StreamReader()
        try:
            while not reader.is_over:
                chunks = await _read(answer, reader, until)
                for chunk in chunks:
                    yield chunk
                if reader.failure:
                    raise self._translate(reader.failure, reader) from None
                if chunks:
                    until = clock() + self._target.silence_seconds
                if reader.finish_reason:
                    until = min(until, clock() + USAGE_SECONDS)
        finally:
            await answer.close(is_whole=reader.is_over)
        yield Chunk("", reader.usage or _estimate(messages, reader), reader.finish_reason)

    async def _open(self, messages: Sequence[ChatMessage], options: ChatOptions, until: float) -> Answer:
        has_stream_options = self._has_stream_options
        while True:
            body = request_body(self._target.model, messages, options, has_stream_options=has_stream_options)
            answer = await self._server.open(body, until)
            if answer.status == 200:
                break
            said = await self._server.read_error(answer, until)
            if not has_stream_options or answer.status not in (400, 422) or b"stream_options" not in said:
                raise errors.by_status(answer.status, answer.headers, said, self._server.who)
            has_stream_options = False
        if self._has_stream_options and not has_stream_options:
            # It answers where it is not asked for the usage; from now on it is not. A refusal that only quotes the word proves nothing.
            self._has_stream_options = False
            logger.info("gateway.usage_not_asked_for", extra={"provider": self._target.provider, "model": self._target.model})
        return answer

    def _translate(self, failure: Exception, reader: StreamReader) -> ProviderError:
        if reader.has_content:
            return errors.cut(self._server.who)
        return errors.by_error(failure.error, self._server.who) if isinstance(failure, ErrorInStream) else self._server.translate(failure)


async def _read(answer: Answer, reader: StreamReader, until: float) -> list[Chunk]:
    try:
        if answer.headers.get("content-type", "").startswith("application/json"):
            return reader.take_whole(await read_all(answer, until))
        data = await answer.read(until)
    except (ConnectionError, TimeoutError, ValueError) as error:
        reader.break_off(error)
        return []
    return reader.feed(data) if data else reader.end()


def _estimate(messages: Sequence[ChatMessage], reader: StreamReader) -> Usage:
    """For a server that counts nothing."""
    return Usage(sum(map(estimate_message, messages)), -(-reader.written_bytes // BYTES_PER_TOKEN), estimated=True)
