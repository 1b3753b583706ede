"""The library through the official OpenAI client: models, answers with citations, collections, conversations."""

import asyncio

import openai
import pytest

from apps.chat import openai_models
from apps.chat.models import Conversation, Run
from apps.chat.selectors.conversations import list_conversations
from apps.chat.services.asking import cancel_run
from apps.common.db import run_db
from apps.documents.models import Collection, CollectionGrant, Document
from tests.chat.openai_api.conftest import SCOPES
from tests.chat.stage import Silence, finally_true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
ASK = [{"role": "user", "content": "Where does Quire run?"}]
ANSWER = "Quire runs on Linux. [1]"


async def ask(client, model="quire", messages=ASK, **options):
    return await client.chat.completions.create(model=model, messages=messages, **options)


async def stream(client, **options):
    return [chunk async for chunk in await ask(client, stream=True, **options)]


def text_of(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


# --- which models there are


async def test_the_library_and_each_readable_collection_are_models(connect, text, handbook, acme):
    await run_db(lambda: Collection.objects.create(workspace=acme, name="Secret", slug="secret"))
    async with connect(text) as client:
        names = [model.id async for model in client.models.list()]
        shown = await client.models.retrieve("quire/handbook")
    assert [name for name in names if name.startswith("quire")] == ["quire", "quire/handbook"]
    assert (shown.id, shown.owned_by) == ("quire/handbook", "quire")


async def test_who_was_let_into_a_collection_sees_its_model(connect, bobs_text, bob_reader, acme):
    await run_db(_open_secret, acme, bob_reader)
    async with connect(bobs_text) as client:
        assert "quire/secret" in [model.id async for model in client.models.list()]


def _open_secret(acme, reader):
    secret = Collection.objects.create(workspace=acme, name="Secret", slug="secret")
    CollectionGrant.objects.create(collection=secret, member_id=reader.membership_id, level="read")


@pytest.mark.parametrize("lacking", ["chat.ask", "document.view"])
async def test_a_key_that_may_not_ask_sees_none_of_them_and_is_told_what_is_missing(connect, make_text, handbook, lacking):
    text = await run_db(make_text, *(set(SCOPES) - {lacking}))
    async with connect(text) as client:
        assert not [model.id async for model in client.models.list() if model.id.startswith("quire")]
        for model in ("quire", "quire/handbook", "quire/absent"):
            with pytest.raises(openai.PermissionDeniedError, match=lacking):
                await ask(client, model)
    assert not await run_db(Run.objects.exists)


@pytest.mark.parametrize("model", ["quire/absent", "quire/secret", "quire/theirs", "quire/", "quire/Handbook", "quire/\x00", "quirex"])
async def test_absent_and_closed_collections_are_the_same_absent_model(connect, bobs_text, handbook, acme, other, model):
    await run_db(lambda: Collection.objects.create(workspace=acme, name="Secret", slug="secret"))
    await run_db(lambda: Collection.objects.create(workspace=other, name="Theirs", slug="theirs", everyone="read"))
    async with connect(bobs_text) as client:
        with pytest.raises(openai.NotFoundError) as refused:
            await ask(client, model)
    assert refused.value.code == "model_not_found"
    assert refused.value.body["message"] == f"The model '{model}' does not exist or you do not have access to it."
    assert not await run_db(Run.objects.exists)


# --- answers


async def test_it_answers_whole_with_citations_and_a_list_of_sources(connect, text, stage, shelf, agents, settings):
    settings.QUIRE_PUBLIC_URL = "https://quire.example"
    stage.answers = [[ANSWER]]
    async with connect(text) as client:
        raw = await client.chat.completions.with_raw_response.create(model="quire", messages=ASK)
    answer, run = raw.parse(), await run_db(Run.objects.get)
    message = answer.choices[0].message
    [annotation] = message.annotations
    citation = annotation.url_citation
    assert message.content == f"{ANSWER}\n\n**Sources**\n\n1. [Handbook, page 3]({citation.url})"
    assert message.content[citation.start_index : citation.end_index] == "[1]"
    assert citation.title == "Handbook"
    assert citation.url.startswith(f"https://quire.example/w/acme/library/{shelf[0].version.document_id}/?passage={shelf[0].pk}")
    assert citation.quote == "Quire runs on Linux."
    assert (answer.model, answer.choices[0].finish_reason, answer.id) == ("quire", "stop", f"chatcmpl-{run.pk.hex}")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (10, 5, 15)
    assert raw.headers["x-quire-run"] == str(run.pk)


async def test_it_streams_the_same(connect, text, stage, shelf, agents):
    stage.answers = [["Quire runs ", "on Linux. [1]"], [ANSWER]]
    async with connect(text) as client:
        chunks = await stream(client, stream_options={"include_usage": True})
        whole = await ask(client)
    assert text_of(chunks) == whole.choices[0].message.content
    [annotations] = [chunk.choices[0].delta.annotations for chunk in chunks if chunk.choices and getattr(chunk.choices[0].delta, "annotations", None)]
    assert annotations == [one.model_dump() for one in whole.choices[0].message.annotations]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens == 15


async def test_an_answer_without_citations_has_no_list(connect, text, stage, shelf, agents):
    stage.answers = [["I do not know."]]
    async with connect(text) as client:
        message = (await ask(client)).choices[0].message
    assert (message.content, message.annotations) == ("I do not know.", None)


async def test_a_run_that_was_over_before_anybody_followed_it_is_told_from_what_was_stored(connect, text, stage, shelf, agents, monkeypatch):
    async def nothing_streams(reader, run_id):
        await finally_true(lambda: not Run.objects.live().exists())
        for text in ():
            yield text

    monkeypatch.setattr(openai_models, "_texts", nothing_streams)
    stage.answers = [[ANSWER]]
    async with connect(text) as client:
        assert text_of(await stream(client)).startswith(ANSWER)


async def test_the_run_is_the_keys_and_acts_as_it(connect, text, stage, shelf, agents):
    stage.answers = [[ANSWER]]
    async with connect(text) as client:
        await ask(client)
    run = await run_db(Run.objects.get)
    assert run.api_key_id == stage.readers[0].api_key_id is not None


async def test_a_collection_is_searched_alone(connect, text, handbook, stage, shelf, agents, monkeypatch):
    found = []

    async def search(reader, query, *, limit=8, filters=None, joins=True):
        found.append(filters)
        return await stage.search(reader, query, limit=limit)

    monkeypatch.setattr("apps.chat.tools.search.search", search)
    stage.answers = [[ANSWER]]
    async with connect(text) as client:
        answer = await ask(client, "quire/handbook")
    assert answer.model == "quire/handbook"
    assert [filters.collection_ids for filters in found] == [frozenset({handbook.pk})]


# --- conversations


async def test_earlier_messages_are_the_history_and_no_side_bar_lists_the_call(connect, text, alice_reader, stage, shelf, agents):
    stage.answers = [["Quire on Windows"], [ANSWER]]
    messages = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "Where does it run?"},
        {"role": "assistant", "content": f"{ANSWER}\n\n**Sources**\n\n1. [Handbook](https://x.example)"},
        {"role": "user", "content": [{"type": "text", "text": "And on "}, {"type": "text", "text": "Windows?"}]},
    ]
    async with connect(text) as client:
        await ask(client, messages=messages)
    run = await run_db(lambda: Run.objects.select_related("question").get())
    assert (run.question.text, run.earlier) == ("And on Windows?", [["Where does it run?", ANSWER]])
    assert await run_db(list_conversations, alice_reader) == []
    assert await run_db(Conversation.objects.count) == 1


