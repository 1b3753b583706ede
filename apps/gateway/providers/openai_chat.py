"""Any language model behind an OpenAI-compatible address, through langchain-openai."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import openai
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from apps.gateway.conf import ChatConfig
from apps.gateway.errors import ProviderError, StreamCut
from apps.gateway.providers.langchain import stream_chunks, to_langchain
from apps.gateway.providers.openai_client import NO_KEY, Timeouts, http_client, ssl_context
from apps.gateway.providers.openai_errors import timed_out, translate
from apps.gateway.providers.prompting import render_blocks
from apps.gateway.types import ChatMessage, Chunk, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

WHAT, SETTINGS = "language model", "QUIRE_LLM"
# What LangChain and the client raise for an answer that is not one, such as an HTML page with status 200.
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError)
_BYTES_PER_TOKEN = 4


class OpenAIChatProvider:
    def __init__(self, config: ChatConfig, timeouts: Timeouts | None = None) -> None:
        self._config = config
        self._timeouts = timeouts or Timeouts()
        ssl_context()

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncIterator[Chunk]:
        prompt = to_langchain(messages, render_blocks)
        written, usage, finish = "", None, None
        # An async generator, typed as the iterator that callers need.
        chunks = cast("AsyncGenerator[Chunk]", self._translated(stream_chunks(self._model(), prompt)))
        async with aclosing(chunks):
            async for chunk in chunks:
                usage, finish = chunk.usage or usage, chunk.finish_reason or finish
                if chunk.text:
                    written += chunk.text
                    yield Chunk(chunk.text)
        if finish is None:
            raise _cut() if written else translate(ValueError(), what=WHAT, settings=SETTINGS)
        yield Chunk("", usage or _estimate(" ".join(str(m.content) for m in prompt), written), finish)

    def _model(self) -> ChatOpenAI:
        return ChatOpenAI(
            model=self._config.model,
            base_url=self._config.base_url,
            api_key=SecretStr(self._config.api_key or NO_KEY),
            http_async_client=http_client(self._timeouts),
            max_retries=0,
            stream_usage=True,
            stream_chunk_timeout=None,
        )

    async def _translated(self, stream: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
        """The same stream, with our own time-outs and errors. What breaks after the first text is a cut, whatever its cause."""
        has_text = False
        async with aclosing(cast("AsyncGenerator[Chunk]", stream)):
            while True:
                try:
                    async with asyncio.timeout(self._timeouts.silence if has_text else self._timeouts.first_token):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise (_cut() if has_text else timed_out(WHAT)) from error
                except (openai.OpenAIError, *_MALFORMED) as error:
                    raise (_cut() if has_text else translate(error, what=WHAT, settings=SETTINGS)) from error
                has_text = has_text or bool(chunk.text)
                yield chunk


def _cut() -> ProviderError:
    return StreamCut("The connection to the language model broke off in the middle of the answer. Try again.")


def _estimate(prompt: str, written: str) -> Usage:
    """A server that counts nothing is estimated by bytes, which holds for scripts without spaces too."""
    read, wrote = (max(1, len(text.encode()) // _BYTES_PER_TOKEN) for text in (prompt, written))
    return Usage(read, wrote, estimated=True)
