"""The command itself: bell, signal, warming."""

import asyncio
import os
import signal

import pytest
from django.core.management import call_command

from apps.chat.management.commands import run_agents
from apps.chat.models import Run
from apps.chat.services import agents, doorbell, warming
from apps.chat.services.asking import ask_question
from apps.common.db import run_db
from apps.common.push import aring
from apps.gateway.errors import ModelNotBuilt
from apps.gateway.types import Chunk
from tests.chat.stage import Silence, eventually, finally_true
from tests.fakes.scripts import Status, Wait

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def embedded(monkeypatch):
    """What was embedded to warm up; the model itself stays unloaded."""
    texts = []

    async def embed(principal, given):
        texts.extend(given)

    async def complete(principal, messages, *, options=None):
        texts.append(messages)
        yield Chunk("The library holds documents. [1]")

    monkeypatch.setattr(warming, "embed", embed)
    monkeypatch.setattr(warming, "complete", complete)
    return texts


def is_state(state):
    return Run.objects.filter(state=state).exists()


async def test_it_answers_when_the_bell_rings_and_leaves_when_told(alice_reader, stage, shelf, embedded, monkeypatch):
    monkeypatch.setattr(agents, "POLL_SECONDS", 0.5)
    stage.answers = [["Quire runs on Linux. [1]"]]
    serving = asyncio.create_task(run_agents.serve(10, 1.0))
    await eventually(lambda: len(embedded) == 2)
    await run_db(lambda: ask_question(alice_reader, text="Where does Quire run?"))
    await finally_true(is_state, "completed")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 5)


async def test_told_to_leave_it_hands_over_what_takes_too_long(run, stage, shelf):
    silence = Silence()
    stage.answers = [["Quire", silence]]
    serving = asyncio.create_task(run_agents.serve(10, 0.01))
    await silence.reached.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 5)
    assert await run_db(is_state, "accepted")


def test_the_command_reads_its_numbers(monkeypatch):
    heard = []

    async def serve(concurrency, grace_seconds):
        heard.append((concurrency, grace_seconds))

    monkeypatch.setattr(run_agents, "serve", serve)
    call_command("run_agents")
    call_command("run_agents", "--concurrency", "3", "--grace", "0.5")
    assert heard == [(100, 10.0), (3, 0.5)]


async def test_the_embedded_models_are_warmed_up(embedded):
    await warming.warm_up()
    assert len(embedded) == 2


async def test_a_connected_model_is_not_called_to_warm_up(embedded, fake_llm):
    await warming.warm_up()
    assert embedded == ["What is in the library?"]
    assert fake_llm.requests == []


async def test_a_model_that_is_not_built_is_no_reason_to_stay_away(monkeypatch, caplog):
    async def embed(principal, given):
        raise ModelNotBuilt("Build it.")

    monkeypatch.setattr(warming, "embed", embed)
    await warming.warm_up()
    assert "agents.warm_up_failed" in caplog.text


# --- the bell


async def test_the_bell_is_heard():
    heard = asyncio.Event()
    listening = asyncio.create_task(doorbell.listen("agents", heard.set))
    async with asyncio.timeout(5):
        while not heard.is_set():
            await aring("agents", {})
            await asyncio.sleep(0.01)
    listening.cancel()


class Layer:
    """A channel layer that fails as often as it is told, then rings for ever."""

    def __init__(self, failures):
        self.failures = failures
        self.joined_count = 0

    async def new_channel(self):
        return "channel"

    async def group_add(self, topic, channel):
        self.joined_count += 1
        if self.joined_count <= self.failures:
            raise ConnectionError

    async def group_discard(self, topic, channel):
        pass

    async def receive(self, channel):
        await asyncio.sleep(0.001)


async def test_a_layer_that_is_away_is_logged_once_and_awaited(monkeypatch, caplog):
    layer, heard = Layer(failures=3), asyncio.Event()
    monkeypatch.setattr(doorbell, "RETRY_SECONDS", 0)
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: layer)
    listening = asyncio.create_task(doorbell.listen("agents", heard.set))
    await asyncio.wait_for(heard.wait(), 5)
    listening.cancel()
    assert caplog.text.count("doorbell.away") == 1


async def test_it_joins_anew_from_time_to_time(monkeypatch):
    layer = Layer(failures=0)
    monkeypatch.setattr(doorbell, "REJOIN_SECONDS", 0.01)
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: layer)
    listening = asyncio.create_task(doorbell.listen("agents", lambda: None))
    await eventually(lambda: layer.joined_count >= 3)
    listening.cancel()


async def test_without_a_layer_there_is_no_bell(monkeypatch):
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: None)
    listening = asyncio.create_task(doorbell.listen("agents", lambda: None))
    await asyncio.sleep(0)
    assert not listening.done()
    listening.cancel()


# --- a connected model, over real HTTP


async def test_a_connected_model_answers_over_http(alice_reader, run, stage, shelf, fake_llm, monkeypatch):
    from apps.gateway.services import complete

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    fake_llm.enqueue(["Quire runs ", "on Linux. [", "1]"])
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, run.model) == ("completed", "fake-model")
    assert (await run_db(lambda: run.answer.text)) == "Quire runs on Linux. [1]"


async def test_a_connected_model_that_is_down_is_told(run, stage, shelf, fake_llm, monkeypatch):
    from apps.gateway.services import complete

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    fake_llm.enqueue([Status(401, {"error": {"message": "sk-secret"}})])
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert run.state == "failed"
    assert "sk-secret" not in run.error_detail
    assert run.error_detail


async def test_a_stop_closes_the_providers_connection(alice_reader, run, stage, shelf, fake_llm, monkeypatch):
    from apps.chat.models import RunEvent
    from apps.chat.services.asking import cancel_run
    from apps.gateway.services import complete

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    fake_llm.enqueue(["Quire runs ", Wait("for ever"), "on Linux. [1]"])
    serving = asyncio.create_task(run_agents.serve(10, 1.0))
    await finally_true(RunEvent.objects.filter(type="text.delta").exists)
    await run_db(cancel_run, alice_reader, run.pk)
    await finally_true(is_state, "cancelled")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 5)
    await run_db(run.refresh_from_db)
    assert (await run_db(lambda: run.answer.text)) == "Quire runs"
