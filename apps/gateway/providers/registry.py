"""Every kind of provider by its name. To add one: a file beside this one, and a line here.

A kind's own module is imported when it is chosen, so that a process loads only the libraries it calls.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar, cast

from apps.gateway import conf
from apps.gateway.providers.base import ChatProvider, EmbeddingProvider, RerankProvider
from apps.gateway.providers.language_model_rerank import Ask, LanguageModelReranker
from apps.gateway.targets import Target

T = TypeVar("T")
# Of a catalogue that keeps changing; each holds a few kilobytes, and the models in this process are its own, made once.
PROVIDERS = 256
# Keyed by the whole target: a changed one makes a new provider.
_made: dict[Hashable, object] = {}


async def get_chat_provider(target: Target) -> ChatProvider:
    return await _make_once(CHAT_KINDS, target)


async def get_embedding_provider(target: Target) -> EmbeddingProvider:
    return await _make_once(EMBEDDING_KINDS, target)


async def get_rerank_provider(target: Target, ask: Ask) -> RerankProvider:
    """`ask` is how the connected language model is asked, for the kind that needs it: on somebody's account, so it is made for each call."""
    if target.kind == conf.LANGUAGE_MODEL:
        return LanguageModelReranker(ask)
    return await _make_once(RERANK_KINDS, target)


async def _make_once(kinds: Mapping[str, Callable[[Target], T]], target: Target) -> T:
    """In a thread: a provider's libraries take seconds to import, and an event loop has hundreds of runs to serve."""
    # What the embedded kinds read of the settings is part of what they are.
    key = (id(kinds), target, conf.embedder_config())
    found = _made.get(key)
    if found is None:
        found = await asyncio.to_thread(kinds[target.kind], target)
        while len(_made) >= PROVIDERS:
            # The oldest; whoever uses it has it still.
            del _made[next(iter(_made))]
        _made[key] = found
    return cast(T, found)


def _extractive(target: Target) -> ChatProvider:
    from apps.gateway.providers.extractive.provider import ExtractiveProvider

    return ExtractiveProvider(conf.embedder_config())


def _openai_chat(target: Target) -> ChatProvider:
    from apps.gateway.providers.openai_chat import OpenAIChatProvider

    return OpenAIChatProvider(target)


def _embedded(target: Target) -> EmbeddingProvider:
    from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider

    return EmbeddedEmbeddingProvider(conf.embedder_config())


def _openai_embedding(target: Target) -> EmbeddingProvider:
    from apps.gateway.providers.openai_embedding import OpenAIEmbeddingProvider

    return OpenAIEmbeddingProvider(target)


def _late_interaction(target: Target) -> RerankProvider:
    from apps.gateway.providers.late_interaction import LateInteractionReranker

    return LateInteractionReranker(conf.embedder_config())


def _http_rerank(target: Target) -> RerankProvider:
    from apps.gateway.providers.http_rerank import HttpReranker

    return HttpReranker(target)


CHAT_KINDS: Mapping[str, Callable[[Target], ChatProvider]] = {
    conf.EXTRACTIVE: _extractive,
    conf.OPENAI_COMPATIBLE: _openai_chat,
}
EMBEDDING_KINDS: Mapping[str, Callable[[Target], EmbeddingProvider]] = {
    conf.EMBEDDED: _embedded,
    conf.OPENAI_COMPATIBLE: _openai_embedding,
}
# `rerank` is what a row of the catalogue says, `http` the setting.
RERANK_KINDS: Mapping[str, Callable[[Target], RerankProvider]] = {
    conf.LATE_INTERACTION: _late_interaction,
    conf.HTTP: _http_rerank,
    conf.RERANK: _http_rerank,
}
