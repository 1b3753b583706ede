"""Every kind of provider by its name. To add one: a file beside this one, and a line here.

A kind's own module is imported when it is chosen, so that a process loads only the libraries it calls.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar, cast

from apps.gateway import conf
from apps.gateway.conf import ChatConfig, EmbedderConfig, EmbeddingConfig, RerankConfig
from apps.gateway.providers.base import ChatProvider, EmbeddingProvider, RerankProvider
from apps.gateway.providers.language_model_rerank import Ask, LanguageModelReranker

T = TypeVar("T")
# Keyed by the whole configuration: a changed setting makes a new provider.
_made: dict[Hashable, object] = {}


async def get_chat_provider() -> ChatProvider:
    config, embedder = conf.chat_config(), conf.embedder_config()
    return await _make_once((config, embedder), lambda: CHAT_KINDS[config.kind](config, embedder))


async def get_embedding_provider() -> EmbeddingProvider:
    config, embedder = conf.embedding_config(), conf.embedder_config()
    return await _make_once((config, embedder), lambda: EMBEDDING_KINDS[config.kind](config, embedder))


async def get_rerank_provider(ask: Ask) -> RerankProvider:
    """`ask` is how the connected language model is asked, for the kind that needs it. None of the kinds holds anything worth keeping."""
    config, embedder = conf.rerank_config(), conf.embedder_config()
    return await asyncio.to_thread(lambda: RERANK_KINDS[config.kind](config, embedder, ask))


async def _make_once(key: Hashable, make: Callable[[], T]) -> T:
    """In a thread: a provider's libraries take seconds to import, and an event loop has hundreds of runs to serve."""
    if key not in _made:
        _made[key] = await asyncio.to_thread(make)
    return cast(T, _made[key])


def _extractive(config: ChatConfig, embedder: EmbedderConfig) -> ChatProvider:
    from apps.gateway.providers.extractive.provider import ExtractiveProvider

    return ExtractiveProvider(embedder)


def _openai_chat(config: ChatConfig, embedder: EmbedderConfig) -> ChatProvider:
    from apps.gateway.providers.openai_chat import OpenAIChatProvider

    return OpenAIChatProvider(config)


def _embedded(config: EmbeddingConfig, embedder: EmbedderConfig) -> EmbeddingProvider:
    from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider

    return EmbeddedEmbeddingProvider(embedder)


def _openai_embedding(config: EmbeddingConfig, embedder: EmbedderConfig) -> EmbeddingProvider:
    from apps.gateway.providers.openai_embedding import OpenAIEmbeddingProvider

    return OpenAIEmbeddingProvider(config)


def _late_interaction(config: RerankConfig, embedder: EmbedderConfig, ask: Ask) -> RerankProvider:
    from apps.gateway.providers.late_interaction import LateInteractionReranker

    return LateInteractionReranker(embedder)


def _http_rerank(config: RerankConfig, embedder: EmbedderConfig, ask: Ask) -> RerankProvider:
    from apps.gateway.providers.http_rerank import HttpReranker

    return HttpReranker(config)


def _language_model(config: RerankConfig, embedder: EmbedderConfig, ask: Ask) -> RerankProvider:
    return LanguageModelReranker(ask)


CHAT_KINDS: Mapping[str, Callable[[ChatConfig, EmbedderConfig], ChatProvider]] = {
    conf.EXTRACTIVE: _extractive,
    conf.OPENAI_COMPATIBLE: _openai_chat,
}
EMBEDDING_KINDS: Mapping[str, Callable[[EmbeddingConfig, EmbedderConfig], EmbeddingProvider]] = {
    conf.EMBEDDED: _embedded,
    conf.OPENAI_COMPATIBLE: _openai_embedding,
}
RERANK_KINDS: Mapping[str, Callable[[RerankConfig, EmbedderConfig, Ask], RerankProvider]] = {
    conf.LATE_INTERACTION: _late_interaction,
    conf.HTTP: _http_rerank,
    conf.LANGUAGE_MODEL: _language_model,
}
