"""Fixtures of the fakes, for every test."""

import pytest

from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
def fake_server():
    """A scripted OpenAI-compatible server that nothing uses yet."""
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def fake_llm(fake_server, settings):
    """The same server, connected as the language model."""
    settings.QUIRE_LLM_BASE_URL = fake_server.base_url
    settings.QUIRE_LLM_API_KEY = "sk-secret-of-the-tests"
    settings.QUIRE_LLM_MODEL = "fake-model"
    return fake_server


@pytest.fixture
def fake_embeddings(fake_server, settings):
    """The same server, connected as the embedding model."""
    settings.QUIRE_EMBEDDINGS_BASE_URL = fake_server.base_url
    settings.QUIRE_EMBEDDINGS_API_KEY = "sk-secret-of-the-tests"
    settings.QUIRE_EMBEDDINGS_MODEL = "fake-embeddings"
    settings.QUIRE_EMBEDDINGS_DIMENSION = fake_server.dimension
    return fake_server


@pytest.fixture
def fake_rerank(fake_server, settings, monkeypatch):
    """The same server, connected as the reranking model; each answer has to be scripted. It has the time that a busy machine needs."""
    monkeypatch.setattr("apps.gateway.naming.RERANK_SECONDS", 60.0)
    settings.QUIRE_RERANK = "http"
    settings.QUIRE_RERANK_BASE_URL = fake_server.base_url
    settings.QUIRE_RERANK_API_KEY = "sk-secret-of-the-tests"
    settings.QUIRE_RERANK_MODEL = "fake-reranker"
    return fake_server
