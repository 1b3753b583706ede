"""Chat completions, asked by the official client: whole and streamed, with tools, and what it costs."""

import json

import pytest

from tests.fakes.scripts import Finish, Tokens

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SAY = [{"role": "user", "content": "Say hello"}]


async def test_it_answers_whole(connect, alice_key, fake_llm):
    fake_llm.enqueue(["Hello ", "there.", Tokens(12, 3)])
    async with connect(alice_key) as client:
        answer = await client.chat.completions.create(model="fake-model", messages=SAY)
    assert answer.choices[0].message.content == "Hello there."
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (12, 3, 15)
    assert answer.model == "fake-model"
    assert answer.id.startswith("chatcmpl-")


async def test_it_streams(connect, alice_key, fake_llm):
    fake_llm.enqueue(["Hello ", "there.", Tokens(12, 3)])
    async with connect(alice_key) as client:
        chunks = [chunk async for chunk in await client.chat.completions.create(model="fake-model", messages=SAY, stream=True)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello there."
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


async def test_a_stream_tells_its_usage_where_that_is_asked_for(connect, alice_key, fake_llm):
    fake_llm.enqueue(["Hello.", Tokens(12, 3)])
    asked = {"model": "fake-model", "messages": SAY, "stream": True, "stream_options": {"include_usage": True}}
    async with connect(alice_key) as client:
        chunks = [chunk async for chunk in await client.chat.completions.create(**asked)]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 15


async def test_parameters_go_on_to_the_model_and_what_is_ours_does_not(connect, alice_key, fake_llm):
    asked = {"temperature": 0.2, "max_tokens": 50, "stop": ["END"], "seed": 7, "response_format": {"type": "json_object"}}
    async with connect(alice_key) as client:
        await client.chat.completions.create(model="fake-model", messages=SAY, user="somebody", **asked)
    body = fake_llm.requests[0].body
    assert {name: body[name] for name in asked} == asked
    assert "user" not in body


async def test_messages_of_all_roles_go_on_as_they_are(connect, alice_key, fake_llm):
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"word": "x"}'}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Look "}, {"type": "text", "text": "up x"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x is a letter"},
    ]
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    async with connect(alice_key) as client:
        await client.chat.completions.create(model="fake-model", messages=messages, tools=tools)
    body = fake_llm.requests[0].body
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][2]["tool_calls"] == [call]
    assert body["messages"][3]["tool_call_id"] == "call_1"
    assert body["tools"] == tools


async def test_an_answer_that_was_cut_by_its_length_says_so(connect, alice_key, fake_llm):
    fake_llm.enqueue(["Hello", Finish("length")])
    async with connect(alice_key) as client:
        answer = await client.chat.completions.create(model="fake-model", messages=SAY, max_tokens=1)
    assert answer.choices[0].finish_reason == "length"


async def test_the_headers_tell_what_is_left(connect, alice_key, fake_llm, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER, settings.QUIRE_LIMIT_TOKENS_PER_USER = 60, 90_000
    async with connect(alice_key) as client:
        raw = await client.chat.completions.with_raw_response.create(model="fake-model", messages=SAY, max_tokens=100)
    assert raw.headers["x-ratelimit-limit-requests"] == "60"
    assert raw.headers["x-ratelimit-remaining-requests"] == "59"
    assert raw.headers["x-ratelimit-limit-tokens"] == "90000"
    assert 89_800 < int(raw.headers["x-ratelimit-remaining-tokens"]) < 89_900
    assert raw.headers["x-quire-model"] == "fake-model"
    assert raw.headers["cache-control"] == "no-store"
    assert len(raw.headers["x-request-id"]) == 32


async def test_the_embedded_model_answers_without_any_setting(connect, alice_key):
    async with connect(alice_key) as client:
        answer = await client.chat.completions.create(model="extractive", messages=SAY)
    assert answer.choices[0].message.content
    assert json.loads(answer.model_dump_json())["object"] == "chat.completion"


async def test_models_are_listed_and_shown(connect, alice_key, fake_llm):
    async with connect(alice_key) as client:
        names = [model.id async for model in client.models.list()]
        shown = await client.models.retrieve("fake-model")
    assert names == ["fake-model", "all-MiniLM-L6-v2-int8"]
    assert (shown.id, shown.owned_by) == ("fake-model", "quire")


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_texts_become_vectors(connect, alice_key, fake_embeddings, encoding):
    async with connect(alice_key) as client:
        answer = await client.embeddings.create(model="fake-embeddings", input=["one", "two"], encoding_format=encoding)
    assert len(answer.data) == 2
    assert answer.usage.prompt_tokens > 0


async def test_the_official_client_decodes_vectors_by_itself(connect, alice_key, fake_embeddings):
    async with connect(alice_key) as client:
        answer = await client.embeddings.create(model="fake-embeddings", input="one")
    assert len(answer.data[0].embedding) == fake_embeddings.dimension
    assert sum(number * number for number in answer.data[0].embedding) == pytest.approx(1.0)
