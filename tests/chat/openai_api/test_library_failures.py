"""What can go wrong between a question to the library and its answer, in OpenAI's shape and with the right status, in a stream too."""

import asyncio
import json

import openai
import pytest
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.chat import openai_models
from apps.chat.errors import RunTimedOut
from apps.chat.failures import failure_of
from apps.chat.models import Run
from apps.chat.services.asking import cancel_run
from apps.common.db import run_db
from apps.gateway.errors import BudgetExceeded, ContextTooLong, ProviderTimedOut, ProviderUnavailable, StreamCut
from apps.gateway.openai_api import streaming
from apps.gateway.openai_api.handler import answer_openai
from apps.gateway.types import Chunk
from tests.chat.openai_api.test_library_models import ANSWER, ASK, ask, stream
from tests.chat.stage import Silence, finally_true
from tests.gateway.openai_api.test_leaving import Browser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ProviderUnavailable("Away."), 503, "provider_unavailable"),
        (ProviderTimedOut("Slow."), 504, "provider_timed_out"),
        (BudgetExceeded("Spent."), 402, "insufficient_quota"),
        (ContextTooLong("Much."), 400, "context_length_exceeded"),
        (RunTimedOut("Long."), 504, "run_timed_out"),
        (ZeroDivisionError(), 502, "answer_failed"),
    ],
)
@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_run_that_failed_before_its_first_word_has_the_status_of_what_ended_it(connect, text, stage, shelf, agents, error, status, code, is_streamed):
    stage.answers = [[error]]
    async with connect(text) as client:
        with pytest.raises(openai.APIStatusError) as failed:
            await (stream(client) if is_streamed else ask(client))
    assert (failed.value.status_code, failed.value.code) == (status, code)


async def test_a_run_that_fails_in_the_middle_ends_its_stream_with_the_error(connect, text, stage, shelf, agents):
    stage.answers = [["Quire runs ", ProviderUnavailable("The model does not answer.")]]
    async with connect(text) as client:
        with pytest.raises(openai.APIError, match="The model does not answer") as failed:
            await stream(client)
    assert failed.value.code == "provider_unavailable"


class Gate(Silence):
    """Where the model says nothing until somebody lets it."""

    def __init__(self):
        super().__init__()
        self.opened = asyncio.Event()

    async def last(self):
        await self.opened.wait()
        return Chunk("")


def browse(text, **body):
    return Browser(text, model="quire", messages=ASK, **body)


async def answered(browser):
    async with asyncio.timeout(10):
        await answer_openai(browser.scope, browser.receive, browser.send)
    return browser.events


async def test_an_answer_that_is_begun_anew_after_its_first_words_ends_the_stream(text, stage, shelf, agents):
    gate = Gate()
    stage.answers = [["Quire runs on Windows, on Linux, and on ", gate, StreamCut("Broke off.")], [ANSWER]]
    browser = browse(text, stream=True)
    asking = asyncio.create_task(answered(browser))
    await browser.has_text.wait()
    gate.opened.set()
    events = await asking
    assert json.loads(events.split(b"data: ")[-1])["error"]["code"] == "answer_restarted"
    assert b"[DONE]" not in events


async def test_one_that_is_begun_anew_before_them_is_told_as_if_nothing_had_been(text, stage, shelf, agents):
    stage.answers = [[StreamCut("Broke off.")], [ANSWER]]
    events = await answered(browse(text, stream=True))
    assert events.endswith(b"data: [DONE]\n\n")
    assert (await run_db(Run.objects.get)).attempt == 2


async def test_a_stored_answer_that_is_not_what_streamed_is_no_answer(text, stage, shelf, agents, monkeypatch):
    read_end = openai_models._read_end

    def other(reader, run_id):
        return openai_models.cite("Something else.", []), read_end(reader, run_id)[1]

    monkeypatch.setattr(openai_models, "_read_end", other)
    stage.answers = [[ANSWER]]
    assert b"answer_restarted" in await answered(browse(text, stream=True))


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_key_that_ends_takes_its_answer_along(text, stage, shelf, is_streamed):
    browser = browse(text, stream=is_streamed)
    asking = asyncio.create_task(answered(browser))
    await finally_true(Run.objects.exists)
    await run_db(lambda: ApiKey.objects.update(revoked_at=timezone.now()))
    events = await asking
    assert (browser.sent[0]["status"], json.loads(events)["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_who_waits_too_long_is_told_and_the_run_goes_on(text, acme, monkeypatch, is_streamed):
    monkeypatch.setattr(openai_models, "WAIT_SECONDS", 0.1)
    browser = browse(text, stream=is_streamed)
    events = await answered(browser)
    assert (browser.sent[0]["status"], json.loads(events)["error"]["code"]) == (504, "answer_pending")
    assert (await run_db(Run.objects.get)).state == "accepted"


async def test_a_client_that_leaves_leaves_the_run_alone_and_nothing_behind(text, alice_reader, stage, shelf, agents):
    silence = Silence()
    stage.answers = [["Quire runs on Linux, and it needs Python, ", silence]]
    browser = browse(text, stream=True)
    asking = asyncio.create_task(answered(browser))
    await browser.has_text.wait()
    await silence.reached.wait()
    browser.leave()
    run = await run_db(Run.objects.get)
    assert (run.state, run.cancel_requested_at) == ("running", None)
    await run_db(cancel_run, alice_reader, run.pk)
    await asking
    assert b"[DONE]" not in browser.events
    assert b"error" not in browser.events
    assert not streaming._draining


async def test_a_limit_that_a_run_met_is_a_limit():
    assert (failure_of("limit_exceeded", "Much.").status, failure_of("limit_exceeded", "Much.").detail) == (429, "Much.")
