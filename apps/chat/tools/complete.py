"""The model that answers, for the graph itself."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from django.conf import settings

from apps.accounts.types import Reader
from apps.chat.graph.context import Complete, ToolSpec
from apps.chat.text import storable
from apps.chat.tools.base import Tool, Who
from apps.gateway.caching.scopes import scope_of
from apps.gateway.errors import RequestRefused
from apps.gateway.principals import principal_of
from apps.gateway.services import complete
from apps.gateway.types import Caching, ChatMessage, ChatOptions, Chunk

logger = logging.getLogger(__name__)


def build(who: Who) -> Complete:
    async def stream(messages: Sequence[ChatMessage], *, prompt: str, question: str = "", tools: Sequence[ToolSpec] = ()) -> AsyncIterator[Chunk]:
        reader = await who()
        options = ChatOptions(prompt_version=prompt, caching=_caching(reader, question))
        offering = ChatOptions({"tools": list(tools)}, options.caching, prompt) if tools else options
        try:
            # A stop closes this generator; the provider's stream has to be closed with it, not when it is collected.
            async with aclosing(_ask(reader, messages, offering)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        except RequestRefused:
            # Before the first chunk, always. Some servers take no tools, and say so by refusing whatever offers them.
            if not tools:
                raise
        logger.warning("model.refused_tools", extra={"hint": "Set QUIRE_LLM_TOOLS=0, or take tools out of the model's capabilities."})
        async with aclosing(_ask(reader, messages, options)) as chunks:
            async for chunk in chunks:
                yield chunk

    return stream


async def _ask(reader: Reader, messages: Sequence[ChatMessage], options: ChatOptions) -> AsyncGenerator[Chunk, None]:
    async with aclosing(complete(principal_of(reader, "chat"), messages, options=options)) as chunks:
        async for chunk in chunks:
            yield Chunk(storable(chunk.text), chunk.usage, chunk.finish_reason, chunk.tool_calls)


def _caching(reader: Reader, question: str) -> Caching | None:
    """Answers that cite are kept only where an operator says so. The passages are part of what they are kept under."""
    if not question or not settings.QUIRE_CACHE_CITED_ANSWERS:
        return None
    return Caching(scope=scope_of(reader, "chat"), question=question, is_semantic=True)


COMPLETE = Tool("complete", "chat.ask", build)
