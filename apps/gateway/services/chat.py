"""A chat call of our own house, through the whole pipeline."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from apps.gateway.calls import Kind
from apps.gateway.pipeline import run
from apps.gateway.services.opening import open_call
from apps.gateway.types import ChatMessage, ChatOptions, Chunk, Principal

_PLAIN = ChatOptions()


async def complete(
    principal: Principal, messages: Sequence[ChatMessage], *, model: str | None = None, options: ChatOptions = _PLAIN
) -> AsyncGenerator[Chunk, None]:
    """Stream an answer to `messages`. The last chunk has the usage and why it ended. Raises QuireError: of a model, a limit, a budget, a policy.

    `model` is the name of a route, None: the default. Before the first chunk a passing failure is tried again, unseen, and then another
    model of the route; after it, the caller gets the error and decides. Closing the generator stops the model.
    """
    call = await open_call(Kind.CHAT, principal, model=model, messages=messages, options=options)
    async with aclosing(run(call)) as chunks:
        async for chunk in chunks:
            yield chunk
