"""What goes wrong, as the official client tells it: the right class, OpenAI's shape, and nothing of what is behind."""

import asyncio
import re
from datetime import timedelta

import httpx2
import openai
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.accounts.services.keys import revoke_key
from apps.gateway import catalogue
from apps.gateway.models import Budget, GuardPolicy, Model, Provider, Route, RouteTarget, UsageRecord
from apps.gateway.openai_api import callers
from apps.gateway.openai_api.handler import answer_openai
from tests.fakes.scripts import Cut, Status, error_body

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SAY = [{"role": "user", "content": "Say hello"}]
LEAKS = re.compile(r"Traceback|File \"/|site-packages|127\.0\.0\.1|sk-secret")


@pytest.fixture
def fail(connect, alice_key):
    """Ask, and give the error that comes of it; each is in OpenAI's shape and gives nothing away."""

    async def ask(expected, *, key=None, **fields):
        async with connect(key or alice_key) as client:
            with pytest.raises(expected) as caught:
                await client.chat.completions.create(**{"model": "fake-model", "messages": SAY, **fields})
        error = caught.value
        assert {"message", "type", "param", "code"} <= error.response.json()["error"].keys()
        assert not LEAKS.search(error.response.text)
        return error

    return ask


async def test_no_messages(fail, fake_llm):
    error = await fail(openai.BadRequestError, messages=[])
    assert (error.param, error.code) == ("messages", "invalid_value")


async def test_a_model_that_does_not_exist(fail, fake_llm):
    error = await fail(openai.NotFoundError, model="gpt-17")
    assert (error.param, error.code) == ("model", "model_not_found")


async def test_a_model_that_is_not_for_this_workspace_looks_the_same(fail, fake_llm, other):
    def restrict():
        provider = Provider.objects.create(name="Dear", base_url=fake_llm.base_url)
        route = Route.objects.create(name="theirs", is_restricted=True)
        RouteTarget.objects.create(route=route, model=Model.objects.create(provider=provider, name="m"))
        route.workspaces.add(other)

    await sync_to_async(restrict)()
    known, unknown = await fail(openai.NotFoundError, model="theirs"), await fail(openai.NotFoundError, model="absent")
    assert known.message.replace("theirs", "") == unknown.message.replace("absent", "")


async def test_a_key_that_is_none(fail, fake_llm):
    error = await fail(openai.AuthenticationError, key="qk_live_nothing")
    assert error.code == "invalid_api_key"


async def test_a_key_that_was_revoked_ends_within_a_second(fail, connect, make_caller_key, alice_reader, fake_llm):
    row, text = await sync_to_async(make_caller_key)()
    async with connect(text) as client:
        await client.chat.completions.create(model="fake-model", messages=SAY)
    await sync_to_async(revoke_key)(alice_reader, row)
    assert callers.KEPT_SECONDS < 1
    callers._kept.clear()
    await fail(openai.AuthenticationError, key=text)


async def test_a_key_that_expired(fail, make_caller_key, fake_llm):
    row, text = await sync_to_async(make_caller_key)()
    await sync_to_async(ApiKey.objects.filter(pk=row.pk).update)(expires_at=timezone.now() - timedelta(seconds=1))
    await fail(openai.AuthenticationError, key=text)


async def test_a_key_that_lacks_the_scope(fail, make_caller_key, fake_llm):
    _, text = await sync_to_async(make_caller_key)("chat.ask")
    error = await fail(openai.PermissionDeniedError, key=text)
    assert "model.call" in error.message
    assert fake_llm.requests == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -1),
        ("temperature", "hot"),
        ("max_tokens", 0),
        ("n", 2),
        ("stop", ["a", "b", "c", "d", "e"]),
        ("messages", [{"role": "robot", "content": "x"}]),
        ("messages", [{"role": "user"}]),
        ("messages", [{"role": "user", "content": 3}]),
        ("messages", ["hello"]),
        ("messages", [{"role": "user", "content": "x", "colour": "red"}]),
        ("messages", [{"role": "tool", "content": "x"}]),
        ("messages", [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]),
        ("messages", [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]),
        ("messages", [{"role": "assistant", "content": "x", "tool_calls": [{"id": 1}]}]),
        ("messages", [{"role": "user", "content": "x", "tool_calls": []}]),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "perhaps"),
        ("response_format", {"type": "poem"}),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_costs_nothing(fail, fake_llm, field, value):
    error = await fail(openai.BadRequestError, **{field: value})
    assert error.param.startswith(field)
    assert fake_llm.requests == []
    assert not await UsageRecord.objects.aexists()


async def test_a_field_that_is_not_known_is_named(fail, fake_llm):
    error = await fail(openai.BadRequestError, extra_body={"colour": "red"})
    assert error.param == "colour"


async def test_a_body_of_ten_megabytes(fail, fake_llm):
    error = await fail(openai.APIStatusError, messages=[{"role": "user", "content": "a" * 10_000_000}])
    assert (error.status_code, error.code) == (413, "request_too_large")


async def test_a_prompt_far_beyond_the_window(fail, fake_llm, settings):
    settings.QUIRE_LLM_WINDOW = 1_000
    error = await fail(openai.BadRequestError, messages=[{"role": "user", "content": "a word " * 5_000}])
    assert (error.code, error.param) == ("context_length_exceeded", "messages")
    assert fake_llm.requests == []


