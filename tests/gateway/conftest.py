from dataclasses import dataclass, field

from apps.gateway.providers.registry import get_chat_provider, get_embedding_provider, get_rerank_provider
from apps.gateway.targets import CHAT, EMBEDDING, RERANK, own_route
from apps.gateway.types import ChatMessage, ChatOptions, PassageBlock, Principal, TextBlock, Usage

PRINCIPAL = Principal(user_id=None, workspace_id=None, purpose="test")


def passage(number, text, title="Handbook", place=""):
    return PassageBlock(type="passage", number=number, title=title, place=place, text=text)


def question(text, *passages):
    """A user's message: the question, then what may answer it."""
    return ChatMessage("user", [TextBlock(type="text", text=text), *passages])


@dataclass
class Answer:
    pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None
    finish_reason: str | None = None

    @property
    def text(self):
        return "".join(self.pieces)


async def collect(*messages, into=None):
    """Read an answer of the model that the settings name to its end."""
    [target] = own_route(CHAT).targets
    provider = await get_chat_provider(target)
    answer = into or Answer()
    async for chunk in provider.stream(list(messages), ChatOptions()):
        answer.pieces += [chunk.text] if chunk.text else []
        answer.usage, answer.finish_reason = chunk.usage or answer.usage, chunk.finish_reason or answer.finish_reason
    return answer


async def embed_counted(texts):
    """Vectors of the model that the settings name, and what they cost."""
    [target] = own_route(EMBEDDING).targets
    return await (await get_embedding_provider(target)).embed(texts)


async def embed(texts):
    return (await embed_counted(texts)).vectors


async def rerank_counted(query, texts, ask=None):
    """Scores of the model that the settings name, and what they cost. `ask` is how the language model is asked, if that is the one."""
    [target] = own_route(RERANK).targets
    return await (await get_rerank_provider(target, ask)).rerank(query, texts)


async def rerank(query, texts, ask=None):
    return (await rerank_counted(query, texts, ask)).scores