async def test_only_the_last_turns_are_kept_and_each_is_cut():
    from apps.chat.openai_models import EARLIER_CHARS, EARLIER_TURNS, read_turns
    from apps.gateway.types import ChatMessage

    turns = [ChatMessage(role, f"{number} " + "x" * 10_000) for number in range(20) for role in ("user", "assistant")]
    question, earlier = read_turns([*turns, ChatMessage("assistant", "by itself"), ChatMessage("user", "Now?")])
    assert (question, len(earlier)) == ("Now?", EARLIER_TURNS)
    assert earlier[-1][0].startswith("19 ")
    assert {len(part) for turn in earlier for part in turn} == {EARLIER_CHARS}


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}], "messages"),
        ([{"role": "system", "content": "Hi"}], "messages"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]}], "messages[0].content"),
        ([{"role": "user", "content": " "}], None),
        ([{"role": "user", "content": "x" * 9_000}], None),
    ],
    ids=["the assistant last", "no question", "a picture", "nothing", "too much"],
)
async def test_what_is_no_question_is_refused(connect, text, acme, messages, param):
    async with connect(text) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, messages=messages)
    assert refused.value.body["param"] == param
    assert not await run_db(Run.objects.exists)


TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]


@pytest.mark.parametrize(
    "asked",
    [{"tools": TOOLS}, {"tool_choice": "auto"}, {"response_format": {"type": "json_object"}}, {"stop": ["END"]}, {"logprobs": True}, {"logit_bias": {"1": 2}}],
)
async def test_what_would_make_another_kind_of_answer_is_refused_by_its_name(connect, text, acme, asked):
    async with connect(text) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, **asked)
    assert refused.value.body["param"] == next(iter(asked))


