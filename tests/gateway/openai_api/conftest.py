from contextlib import asynccontextmanager

import httpx2
import pytest
from openai import AsyncOpenAI

from apps.accounts.services.keys import make_key
from apps.gateway import catalogue
from apps.gateway.openai_api import callers
from apps.gateway.openai_api.handler import answer_openai


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What one test's process learned of people and models is nothing to the next."""
    callers._kept.clear()
    catalogue.forget()
    yield
    callers._kept.clear()
    catalogue.forget()


@pytest.fixture
def make_caller_key(alice_reader):
    return lambda *scopes, days=30: make_key(alice_reader, name="program", scopes=scopes or ("model.call",), days=days)


@pytest.fixture
def alice_key(make_caller_key):
    return make_caller_key()[1]


@pytest.fixture
def connect():
    """The official client, straight on the ASGI application."""

    @asynccontextmanager
    async def make(key):
        transport = httpx2.ASGITransport(app=answer_openai)
        async with httpx2.AsyncClient(transport=transport) as http:
            yield AsyncOpenAI(api_key=key, base_url="http://127.0.0.1/v1", http_client=http, max_retries=0)

    return make
