"""Settings of models that are only half there, each with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from apps.gateway.conf import HTTP, LANGUAGE_MODEL


@register
def language_model_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    has_address, has_model = bool(settings.QUIRE_LLM_BASE_URL), bool(settings.QUIRE_LLM_MODEL)
    if has_address and not has_model:
        return [
            Error(
                "QUIRE_LLM_BASE_URL is set, but QUIRE_LLM_MODEL is not.", hint="Set QUIRE_LLM_MODEL to a model's name at that address.", id="quire.gateway.E001"
            )
        ]
    if not has_address and (has_model or settings.QUIRE_LLM_API_KEY):
        hint = "Set QUIRE_LLM_BASE_URL, for example to https://api.openai.com/v1, or remove the other QUIRE_LLM_ settings."
        return [Error("A language model is half set: QUIRE_LLM_BASE_URL is empty.", hint=hint, id="quire.gateway.E002")]
    return []


@register
def price_of_language_model_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Half a price would be taken for none, and calls refused where a budget counts them."""
    if (settings.QUIRE_LLM_PRICE_IN is None) == (settings.QUIRE_LLM_PRICE_OUT is None):
        return []
    hint = "Set both QUIRE_LLM_PRICE_IN and QUIRE_LLM_PRICE_OUT, for a million tokens each; 0 is free."
    return [Error("Only one of QUIRE_LLM_PRICE_IN and QUIRE_LLM_PRICE_OUT is set.", hint=hint, id="quire.gateway.E009")]


@register
def embedding_model_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    has_address, has_model = bool(settings.QUIRE_EMBEDDINGS_BASE_URL), bool(settings.QUIRE_EMBEDDINGS_MODEL)
    dimension = settings.QUIRE_EMBEDDINGS_DIMENSION
    errors: list[CheckMessage] = []
    if has_address and not has_model:
        hint = "Set QUIRE_EMBEDDINGS_MODEL to a model's name at that address."
        errors.append(Error("QUIRE_EMBEDDINGS_BASE_URL is set, but QUIRE_EMBEDDINGS_MODEL is not.", hint=hint, id="quire.gateway.E003"))
    if has_address and dimension < 1:
        hint = "Set QUIRE_EMBEDDINGS_DIMENSION to the length of the model's vectors, for example 1536."
        errors.append(Error("QUIRE_EMBEDDINGS_BASE_URL is set, but QUIRE_EMBEDDINGS_DIMENSION is not.", hint=hint, id="quire.gateway.E004"))
    if not has_address and (has_model or dimension or settings.QUIRE_EMBEDDINGS_API_KEY):
        hint = "Set QUIRE_EMBEDDINGS_BASE_URL, or remove the other QUIRE_EMBEDDINGS_ settings to use the embedded model."
        errors.append(Error("An embedding model is half set: QUIRE_EMBEDDINGS_BASE_URL is empty.", hint=hint, id="quire.gateway.E005"))
    return errors


@register
def reranking_model_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    kind, has_address = settings.QUIRE_RERANK, bool(settings.QUIRE_RERANK_BASE_URL)
    errors: list[CheckMessage] = []
    if kind == HTTP and not has_address:
        hint = "Set QUIRE_RERANK_BASE_URL to the address before /rerank, for example https://api.jina.ai/v1."
        errors.append(Error("QUIRE_RERANK is http, but QUIRE_RERANK_BASE_URL is not set.", hint=hint, id="quire.gateway.E006"))
    if kind != HTTP and (has_address or settings.QUIRE_RERANK_MODEL or settings.QUIRE_RERANK_API_KEY):
        hint = "Set QUIRE_RERANK=http, or remove the other QUIRE_RERANK_ settings."
        errors.append(Error("A reranking model is half set: QUIRE_RERANK is not http.", hint=hint, id="quire.gateway.E007"))
    if kind == LANGUAGE_MODEL and not settings.QUIRE_LLM_BASE_URL:
        hint = "Set QUIRE_LLM_BASE_URL and QUIRE_LLM_MODEL, or choose another kind with QUIRE_RERANK."
        errors.append(Error("QUIRE_RERANK is language-model, but no language model is connected.", hint=hint, id="quire.gateway.E008"))
    return errors
