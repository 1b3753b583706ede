"""Between the gateway's messages and LangChain's: one way in, one way out, for chat models of our own that LangChain runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from apps.gateway.types import Block, ChatMessage, Chunk, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage


def to_langchain(messages: Sequence[ChatMessage]) -> "list[BaseMessage]":
    return list(map(_to_langchain, messages))


def _to_langchain(message: ChatMessage) -> "BaseMessage":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    content = message.content if isinstance(message.content, str) else _as_they_are(message.content)
    match message.role:
        case "user":
            return HumanMessage(content=content)
        case "assistant":
            return AIMessage(content=content)
        case "tool":
            return ToolMessage(content=content, tool_call_id=message.tool_call_id)
        case _:
            return SystemMessage(content=content)


# Any: whatever a block holds.
def _as_they_are(blocks: Sequence[Block]) -> list[str | dict[str, Any]]:
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
