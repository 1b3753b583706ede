"""Between the gateway's messages and LangChain's: one way in, one way out, for every chat model that LangChain runs."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from apps.gateway.types import Block, ChatMessage, Chunk, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

# What a model takes as the content of a message: a text, or blocks as plain mappings.
Content = str | list[str | dict[str, Any]]
ShowBlocks = Callable[[Sequence[Block]], Content]

logger = logging.getLogger(__name__)


def to_langchain(messages: Sequence[ChatMessage], show_blocks: ShowBlocks) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    classes: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [classes[m.role](content=m.content if isinstance(m.content, str) else show_blocks(m.content)) for m in messages]


def keep_blocks(blocks: Sequence[Block]) -> Content:
    """For a model of our own: the blocks as they are."""
    return [dict(block) for block in blocks]


async def stream_chunks(model: "BaseChatModel", messages: "Sequence[BaseMessage]") -> AsyncIterator[Chunk]:
    """The model's answer. Chunks without text, usage and finish reason say nothing and are left out."""
    # LangChain declares an iterator, but returns a generator, which has to be closed to stop the model.
    stream = cast("AsyncGenerator[AIMessageChunk]", model.astream(list(messages)))
    async with aclosing(stream) as pieces:
        async for piece in pieces:
            chunk = Chunk(piece.text, _usage(piece), piece.response_metadata.get("finish_reason"))
            if chunk.text or chunk.usage or chunk.finish_reason:
                yield chunk


def _usage(piece: "AIMessageChunk") -> Usage | None:
    counted = piece.usage_metadata
    return Usage(counted["input_tokens"], counted["output_tokens"], estimated=False) if counted else None
