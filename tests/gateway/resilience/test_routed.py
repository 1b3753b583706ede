"""The innermost step: what reaches the caller, what is written down, and what a stop does."""

import asyncio
from contextlib import aclosing

import pytest

from apps.gateway.calls import Kind
from apps.gateway.errors import AllTargetsDown, BudgetExceeded, ProviderRefused, ProviderTimedOut, ProviderUnavailable, StreamCut
from apps.gateway.steps.routed import routed
from apps.gateway.types import Chunk, ToolCallPart, Usage
from tests.gateway.resilience.conftest import make_target

REPORTED = Usage(7, 3, estimated=False)


async def collect(call, into=None):
    found = [] if into is None else into
    async with aclosing(routed(call, None)) as items:
        async for item in items:
            found.append(item)
    return found


async def test_an_answer_is_billed_as_the_provider_reports_it(make_call, providers, clock):
    providers.will("one", ["A ", "word."])
    call = make_call()
    clock.now += 2
    chunks = await collect(call)
    assert [chunk.text for chunk in chunks] == ["A ", "word.", ""]
    [attempt] = call.attempts
    assert (attempt.usage, attempt.outcome, attempt.started_at, attempt.target.name) == (REPORTED, "answered", 1002.0, "maker/one")
    assert call.first_at == 1002.0


async def test_a_failure_before_the_first_word_costs_nothing_and_is_not_seen(make_call, providers, waits):
    providers.will("one", ProviderUnavailable(), ["Fine."])
    call = make_call()
    assert [chunk.text for chunk in await collect(call)] == ["Fine.", ""]
    assert [(attempt.outcome, attempt.usage) for attempt in call.attempts] == [("provider_unavailable", None), ("answered", REPORTED)]
    assert call.usage == REPORTED


async def test_what_says_nothing_is_held_back_until_something_does(make_call, providers, waits):
    """Two beginnings would be one too many."""
    providers.will("one", [Chunk(""), ProviderUnavailable()], [Chunk(""), "Fine."])
    call = make_call()
    assert [chunk.text for chunk in await collect(call)] == ["", "Fine.", ""]
    assert [attempt.usage for attempt in call.attempts] == [Usage(6, 0, estimated=True), REPORTED]


async def test_an_empty_answer_is_one(make_call, providers):
    providers.will("one", [])
    call = make_call()
    assert [chunk.finish_reason for chunk in await collect(call)] == ["stop"]
    assert call.usage == REPORTED
    assert call.first_at is None


@pytest.mark.parametrize("chunk", [Chunk("", tool_calls=(ToolCallPart(0, "id"),)), Chunk("", extra={"refusal": "no"})])
async def test_a_tool_call_or_a_refusal_is_a_first_word_too(make_call, providers, chunk):
    providers.will("one", [chunk, StreamCut()])
    call, found = make_call(), []
    with pytest.raises(StreamCut):
        await collect(call, found)
    assert found == [chunk]
    assert call.first_at is not None


async def test_an_answer_that_breaks_off_is_told_and_billed_by_its_pieces(make_call, providers, waits):
    providers.will("one", ["Half ", "an ", StreamCut()])
    call, found = make_call(make_target(weight=2), make_target("two")), []
    with pytest.raises(StreamCut):
        await collect(call, found)
    assert [chunk.text for chunk in found] == ["Half ", "an "]
    assert providers.asked == ["one"]
    assert [(attempt.outcome, attempt.usage) for attempt in call.attempts] == [("stream_cut", Usage(6, 2, estimated=True))]


MIDDLE = Chunk("an ", Usage(5, 2, estimated=False))


@pytest.mark.parametrize(
    ("steps", "usage"),
    [
        (["Half ", MIDDLE], Usage(5, 2, estimated=False)),
        (["Half ", MIDDLE, Chunk("")], Usage(5, 2, estimated=False)),
        (["Half ", MIDDLE, "answer", Chunk(" in three", pieces=2)], Usage(5, 5, estimated=True)),
        (["Half ", Chunk(" of an answer", pieces=3)], Usage(6, 4, estimated=True)),
    ],
)
async def test_an_answer_that_breaks_off_is_billed_as_last_reported_and_by_its_pieces_since(make_call, providers, steps, usage):
    providers.will("one", [*steps, StreamCut()])
    call = make_call()
    with pytest.raises(StreamCut):
        await collect(call)
    assert call.usage == usage


