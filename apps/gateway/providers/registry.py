"""Every kind of provider by its name. To add one: a file beside this one, and a line here.

A kind's own module is imported when it is chosen, so that a process loads only the libraries it calls.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from apps.gateway import conf
from apps.gateway.conf import ChatConfig, EmbedderConfig, EmbeddingConfig
from apps.gateway.providers.base import ChatProvider, EmbeddingProvider


def get_chat_provider() -> ChatProvider:
    return _make_chat_provider(conf.chat_config(), conf.embedder_config())


def get_embedding_provider() -> EmbeddingProvider:
    return _make_embedding_provider(conf.embedding_config(), conf.embedder_config())


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


CHAT_KINDS: Mapping[str, Callable[[ChatConfig, EmbedderConfig], ChatProvider]] = {
    conf.EXTRACTIVE: _extractive,
    conf.OPENAI_COMPATIBLE: _openai_chat,
}
EMBEDDING_KINDS: Mapping[str, Callable[[EmbeddingConfig, EmbedderConfig], EmbeddingProvider]] = {
    conf.EMBEDDED: _embedded,
    conf.OPENAI_COMPATIBLE: _openai_embedding,
}


# Keyed by the whole configuration: a changed setting makes a new provider.
@lru_cache(maxsize=8)
def _make_chat_provider(config: ChatConfig, embedder: EmbedderConfig) -> ChatProvider:
    return CHAT_KINDS[config.kind](config, embedder)


@lru_cache(maxsize=8)
def _make_embedding_provider(config: EmbeddingConfig, embedder: EmbedderConfig) -> EmbeddingProvider:
    return EMBEDDING_KINDS[config.kind](config, embedder)
