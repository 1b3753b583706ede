"""What the check of an answer asks of models, for the graph itself: likeness of meaning, and a verdict where a model is connected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apps.chat.graph.context import CompleteObject, Embed
from apps.chat.tools.base import Tool, Who
from apps.gateway.principals import principal_of
from apps.gateway.services import complete_object, embed
from apps.gateway.types import ChatMessage, ChatOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def build_embed(who: Who) -> Embed:
    async def vectors(texts: Sequence[str]) -> "NDArray[np.float32]":
        return await embed(principal_of(await who(), "verify"), texts)

    return vectors


def build_complete_object(who: Who) -> CompleteObject:
    async def ask(messages: Sequence[ChatMessage], *, prompt: str, most_chars: int) -> dict[str, Any]:
        return await complete_object(principal_of(await who(), "verify"), messages, most_chars, options=ChatOptions(prompt_version=prompt))

    return ask


EMBED = Tool("embed", "chat.ask", build_embed)
COMPLETE_OBJECT = Tool("complete_object", "chat.ask", build_complete_object)