async def test_a_reader_who_leaves_stops_the_model_at_once_and_is_billed_for_what_came(make_call, providers):
    providers.will("one", ["A ", "word ", "more"])
    call = make_call()
    async with aclosing(routed(call, None)) as chunks:
        assert (await anext(chunks)).text == "A "
    assert providers.closed == ["one"]
    assert [(attempt.outcome, attempt.usage) for attempt in call.attempts] == [("stopped", Usage(6, 1, estimated=True))]


async def test_a_call_that_is_cancelled_before_its_first_word_stops_the_model(make_call, providers):
    providers.will("one", [asyncio.Event()])
    call = make_call()
    task = asyncio.create_task(collect(call))
    await providers.until_asked(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert providers.closed == ["one"]
    assert [(attempt.outcome, attempt.usage) for attempt in call.attempts] == [("stopped", None)]


async def test_a_fault_of_our_own_is_written_down_as_one(make_call, providers):
    providers.will("one", ValueError("ours"))
    call = make_call()
    with pytest.raises(ValueError, match="ours"):
        await collect(call)
    assert [attempt.outcome for attempt in call.attempts] == ["internal"]


async def test_a_silence_until_the_deadline_is_a_time_out(make_call, providers, settings):
    settings.QUIRE_MODEL_CALL_SECONDS = 0.05
    providers.will("one", [asyncio.Event()])
    call = make_call(clock=asyncio.get_running_loop().time)
    with pytest.raises(ProviderTimedOut, match="silent"):
        await collect(call)
    assert providers.closed == ["one"]
    assert [attempt.usage for attempt in call.attempts] == [None]


async def test_an_answer_that_goes_on_beyond_the_deadline_is_broken_off_and_says_nothing_against_the_model(make_call, providers, clock):
    providers.will("one", [*["word "] * 50])
    for _ in range(6):
        async with aclosing(routed(make_call(), None)) as chunks:
            await anext(chunks)
            clock.now += 601
            assert (await anext(chunks)).text == "word "
            with pytest.raises(StreamCut, match="too long"):
                await anext(chunks)


async def test_an_answer_that_ends_at_the_deadline_is_whole(make_call, providers, clock):
    providers.will("one", ["Fine.", Chunk("", None, "stop")])
    call = make_call()
    async with aclosing(routed(call, None)) as chunks:
        await anext(chunks)
        clock.now += 700
        assert [chunk.finish_reason async for chunk in chunks] == ["stop", "stop"]


async def fail(make_call, times, error):
    for _ in range(times):
        with pytest.raises(error):
            await collect(make_call())


async def test_answers_that_break_off_count_against_a_model(make_call, providers):
    providers.will("one", ["Half ", StreamCut()])
    await fail(make_call, 5, StreamCut)
    with pytest.raises(AllTargetsDown):
        await collect(make_call())


async def test_a_probe_knows_enough_at_the_first_word(make_call, providers, clock):
    providers.will("one", *[ProviderRefused()] * 5, ["A ", "word"])
    await fail(make_call, 5, ProviderRefused)
    clock.now += 60
    async with aclosing(routed(make_call(), None)) as probe:
        await anext(probe)
        assert len(await collect(make_call())) == 3


async def test_the_others_go_elsewhere_while_one_probes(make_call, providers, clock):
    gate = asyncio.Event()
    providers.will("one", *[ProviderRefused()] * 5, [gate])
    targets = [make_target(weight=2), make_target("two")]
    await fail(make_call, 5, ProviderRefused)
    clock.now += 60
    probe = asyncio.create_task(collect(make_call(*targets)))
    await providers.until_asked(6)
    others = [make_call(*targets) for _ in range(3)]
    for call in others:
        await collect(call)
    assert [call.target.model for call in others] == ["two"] * 3
    gate.set()
    assert (await probe)[0].text == "After a while."


async def test_a_probe_that_is_stopped_leaves_it_to_the_next_call(make_call, providers, clock):
    providers.will("one", *[ProviderRefused()] * 5, [asyncio.Event()], ["Fine."])
    await fail(make_call, 5, ProviderRefused)
    clock.now += 60
    probe = asyncio.create_task(collect(make_call()))
    await providers.until_asked(6)
    probe.cancel()
    await asyncio.wait([probe])
    assert (await collect(make_call()))[0].text == "Fine."


async def test_an_upstream_that_answers_503_to_everything_gets_a_tenth_more_calls_than_were_made_at_most(make_call, providers, clock):
    providers.will("one", ProviderUnavailable())
    for _ in range(1000):
        with pytest.raises(ProviderUnavailable):
            await collect(make_call())
        clock.now += 1
    # 5 until it is left alone, and then a probe a minute, for 17 minutes.
    assert len(providers.asked) <= 5 + 17


@pytest.mark.parametrize("kind", [Kind.EMBEDDING, Kind.BULK_EMBEDDING])
async def test_vectors_are_one_array_and_billed(make_call, providers, waits, kind):
    providers.will("one", ProviderUnavailable(), "ok")
    call = make_call(kind=kind)
    [vectors] = await collect(call)
    assert vectors.shape == (2, 2)
    assert [(attempt.outcome, attempt.usage) for attempt in call.attempts] == [
        ("provider_unavailable", None),
        ("answered", Usage(2, 0, estimated=False)),
    ]


async def test_scores_are_one_list_and_billed(make_call, providers):
    providers.will("one", "ok")
    call = make_call(kind=Kind.RERANK)
    assert await collect(call) == [[0.5, 0.5]]
    assert call.usage == Usage(9, 0, estimated=False)


async def test_reranking_is_tried_once(make_call, providers, waits):
    providers.will("one", ProviderUnavailable("once"))
    with pytest.raises(ProviderUnavailable, match="once"):
        await collect(make_call(kind=Kind.RERANK))
    assert providers.asked == ["one"]


@pytest.mark.parametrize(("kind", "limit"), [("rerank", "RERANK_SECONDS"), ("language-model", "LANGUAGE_MODEL_SECONDS")])
async def test_nobody_waits_long_for_a_better_ranking(make_call, providers, monkeypatch, kind, limit):
    monkeypatch.setattr(f"apps.gateway.naming.{limit}", 0.05)
    providers.will("one", asyncio.Event())
    call = make_call(make_target(kind=kind), kind=Kind.RERANK, clock=asyncio.get_running_loop().time)
    with pytest.raises(ProviderTimedOut, match=r"Reranking took longer than 0\.0\d+ s"):
        await collect(call)


async def test_what_a_call_within_a_reranking_was_refused_for_says_nothing_about_the_model(make_call, providers):
    providers.will("one", *[BudgetExceeded("spent")] * 20, "ok")
    for _ in range(20):
        call = make_call(kind=Kind.RERANK)
        with pytest.raises(BudgetExceeded):
            await collect(call)
        assert [attempt.outcome for attempt in call.attempts] == ["insufficient_quota"]
    assert await collect(make_call(kind=Kind.RERANK)) == [[0.5, 0.5]]


async def test_no_line_of_the_log_holds_what_was_asked_or_answered(make_call, providers, waits, caplog):
    caplog.set_level("DEBUG", logger="apps")
    providers.will("one", ProviderUnavailable(), ["A secret answer."])
    await collect(make_call(make_target(api_key="sk-secret")))
    [record] = [record for record in caplog.records if record.name.startswith("apps.gateway")]
    assert (record.message, record.target, record.code, record.tries, record.delay_seconds) == ("gateway.retried", "maker/one", "provider_unavailable", 1, 0.25)
    assert "secret" not in str(record.__dict__)
