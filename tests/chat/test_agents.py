"""The agents process: claims, leases, stops, leaving."""

import asyncio
import logging

import pytest
from django.db import OperationalError

from apps.chat.models import Run
from apps.chat.services import agents
from apps.chat.services.agents import AgentsProcess
from apps.chat.services.asking import ask_question, cancel_run
from apps.chat.services.execution import execute_run
from apps.common.db import run_db
from tests.chat.stage import Silence, eventually, finally_true

pytestmark = pytest.mark.django_db(transaction=True)


def is_state(run, state):
    return Run.objects.filter(pk=run.pk, state=state).exists()


class Going:
    """An agents process in the background of a test."""

    def __init__(self, execute=execute_run, concurrency=10, grace_seconds=5.0):
        self.process = AgentsProcess(execute, concurrency=concurrency, grace_seconds=grace_seconds)

    async def __aenter__(self):
        self.task = asyncio.create_task(self.process.run())
        return self.process

    async def __aexit__(self, *exception):
        self.process.leave()
        await asyncio.wait_for(self.task, 10)


async def test_it_answers_what_waits(run, stage, shelf):
    stage.answers = [["Quire runs on Linux. [1]"]]
    async with Going():
        await finally_true(is_state, run, "completed")


async def test_a_ring_wakes_it(alice_reader, acme, stage, shelf, monkeypatch, transactional_db):
    monkeypatch.setattr(agents, "POLL_SECONDS", 60)
    stage.answers = [["Quire runs on Linux. [1]"]]
    async with Going() as process:
        await eventually(lambda: process.held_count == 0)
        run = await run_db(lambda: ask_question(alice_reader, text="Where does Quire run?"))
        process.ring()
        await finally_true(is_state, run, "completed")


async def test_without_a_ring_it_looks_by_itself(alice_reader, stage, shelf, monkeypatch, transactional_db):
    monkeypatch.setattr(agents, "POLL_SECONDS", 0.02)
    stage.answers = [["Quire runs on Linux. [1]"]]
    async with Going():
        run = await run_db(lambda: ask_question(alice_reader, text="Where does Quire run?"))
        await finally_true(is_state, run, "completed")


async def test_it_takes_no_more_than_it_may_hold(alice_reader, run, stage, shelf):
    second = await run_db(lambda: ask_question(alice_reader, text="Second?"))
    silence = Silence()
    stage.answers = [["Quire", silence], ["Quire runs on Linux. [1]"]]
    async with Going(concurrency=1, grace_seconds=0) as process:
        await silence.reached.wait()
        assert await run_db(is_state, second, "accepted")
        await run_db(cancel_run, alice_reader, run.pk)
        process.ring()
        await finally_true(is_state, second, "completed")


async def test_a_stop_reaches_a_silent_provider_by_the_database_alone(alice_reader, run, stage, shelf):
    silence = Silence()
    stage.answers = [["Quire runs on Linux. [1]", silence]]
    async with Going():
        await silence.reached.wait()
        await run_db(cancel_run, alice_reader, run.pk)
        asked = asyncio.get_running_loop().time()
        await eventually(lambda: stage.closed_count == 1)
        assert asyncio.get_running_loop().time() - asked < 1
        await finally_true(is_state, run, "cancelled")


async def test_a_run_asked_to_stop_before_it_was_taken_over_is_stopped(run, stage, shelf):
    stage.answers = [["Quire", Silence()]]
    await run_db(lambda: Run.objects.update(cancel_requested_at="2026-01-01T00:00:00Z"))
    async with Going():
        await finally_true(is_state, run, "cancelled")


async def test_its_leases_are_renewed(run, stage, shelf, settings, monkeypatch):
    settings.QUIRE_RUN_LEASE_SECONDS = 0.3
    monkeypatch.setattr(agents, "WATCH_SECONDS", 0.02)
    renewed = []

    def renew(held):
        renewed.append(dict(held))
        return set(held)

    monkeypatch.setattr(agents, "renew_leases", renew)
    silence = Silence()
    stage.answers = [["Quire", silence]]
    async with Going(grace_seconds=0):
        await silence.reached.wait()
        await eventually(lambda: len(renewed) >= 2)
    assert renewed[0] == {run.pk: 1}


