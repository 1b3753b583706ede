"""The extractive model as LangChain knows models, so that it stands wherever another would.

It reads typed blocks of the last user message: text blocks are the question, passage blocks what may be quoted.
It never takes a prompt apart: passages that come as text are not passages to it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider
from apps.gateway.providers.extractive import NAME, NO_ANSWER
from apps.gateway.providers.extractive.quoting import quote
from apps.gateway.providers.extractive.ranking import Candidate, choose, shortlist
from apps.gateway.providers.extractive.terms import has_words
from apps.gateway.providers.extractive.units import read_units
from apps.gateway.types import PassageBlock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CountTokens = Callable[[Sequence[str]], list[int]]


class ExtractiveChatModel(BaseChatModel):
    """Answers by quoting. `embedder` ranks, `count` counts."""

    embedder: Any  # an EmbeddedEmbeddingProvider; pydantic cannot check a plain class
    count: CountTokens

    @property
    def _llm_type(self) -> str:
        return NAME

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        question, candidates = _read(messages)
        vectors = self._provider.load().embed(_texts(question, candidates)) if candidates else None
        text = "".join(_write(candidates, vectors))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text, usage_metadata=self._usage(question, candidates, text)))])

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: AsyncCallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        question, candidates = _read(messages)
        vectors = (await self._provider.embed(_texts(question, candidates))).vectors if candidates else None
        written = ""
        for piece in _write(candidates, vectors):
            written += piece
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        usage = self._usage(question, candidates, written)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage, response_metadata={"finish_reason": "stop"}))

    @property
    def _provider(self) -> EmbeddedEmbeddingProvider:
        return cast(EmbeddedEmbeddingProvider, self.embedder)

    def _usage(self, question: str, candidates: Sequence[Candidate], written: str) -> UsageMetadata:
        """What was read closely counts as input."""
        *read, wrote = self.count([*_texts(question, candidates), written])
        return UsageMetadata(input_tokens=sum(read), output_tokens=wrote, total_tokens=sum(read) + wrote)


def _read(messages: Sequence[BaseMessage]) -> tuple[str, list[Candidate]]:
    """The question and what may answer it; nothing may when nothing was asked."""
    last = messages[-1] if messages and isinstance(messages[-1], HumanMessage) else HumanMessage(content="")
    blocks = [{"type": "text", "text": last.content}] if isinstance(last.content, str) else [block for block in last.content if isinstance(block, dict)]
    question = " ".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text").strip()
    passages = cast(list[PassageBlock], [block for block in blocks if block.get("type") == "passage"])
    return question, shortlist(question, read_units(passages)) if has_words(question) else []


def _texts(question: str, candidates: Sequence[Candidate]) -> list[str]:
    return [question, *(candidate.looked_at for candidate in candidates)]


def _write(candidates: Sequence[Candidate], vectors: "NDArray[np.float32] | None") -> Iterator[str]:
    chosen = choose(candidates, vectors[0], vectors[1:]) if vectors is not None else []
    yield from quote(chosen) if chosen else [NO_ANSWER]