async def test_a_prompt_that_the_model_finds_too_long(fail, fake_llm):
    fake_llm.enqueue([Status(400, error_body("maximum context length is 10", "invalid_request_error", "context_length_exceeded"))])
    assert (await fail(openai.BadRequestError)).code == "context_length_exceeded"


async def test_too_many_requests(fail, connect, alice_key, fake_llm, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER = 1
    async with connect(alice_key) as client:
        await client.chat.completions.create(model="fake-model", messages=SAY)
    error = await fail(openai.RateLimitError)
    assert int(error.response.headers["retry-after"]) > 0
    assert error.code == "rate_limit_exceeded"


async def test_more_tokens_than_the_limit_allows(fail, fake_llm, settings):
    settings.QUIRE_LIMIT_TOKENS_PER_KEY = 500
    await fail(openai.RateLimitError, max_tokens=501)
    assert fake_llm.requests == []


async def test_a_budget_that_is_used_up(fail, fake_llm, acme, settings):
    await sync_to_async(Budget.objects.create)(workspace=acme, tokens=10)
    catalogue.forget()
    error = await fail(openai.APIStatusError)
    assert (error.status_code, error.code, error.type) == (402, "insufficient_quota", "insufficient_quota")
    assert error.response.json()["error"]["renews_at"]
    assert fake_llm.requests == []


async def test_a_model_without_a_price_where_money_counts(fail, fake_llm, acme):
    await sync_to_async(Budget.objects.create)(workspace=acme, money=10)
    catalogue.forget()
    await fail(openai.PermissionDeniedError)


async def test_a_prohibited_word(fail, fake_llm, acme):
    await sync_to_async(GuardPolicy.objects.create)(workspace=acme, prohibited_words=["hello"])
    catalogue.forget()
    error = await fail(openai.BadRequestError)
    assert error.code == "content_filter"
    assert fake_llm.requests == []


async def test_a_model_that_is_down(fail, fake_llm):
    fake_llm.enqueue(*[[Status(503)]] * 5)
    await fail(openai.InternalServerError)


async def test_a_key_of_the_provider_that_is_wrong_is_not_the_callers_fault(fail, fake_llm):
    fake_llm.enqueue([Status(401)])
    error = await fail(openai.InternalServerError)
    assert error.status_code == 502


async def test_an_answer_that_is_cut_in_the_middle(connect, alice_key, fake_llm):
    fake_llm.enqueue(["Half an ", "answer", Cut()])
    seen: list[str] = []

    async def read(stream):
        async for chunk in stream:
            seen.append(chunk.choices[0].delta.content or "")

    async with connect(alice_key) as client:
        stream = await client.chat.completions.create(model="fake-model", messages=SAY, stream=True)
        with pytest.raises(openai.APIError) as caught:
            await read(stream)
    assert "".join(seen) == "Half an answer"
    assert caught.value.type == "server_error"


async def test_an_answer_that_is_cut_is_no_whole_answer(fail, fake_llm):
    fake_llm.enqueue(["Half an ", "answer", Cut()])
    await fail(openai.InternalServerError)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"", b"[" * 100_000])
async def test_a_body_that_is_no_json_object(connect, alice_key, body):
    async with connect(alice_key) as client:
        answer = await client._client.post("http://127.0.0.1/v1/chat/completions", content=body, headers={"Authorization": f"Bearer {alice_key}"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "chat/completions", 405), ("POST", "models", 405), ("GET", "nothing", 404)])
async def test_addresses_and_methods_that_are_none(connect, alice_key, method, path, status):
    async with connect(alice_key) as client:
        answer = await client._client.request(method, f"http://127.0.0.1/v1/{path}", headers={"Authorization": f"Bearer {alice_key}"})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


async def test_nobody_without_a_key():
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=answer_openai)) as client:
        answer = await client.get("http://127.0.0.1/v1/models")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("field", "value"),
    [("input", []), ("input", [1, 2]), ("input", ""), ("input", ["a", ""]), ("encoding_format", "hex"), ("dimensions", 7), ("model", "no such")],
)
async def test_embeddings_that_cannot_be(connect, alice_key, fake_embeddings, field, value):
    async with connect(alice_key) as client:
        with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as caught:
            await client.embeddings.create(**{"model": "fake-embeddings", "input": ["x"], field: value})
    assert caught.value.param == field


async def test_nobody_hears_of_the_limit_of_another_address(fake_llm, settings):
    """Both come at once without a key; only one of the two addresses has tried too often."""
    settings.QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS = 1

    async def status(address):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=answer_openai, client=(address, 1))) as client:
            return (await client.get("http://127.0.0.1/v1/models")).status_code

    assert await status("198.51.100.1") == 401
    assert await asyncio.gather(status("198.51.100.1"), status("198.51.100.2")) == [429, 401]


async def test_a_body_nested_beyond_reason(fail, fake_llm):
    nested = {"type": "json_schema"}
    for _ in range(200):
        nested = {"type": "json_schema", "json_schema": nested}
    error = await fail(openai.BadRequestError, response_format=nested)
    assert "nested deeper" in error.message
