"""What the agent may call, and the permission that each call needs of whoever asked. The graph reaches for nothing else.

A tool acts with the asker's rights of the moment of the call, never with the service's and never with those of its start.
Imported by the agents process, and by the check that each tool names its permission.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from apps.accounts.services.audit import refuse
from apps.accounts.types import Reader
from apps.chat.graph.context import Complete, CompleteObject, Embed, FoundPassage, Search
from apps.chat.text import storable
from apps.common.db import run_db
from apps.documents.search import Filters, Hit, search
from apps.gateway.caching.scopes import scope_of
from apps.gateway.principals import principal_of
from apps.gateway.services import complete, complete_object, embed
from apps.gateway.types import Caching, ChatMessage, ChatOptions, Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Who = Callable[[], Awaitable[Reader]]


@dataclass(frozen=True, slots=True)
class Tool:
    """`build` gets a `Who` that gives the reader only while they have `permission`, and nothing else to act with."""

    name: str
    permission: str
    # Any: each tool has a signature of its own.
    build: Callable[..., Any]

    def make(self, who: Who, **bounds: Any) -> Any:
        """Return the callable for the graph. Each call of it asks `who` anew, and raises NotAllowed without the permission.

        `bounds` are the tool's own, such as `within` of a search.
        """

        async def allowed() -> Reader:
            reader = await who()
            if not reader.can(self.permission):
                await run_db(refuse, reader, self.permission, via="agent")
            return reader

        return self.build(allowed, **bounds)


def _search(who: Who, *, within: Filters | None = None) -> Search:
    async def find(query: str, limit: int) -> Sequence[FoundPassage]:
        hits = await search(await who(), query, limit=limit, filters=within, joins=False)
        return [_found(hit) for hit in hits]

    return find


def _found(hit: Hit) -> FoundPassage:
    return FoundPassage(hit.passage_id, str(hit.document_id), str(hit.version_id), hit.title, hit.page, hit.text, float(hit.score), hit.place, hit.evidence)


def _complete(who: Who) -> Complete:
    async def stream(messages: Sequence[ChatMessage], *, prompt: str, question: str = "") -> AsyncIterator[Chunk]:
        reader = await who()
        options = ChatOptions(prompt_version=prompt, caching=_caching(reader, question))
        upstream = complete(principal_of(reader, "chat"), messages, options=options)
        try:
            async for chunk in upstream:
                yield Chunk(storable(chunk.text), chunk.usage, chunk.finish_reason)
        finally:
            # A stop closes this generator; the provider's stream has to be closed with it, not when it is collected.
            await upstream.aclose()

    return stream


def _embed(who: Who) -> Embed:
    async def vectors(texts: Sequence[str]) -> "NDArray[np.float32]":
        return await embed(principal_of(await who(), "verify"), texts)

    return vectors


def _complete_object(who: Who) -> CompleteObject:
    async def ask(messages: Sequence[ChatMessage], *, prompt: str, most_chars: int) -> dict[str, Any]:
        return await complete_object(principal_of(await who(), "verify"), messages, most_chars, options=ChatOptions(prompt_version=prompt))

    return ask


def _caching(reader: Reader, question: str) -> Caching | None:
    """Answers that cite are kept only where an operator says so. The passages are part of what they are kept under."""
    if not question or not settings.QUIRE_CACHE_CITED_ANSWERS:
        return None
    return Caching(scope=scope_of(reader, "chat"), question=question, is_semantic=True)


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("search", "document.view", _search),
        Tool("complete", "chat.ask", _complete),
        Tool("embed", "chat.ask", _embed),
        Tool("complete_object", "chat.ask", _complete_object),
    )
}
