"""Which model is used, and what wrong settings say."""

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.checks import run_checks

from apps.gateway.errors import ModelNotFound
from apps.gateway.providers import registry
from apps.gateway.selectors import get_chat_model, get_chat_price, get_embedding_model
from apps.gateway.services import complete
from apps.gateway.targets import Target
from apps.gateway.types import ChatModelInfo, EmbeddingModelInfo
from tests.gateway.conftest import PRINCIPAL


def found_ids():
    return [message.id for message in run_checks() if message.id.startswith("quire.gateway")]


@pytest.mark.django_db
def test_without_settings_the_models_that_come_with_quire_are_used():
    assert get_chat_model() == ChatModelInfo("extractive", is_embedded=True)
    assert get_embedding_model() == EmbeddingModelInfo("all-MiniLM-L6-v2-int8", 384, 256, languages=frozenset({"en"}), spread=0.12)
    assert found_ids() == []


def test_vectors_of_the_exact_model_have_another_name(settings):
    settings.QUIRE_EMBEDDER_INT8 = False
    assert get_embedding_model().name == "all-MiniLM-L6-v2"


@pytest.mark.django_db
def test_connected_models_are_named_by_their_settings(fake_llm, fake_embeddings):
    assert get_chat_model() == ChatModelInfo("fake-model", is_embedded=False, has_tools=True)
    assert get_embedding_model() == EmbeddingModelInfo("fake-embeddings", fake_embeddings.dimension, 512)
    assert found_ids() == []


@pytest.mark.django_db(transaction=True)
async def test_another_model_than_the_chosen_one_is_not_found():
    with pytest.raises(ModelNotFound):
        await anext(complete(PRINCIPAL, [], model="gpt-99"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"QUIRE_LLM_BASE_URL": "http://x/v1"}, ["quire.gateway.E001"]),
        ({"QUIRE_LLM_MODEL": "m"}, ["quire.gateway.E002"]),
        ({"QUIRE_LLM_API_KEY": "k"}, ["quire.gateway.E002"]),
        ({"QUIRE_LLM_PRICE_IN": Decimal(1)}, ["quire.gateway.E009"]),
        ({"QUIRE_LLM_PRICE_OUT": Decimal(0)}, ["quire.gateway.E009"]),
        ({"QUIRE_LLM_PRICE_IN": Decimal(0), "QUIRE_LLM_PRICE_OUT": Decimal(0)}, []),
        ({"QUIRE_EMBEDDINGS_BASE_URL": "http://x/v1", "QUIRE_EMBEDDINGS_DIMENSION": 8}, ["quire.gateway.E003"]),
        ({"QUIRE_EMBEDDINGS_BASE_URL": "http://x/v1", "QUIRE_EMBEDDINGS_MODEL": "m"}, ["quire.gateway.E004"]),
        ({"QUIRE_EMBEDDINGS_MODEL": "m"}, ["quire.gateway.E005"]),
        ({"QUIRE_EMBEDDINGS_DIMENSION": 8}, ["quire.gateway.E005"]),
        ({"QUIRE_RERANK": "http"}, ["quire.gateway.E006"]),
        ({"QUIRE_RERANK_BASE_URL": "http://x/v1"}, ["quire.gateway.E007"]),
        ({"QUIRE_RERANK": "late-interaction", "QUIRE_RERANK_MODEL": "m"}, ["quire.gateway.E007"]),
        ({"QUIRE_RERANK_API_KEY": "k"}, ["quire.gateway.E007"]),
        ({"QUIRE_RERANK": "language-model"}, ["quire.gateway.E008"]),
        ({"QUIRE_RERANK": "http", "QUIRE_RERANK_BASE_URL": "http://x"}, []),
        ({"QUIRE_RERANK": "language-model", "QUIRE_LLM_BASE_URL": "http://x/v1", "QUIRE_LLM_MODEL": "m"}, []),
    ],
)
def test_half_set_models_are_errors_with_an_id(settings, values, expected):
    for name, value in values.items():
        setattr(settings, name, value)
    assert found_ids() == expected


def test_a_key_is_in_no_representation(fake_llm, fake_embeddings, fake_rerank):
    from apps.gateway import conf

    assert "sk-secret" not in f"{conf.chat_config()!r} {conf.embedding_config()!r} {conf.rerank_config()!r}"


def test_the_public_face_loads_no_model_library():
    code = (
        "import sys, django; django.setup(); import apps.gateway.services, apps.gateway.selectors, apps.gateway.checks, apps.gateway.providers.extractive;"
        "heavy = {'numpy', 'onnxruntime', 'onnx', 'tokenizers', 'langchain_core', 'langchain_openai', 'openai', 'httpx2'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(bool(heavy))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr


def test_prompts_are_never_sent_to_the_maker_of_a_library():
    assert os.environ["LANGSMITH_TRACING"] == os.environ["LANGCHAIN_TRACING_V2"] == "false"


CHAT_TARGET = Target("settings", "m", "openai-compatible", "http://127.0.0.1:1/v1")


async def test_a_provider_is_made_once_for_each_target():
    first = await registry.get_chat_provider(CHAT_TARGET)
    assert await registry.get_chat_provider(replace(CHAT_TARGET)) is first
    assert await registry.get_chat_provider(replace(CHAT_TARGET, api_key="another")) is not first
    assert await registry.get_embedding_provider(CHAT_TARGET) is not first


async def test_only_so_many_providers_are_kept(monkeypatch):
    monkeypatch.setattr(registry, "PROVIDERS", 2)
    monkeypatch.setattr(registry, "_made", {})
    first = await registry.get_chat_provider(CHAT_TARGET)
    for key in ("a", "b"):
        await registry.get_chat_provider(replace(CHAT_TARGET, api_key=key))
    assert len(registry._made) == 2
    assert await registry.get_chat_provider(CHAT_TARGET) is not first


async def test_a_row_of_the_catalogue_reranks_as_the_setting_does(fake_server):
    target = Target("Jina", "m", "rerank", fake_server.base_url)
    assert type(await registry.get_rerank_provider(target, None)) is type(await registry.get_rerank_provider(replace(target, kind="http"), None))


@pytest.mark.django_db
def test_a_model_of_the_settings_takes_no_tools_where_they_say_so(fake_llm, settings):
    settings.QUIRE_LLM_TOOLS = False
    assert not get_chat_model().has_tools


@pytest.mark.django_db
def test_a_route_takes_tools_where_each_of_its_models_does_and_costs_what_the_dearest_does(monkeypatch):
    from types import SimpleNamespace

    from apps.gateway import selectors
    from apps.gateway.targets import FREE, Price, RouteInfo

    able = Target("a", "one", "openai-compatible", price=Price(Decimal(1), Decimal(9)), capabilities=frozenset({"tools"}))
    dear = replace(able, model="two", price=Price(Decimal(5), Decimal(2)))
    own = Target("quire", "extractive", "extractive", price=FREE)

    def told(*targets):
        route = RouteInfo("r", "chat", targets) if targets else None
        monkeypatch.setattr(selectors, "current_sync", lambda: SimpleNamespace(find_route=lambda *wanted: route))
        return get_chat_model().has_tools, get_chat_price()

    assert told(able, dear, own) == (True, Price(Decimal(5), Decimal(9)))
    assert told(able, replace(dear, capabilities=frozenset(), price=None)) == (False, None)
    assert told(own) == (False, FREE)
    assert told() == (False, None)
