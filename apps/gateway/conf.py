"""Which models are chosen, read from the settings at each call. The one place in this app that reads them."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.conf import settings

# These two name the providers that need nothing; anything else is reached over the network.
EXTRACTIVE = "extractive"
EMBEDDED = "embedded"
OPENAI_COMPATIBLE = "openai-compatible"
# What reranks; nothing does unless it is asked for.
NONE = "none"
LATE_INTERACTION = "late-interaction"
HTTP = "http"
# The same as a row of the catalogue.
RERANK = "rerank"
LANGUAGE_MODEL = "language-model"


@dataclass(frozen=True, slots=True)
class ChatConfig:
    kind: str
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    # Of a million tokens in and out; None where either is not given.
    prices: tuple[Decimal, Decimal] | None = None
    window: int | None = None
    has_tools: bool = False


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    kind: str
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    dimension: int = 0
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RerankConfig:
    kind: str
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """The embedder that comes with Quire; the extractive model ranks by it, whatever embeds the library."""

    models_dir: Path
    threads: int
    is_int8: bool


def chat_config() -> ChatConfig:
    if not settings.QUIRE_LLM_BASE_URL:
        return ChatConfig(EXTRACTIVE)
    price_in, price_out = settings.QUIRE_LLM_PRICE_IN, settings.QUIRE_LLM_PRICE_OUT
    prices = None if price_in is None or price_out is None else (price_in, price_out)
    window = settings.QUIRE_LLM_WINDOW or None
    address = (settings.QUIRE_LLM_BASE_URL, settings.QUIRE_LLM_API_KEY)
    return ChatConfig(OPENAI_COMPATIBLE, settings.QUIRE_LLM_MODEL, *address, prices, window, settings.QUIRE_LLM_TOOLS)


def embedding_config() -> EmbeddingConfig:
    if not settings.QUIRE_EMBEDDINGS_BASE_URL:
        return EmbeddingConfig(EMBEDDED)
    return EmbeddingConfig(
        OPENAI_COMPATIBLE,
        settings.QUIRE_EMBEDDINGS_MODEL,
        settings.QUIRE_EMBEDDINGS_BASE_URL,
        settings.QUIRE_EMBEDDINGS_API_KEY,
        settings.QUIRE_EMBEDDINGS_DIMENSION,
        settings.QUIRE_EMBEDDINGS_PRICE,
    )


def rerank_config() -> RerankConfig:
    if settings.QUIRE_RERANK != HTTP:
        return RerankConfig(settings.QUIRE_RERANK)
    return RerankConfig(HTTP, settings.QUIRE_RERANK_MODEL, settings.QUIRE_RERANK_BASE_URL, settings.QUIRE_RERANK_API_KEY, settings.QUIRE_RERANK_PRICE)


def call_seconds() -> float:
    """How long a call may take altogether, with all its tries."""
    return float(settings.QUIRE_MODEL_CALL_SECONDS)


def embedder_config() -> EmbedderConfig:
    return EmbedderConfig(Path(settings.QUIRE_MODELS_DIR), settings.QUIRE_EMBEDDER_THREADS, settings.QUIRE_EMBEDDER_INT8)