async def test_how_a_model_would_choose_its_words_is_taken_and_left(connect, text, stage, shelf, agents):
    stage.answers = [[ANSWER]]
    async with connect(text) as client:
        answer = await ask(client, temperature=0.1, max_tokens=5, seed=1, response_format={"type": "text"}, tool_choice="none")
    assert answer.choices[0].message.content.startswith(ANSWER)


async def test_questions_are_limited_like_all_others(connect, text, stage, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER = 1
    stage.answers = []
    async with connect(text) as client:
        asking = asyncio.create_task(ask(client))
        await finally_true(Run.objects.exists)
        with pytest.raises(openai.RateLimitError) as refused:
            await ask(client)
        asking.cancel()
    assert int(refused.value.response.headers["retry-after"]) > 0
    assert await run_db(Run.objects.count) == 1


async def test_a_source_that_is_gone_is_in_the_list_without_its_name_and_is_no_annotation(connect, text, stage, shelf, agents, monkeypatch):
    stage.answers = [[ANSWER]]
    read_end = openai_models._read_end

    def read_after_all_is_gone(reader, run_id):
        Document.objects.all().delete()
        return read_end(reader, run_id)

    monkeypatch.setattr(openai_models, "_read_end", read_after_all_is_gone)
    async with connect(text) as client:
        message = (await ask(client)).choices[0].message
    assert message.content == f"{ANSWER}\n\n**Sources**\n\n1. Source no longer available"
    assert message.annotations == []


async def test_a_stopped_run_is_told_so_and_not_asked_again(connect, text, alice_reader, stage):
    async with connect(text) as client:
        asking = asyncio.create_task(ask(client.with_options(max_retries=2)))
        await finally_true(Run.objects.exists)
        run = await run_db(Run.objects.get)
        await run_db(cancel_run, alice_reader, run.pk)
        with pytest.raises(openai.ConflictError) as refused:
            await asking
    assert refused.value.code == "answer_stopped"
    assert await run_db(Run.objects.count) == 1


async def test_leaving_does_not_stop_the_run(connect, text, stage, shelf, agents):
    silence = Silence()
    stage.answers = [["Quire runs ", silence]]
    async with connect(text) as client:
        asking = asyncio.create_task(stream(client))
        await silence.reached.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    run = await run_db(Run.objects.get)
    assert (run.state, run.cancel_requested_at) == ("running", None)
