"""The model that the gateway is measured and proven against does what a prompt says, and bills what it did."""

import json
import random

import openai
import pytest

from tools.gateway.client import Order, chat, prompt, run_all
from tools.gateway.script import Script, events_of, words_of


async def ask(upstream, said, *, stream=False, **leaving):
    order = Order(upstream.address.request(chat(prompt(7, random.Random(1), said), stream=stream)), **leaving)
    [outcome] = await run_all(upstream.address, [order], 1)
    return outcome


async def test_it_answers_with_as_many_tokens_as_the_prompt_says(upstream):
    answer = json.loads((await ask(upstream, "billed=40 tokens=5")).body)
    assert answer["choices"][0]["message"]["content"] == "".join(words_of(5))
    assert answer["usage"] == {"prompt_tokens": 40, "completion_tokens": 5, "total_tokens": 45}
    assert upstream.ledger == [[7, "first", 40, 5, "done"]]


@pytest.mark.parametrize("delay", [0, 1])
async def test_it_streams_an_event_a_token_and_then_the_bill(upstream, delay):
    outcome = await ask(upstream, f"billed=40 tokens=5 delay={delay}", stream=True)
    assert (outcome.ending, outcome.body.count(b"data: {")) == ("done", 1 + 5 + 1 + 1)
    assert b'"completion_tokens":5' in outcome.body
    assert outcome.body.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


async def test_the_official_client_understands_it(upstream):
    async with openai.AsyncOpenAI(base_url=upstream.address.base_url, api_key="none", max_retries=0) as client:
        answer = await client.chat.completions.create(model="first", messages=[{"role": "user", "content": "tokens=3"}])
        stream = await client.chat.completions.create(model="first", messages=[{"role": "user", "content": "tokens=3"}], stream=True)
        texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
        vectors = await client.embeddings.create(model="embedder", input=["a", "b"], encoding_format="float")
        models = await client.models.list()
    assert answer.choices[0].message.content == "".join(texts) == "".join(words_of(3))
    assert len(vectors.data) == 2
    assert [model.id for model in models.data] == ["first", "second", "embedder"]


async def test_it_fails_as_often_as_the_prompt_says(upstream):
    said = "billed=40 status=503 times=2 after=3"
    outcomes = [await ask(upstream, said) for _ in range(3)]
    assert [outcome.status for outcome in outcomes] == [503, 503, 200]
    assert [row[2:] for row in upstream.ledger] == [[0, 0, "503"], [0, 0, "503"], [40, 64, "done"]]


async def test_a_failure_of_one_model_is_not_another_ones(upstream):
    assert (await ask(upstream, "status=500 on=second")).ending == "done"
    assert (await ask(upstream, "status=500 on=first")).ending == "refused"


@pytest.mark.parametrize("reset", [0, 1])
async def test_it_breaks_off_after_a_token(upstream, reset):
    outcome = await ask(upstream, f"billed=40 tokens=9 cut=4 reset={reset}", stream=True)
    assert outcome.ending == "broken"
    assert upstream.ledger == [[7, "first", 40, 4, "cut"]]


async def test_it_breaks_off_at_a_byte(upstream):
    sent = b"".join(events_of("first", words_of(9)))
    outcome = await ask(upstream, "tokens=9 cut_at=700", stream=True)
    received = b"".join(outcome.body.split(b"\r\n")[1::2])
    assert outcome.ending == "broken"
    assert received == sent[:700]


async def test_an_answer_that_is_no_stream_breaks_off_too_and_costs_nothing(upstream):
    assert (await ask(upstream, "cut=4")).ending == "broken"
    assert upstream.ledger == [[7, "first", 0, 0, "cut"]]


async def test_whoever_leaves_pays_for_what_was_written_until_then(upstream):
    outcome = await ask(upstream, "billed=40 tokens=60 delay=2", stream=True, leave_after=5)
    assert outcome.ending == "left"
    [[_, _, read, wrote, ending]] = await until_billed(upstream)
    assert (read, ending) == (40, "gone")
    assert 4 <= wrote < 60


async def test_it_can_be_told_what_happens_to_prompts_that_say_nothing(upstream):
    upstream.control("/control/defaults", b'{"text": "Press Ctrl-C. [1]", "cut": 2, "times": 1}')
    outcomes = [await ask(upstream, "", stream=True) for _ in range(2)]
    assert [outcome.ending for outcome in outcomes] == ["broken", "done"]
    assert b" Ctrl-C." in outcomes[1].body
    assert upstream.control("/control/reset", b"") == {"calls": 0}


def test_the_words_of_a_text_are_the_text():
    assert "".join(Script(text="Press Ctrl-C.\nThen wait. [1]").words()) == "Press Ctrl-C.\nThen wait. [1]"


async def until_billed(upstream):
    import asyncio

    async with asyncio.timeout(10):
        while not upstream.ledger:  # noqa: ASYNC110  # a ledger rings no bell
            await asyncio.sleep(0.002)
    return upstream.ledger
