"""A client that goes away in the middle: the model's answer is read to its end and counted, and the connection is nobody's problem."""

import asyncio
import json
from functools import partial

import pytest
from asgiref.sync import sync_to_async

from apps.gateway import pipeline
from apps.gateway.calls import Kind
from apps.gateway.models import QueryLog, UsageRecord
from apps.gateway.openai_api import streaming
from apps.gateway.openai_api.handler import answer_openai
from tests.fakes.scripts import Tokens, Wait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


class Browser:
    """One request straight to the application, whose end of the line can go away at any moment."""

    def __init__(self, key, **body):
        self.body = json.dumps({"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}], **body}).encode()
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {key}".encode())],
            "client": ("127.0.0.1", 1),
        }
        self.sent = []
        self._is_asked = False
        self._gone = asyncio.Event()
        self.has_text = asyncio.Event()

    async def receive(self):
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": self.body}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        if b"content" in message.get("body", b""):
            self.has_text.set()

    def leave(self):
        self._gone.set()

    @property
    def events(self):
        return b"".join(message.get("body", b"") for message in self.sent)


async def left_in_mid_answer(browser, fake_llm):
    """Ask, go away after the first words, and let the model go on; then everything there is to settle is settled."""
    asking = asyncio.create_task(answer_openai(browser.scope, browser.receive, browser.send))
    await browser.has_text.wait()
    browser.leave()
    await asyncio.sleep(0)
    fake_llm.release("gate")
    await asking
    await asyncio.gather(*streaming._draining)


async def test_an_answer_nobody_reads_any_more_is_read_to_its_end_and_counted(alice_key, fake_llm):
    fake_llm.enqueue(["One ", Wait("gate"), "two ", "three", Tokens(20, 3)])
    browser = Browser(alice_key, stream=True)
    await left_in_mid_answer(browser, fake_llm)
    record = await UsageRecord.objects.aget()
    assert (record.input_tokens, record.output_tokens, record.is_estimated) == (20, 3, False)
    assert (await QueryLog.objects.aget()).outcome == "answered"
    assert b"three" not in browser.events


async def test_too_many_abandoned_answers_are_stopped_and_what_was_written_is_counted(alice_key, fake_llm, monkeypatch):
    monkeypatch.setattr(streaming, "DRAINS_MAX", 0)
    fake_llm.enqueue(["One ", Wait("gate"), "two ", Wait("never"), "three", Tokens(20, 3)])
    browser = Browser(alice_key, stream=True)
    await left_in_mid_answer(browser, fake_llm)
    record = await UsageRecord.objects.aget()
    assert record.is_estimated
    assert record.output_tokens == 2


async def test_a_client_that_leaves_before_it_said_what_it_wants_gets_nothing(alice_key):
    browser = Browser(alice_key)
    browser._is_asked = True
    browser.leave()
    await answer_openai(browser.scope, browser.receive, browser.send)
    assert browser.sent == []


async def test_a_whole_stream_ends_with_done(alice_key, fake_llm):
    browser = Browser(alice_key, stream=True)
    await answer_openai(browser.scope, browser.receive, browser.send)
    assert browser.events.endswith(b"data: [DONE]\n\n")
    assert browser.sent[-1] == {"type": "http.response.body", "body": b""}


async def test_what_nobody_expected_is_an_error_in_the_stream_and_in_the_log(alice_key, fake_llm, monkeypatch, caplog):
    """The status is out long since when a step of ours breaks."""

    async def broken(call, follow):
        async for chunk in follow(call):
            yield chunk
            raise ZeroDivisionError

    monkeypatch.setitem(pipeline._flows, Kind.CHAT, partial(broken, follow=pipeline._flows[Kind.CHAT]))
    browser = Browser(alice_key, stream=True)
    await answer_openai(browser.scope, browser.receive, browser.send)
    assert b'"error"' in browser.events
    assert b"[DONE]" not in browser.events
    assert "openai_api.stream_failed" in caplog.text


async def test_what_nobody_expected_is_a_500_without_details(alice_key, fake_llm, monkeypatch):
    monkeypatch.setattr("apps.gateway.openai_api.views.call_headers", lambda call: 1 / 0)
    browser = Browser(alice_key)
    await answer_openai(browser.scope, browser.receive, browser.send)
    assert browser.sent[0]["status"] == 500
    assert json.loads(browser.events)["error"]["code"] == "internal"
    assert await sync_to_async(QueryLog.objects.count)() == 1


async def test_a_key_that_was_sent_in_the_clear_is_refused_where_the_house_is_reached_by_https(alice_key, fake_llm, settings):
    settings.SECURE_SSL_REDIRECT = True
    browser = Browser(alice_key)
    await answer_openai(browser.scope, browser.receive, browser.send)
    assert browser.sent[0]["status"] == 400
    assert "https" in json.loads(browser.events)["error"]["message"]
    assert fake_llm.requests == []


async def test_a_request_has_its_one_line_in_the_log(alice_key, fake_llm, caplog):
    caplog.set_level("INFO")
    browser = Browser(alice_key)
    await answer_openai(browser.scope, browser.receive, browser.send)
    [line] = [record for record in caplog.records if record.message == "request.answered"]
    assert (line.method, line.route, line.status) == ("POST", "v1/chat/completions", 200)