async def test_a_run_that_another_process_took_is_dropped(run, stage, shelf, settings, monkeypatch):
    settings.QUIRE_RUN_LEASE_SECONDS = 0.3
    monkeypatch.setattr(agents, "WATCH_SECONDS", 0.02)
    monkeypatch.setattr(agents, "claim_runs", once(agents.claim_runs))
    silence, renew = Silence(), agents.renew_leases
    # Taken only once it is at work: dropped before that, it would never get there.
    monkeypatch.setattr(agents, "renew_leases", lambda held: set() if silence.reached.is_set() else renew(held))
    stage.answers = [["Quire", silence]]
    async with Going() as process:
        await silence.reached.wait()
        await eventually(lambda: process.held_count == 0)
    assert stage.closed_count == 1


def once(claim):
    """Claims the first time; nothing later."""
    calls = []

    def limited(name, limit):
        calls.append(name)
        return claim(name, limit) if len(calls) == 1 else []

    return limited


async def test_leaving_lets_a_run_finish(run, stage, shelf):
    started, go_on = asyncio.Event(), asyncio.Event()

    async def execute(claim, stop, moved):
        started.set()
        await go_on.wait()
        stage.answers = [["Quire runs on Linux. [1]"]]
        await execute_run(claim, stop, moved)

    going = Going(execute)
    async with going as process:
        await started.wait()
        process.leave()
        await asyncio.sleep(0)
        go_on.set()
        await going.task
    assert await run_db(is_state, run, "completed")


async def test_leaving_hands_over_what_takes_longer(run, stage, shelf):
    silence = Silence()
    stage.answers = [["Quire", silence], ["Quire runs on Linux. [1]"]]
    async with Going(grace_seconds=0.01):
        await silence.reached.wait()
    assert await run_db(is_state, run, "accepted")
    assert stage.closed_count == 1
    async with Going():
        await finally_true(is_state, run, "completed")
    await run_db(run.refresh_from_db)
    assert run.attempt == 2


async def test_who_is_leaving_claims_nothing_more(run, stage):
    process = AgentsProcess(execute_run, concurrency=1)
    process.leave()
    await process.run()
    assert await run_db(is_state, run, "accepted")


async def test_a_database_that_is_away_costs_one_line_and_is_awaited(stage, monkeypatch, caplog, db):
    monkeypatch.setattr(agents, "POLL_SECONDS", 0.01)
    answers = [OperationalError(), OperationalError(), [], []]

    def claim(name, limit):
        answer = answers.pop(0) if answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(agents, "claim_runs", claim)
    with caplog.at_level(logging.INFO, logger="apps.chat"):
        async with Going():
            await eventually(lambda: not answers)
    assert caplog.text.count("agents.database_away") == 1
    assert caplog.text.count("agents.database_back") == 1


async def test_a_run_cut_off_by_the_database_is_let_go(run, stage, monkeypatch, caplog):
    monkeypatch.setattr(agents, "claim_runs", once(agents.claim_runs))

    async def execute(claim, stop, moved):
        raise OperationalError

    with caplog.at_level(logging.WARNING, logger="apps.chat"):
        async with Going(execute) as process:
            await eventually(lambda: "run.abandoned" in caplog.text and process.held_count == 0)
    assert await run_db(is_state, run, "running")


async def test_a_renewal_that_fails_is_tried_again(run, stage, shelf, settings, monkeypatch):
    settings.QUIRE_RUN_LEASE_SECONDS = 0.03
    monkeypatch.setattr(agents, "WATCH_SECONDS", 0.005)
    monkeypatch.setattr(agents, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(agents, "claim_runs", once(agents.claim_runs))
    calls = []

    def renew(held):
        calls.append(held)
        if len(calls) == 1:
            raise OperationalError
        return set(held)

    monkeypatch.setattr(agents, "renew_leases", renew)
    silence = Silence()
    stage.answers = [["Quire", silence]]
    async with Going(grace_seconds=0) as process:
        await silence.reached.wait()
        await eventually(lambda: len(calls) >= 2)
        assert process.held_count == 1
