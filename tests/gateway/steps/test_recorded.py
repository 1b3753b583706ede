"""However a call ends, the ledger and the log hear of it once, and never of its text."""

import asyncio
import logging
from contextlib import aclosing
from decimal import Decimal

import numpy as np
import pytest

from apps.gateway.calls import Attempt, Kind
from apps.gateway.errors import ContextTooLong, StreamCut
from apps.gateway.models import QueryLog, UsageRecord
from apps.gateway.steps.recorded import recorded
from apps.gateway.types import ChatOptions, Chunk, Principal, Usage
from tests.gateway.ledger.calls import ANSWER, CHEAP, EMBEDDED, EXTRACTIVE, PRICED, UNPRICED, USAGE, USER_ID, answering, make_call

pytestmark = pytest.mark.django_db(transaction=True)
WORKSPACE_ID, KEY_ID = "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"


async def drain(call, follow):
    return [item async for item in recorded(call, follow)]


async def row():
    return await QueryLog.objects.aget()


async def test_an_answer_passes_unchanged_and_is_written_down_in_full():
    ticks = iter([10.0, 10.25, 10.5, 11.0, 11.0, 11.0])
    principal = Principal(USER_ID, WORKSPACE_ID, "chat", KEY_ID)
    call = make_call(principal=principal, clock=lambda: next(ticks))
    call.options = ChatOptions(prompt_version="answer.3")
    call.cache = "miss"
    call.found["personal_data.email"] += 2
    call.acted["personal_data.email"] = "mask"
    call.found["links.host"] += 1
    assert await drain(call, answering(*ANSWER, usage=USAGE)) == list(ANSWER)
    written = await row()
    assert (str(written.user_id), str(written.workspace_id), str(written.api_key_id)) == (USER_ID, WORKSPACE_ID, KEY_ID)
    assert (written.purpose, written.kind, written.route, written.provider, written.model) == ("chat", "chat", "route", "acme", "large")
    assert (written.prompt_version, written.cache, written.outcome) == ("answer.3", "miss", "answered")
    assert (written.input_tokens, written.output_tokens, written.is_estimated, written.money) == (1000, 200, False, Decimal("0.0045"))
    assert (written.first_ms, written.latency_ms) == (500, 1000)
    assert written.guards == {"personal_data.email": {"count": 2, "action": "mask"}, "links.host": {"count": 1, "action": ""}}
    assert (written.attempt_count, written.fallback_count) == (1, 0)
    usage = await UsageRecord.objects.aget()
    assert (usage.call_id, usage.attempt, usage.provider, usage.model) == (call.id, 0, "acme", "large")
    assert (usage.input_tokens, usage.output_tokens, usage.is_estimated, usage.money) == (1000, 200, False, Decimal("0.0045"))
    assert (str(usage.user_id), str(usage.workspace_id), str(usage.api_key_id), usage.purpose) == (USER_ID, WORKSPACE_ID, KEY_ID, "chat")


async def test_each_attempt_that_was_billed_is_a_row_of_its_own():
    call = make_call()
    call.attempts += [Attempt(CHEAP, 0.0, Usage(10, 0, estimated=True), "stream_cut"), Attempt(CHEAP, 0.0, None, "provider_unavailable")]
    await drain(call, answering(*ANSWER, usage=USAGE))
    billed = [one async for one in UsageRecord.objects.order_by("attempt").values_list("attempt", "model", "input_tokens", "is_estimated")]
    assert billed == [(0, "small", 10, True), (2, "large", 1000, False)]
    written = await row()
    assert (written.input_tokens, written.output_tokens, written.is_estimated) == (1010, 200, True)
    assert written.money == Decimal("0.0045015")
    assert (written.attempt_count, written.fallback_count) == (3, 1)


async def test_a_usage_of_zero_differs_from_none():
    await drain(make_call(), answering(*ANSWER, usage=Usage(0, 0, estimated=False)))
    written = await row()
    assert (written.input_tokens, written.output_tokens, written.money) == (0, 0, 0)
    assert (await UsageRecord.objects.aget()).input_tokens == 0


async def test_nothing_billed_is_no_row_of_usage():
    await drain(make_call(), answering(Chunk("Hi", finish_reason="stop")))
    written = await row()
    assert (written.outcome, written.input_tokens, written.output_tokens, written.money) == ("answered", None, None, 0)
    assert not await UsageRecord.objects.aexists()


async def test_what_has_no_price_costs_nobody_knows_what():
    await drain(make_call(UNPRICED), answering(*ANSWER, usage=USAGE, target=UNPRICED))
    assert (await row()).money is None
    assert (await UsageRecord.objects.aget()).money is None


@pytest.mark.parametrize(
    ("error", "outcome"), [(StreamCut("It broke off."), "stream_cut"), (ContextTooLong("Too long."), "context_too_long"), (ZeroDivisionError(), "internal")]
)
async def test_a_failure_is_passed_on_and_written_down_with_what_it_cost(error, outcome):
    with pytest.raises(type(error)):
        await drain(make_call(), answering(Chunk("Hi"), usage=USAGE, error=error))
    assert ((await row()).outcome, await UsageRecord.objects.acount()) == (outcome, 1)


async def test_a_reader_who_leaves_in_the_middle_is_written_down():
    async with aclosing(recorded(make_call(), answering(*ANSWER, usage=USAGE))) as flow:
        await anext(flow)
    assert ((await row()).outcome, await UsageRecord.objects.acount()) == ("stopped", 1)


async def test_a_reader_who_leaves_with_the_last_chunk_has_had_the_answer():
    async with aclosing(recorded(make_call(), answering(*ANSWER, usage=USAGE))) as flow:
        await anext(flow), await anext(flow), await anext(flow)
    assert (await row()).outcome == "answered"


async def test_whoever_takes_the_one_array_and_leaves_has_had_the_answer():
    call = make_call(PRICED, kind=Kind.EMBEDDING)
    async with aclosing(recorded(call, answering(np.zeros((2, 3)), usage=USAGE))) as flow:
        await anext(flow)
    assert (await row()).outcome == "answered"


async def test_a_task_that_is_cancelled_is_written_down():
    waiting = asyncio.Event()

    async def follow(call):
        call.attempts.append(Attempt(PRICED, 0.0, USAGE))
        waiting.set()
        await asyncio.Event().wait()
        yield

    task = asyncio.create_task(drain(make_call(), follow))
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])
    assert ((await row()).outcome, await UsageRecord.objects.acount()) == ("stopped", 1)


async def test_closing_it_closes_what_follows():
    closed = []

    async def follow(call):
        try:
            yield Chunk("Hi")
            yield Chunk("there")
        finally:
            closed.append(True)

    async with aclosing(recorded(make_call(), follow)) as flow:
        await anext(flow)
    assert closed == [True]


async def test_free_vectors_for_a_question_leave_no_row():
    await drain(make_call(EMBEDDED, kind=Kind.EMBEDDING), answering([[0.1]], usage=USAGE, target=EMBEDDED))
    assert not await QueryLog.objects.aexists()
    assert not await UsageRecord.objects.aexists()


async def test_their_failures_and_the_batches_of_documents_do():
    with pytest.raises(StreamCut):
        await drain(make_call(EMBEDDED, kind=Kind.EMBEDDING), answering(target=EMBEDDED, error=StreamCut()))
    await drain(make_call(EMBEDDED, kind=Kind.BULK_EMBEDDING), answering([[0.1]], usage=USAGE, target=EMBEDDED))
    found = [one async for one in QueryLog.objects.order_by("id").values_list("kind", "outcome")]
    assert found == [("embedding", "stream_cut"), ("bulk_embedding", "answered")]
    assert (await UsageRecord.objects.aget()).money == 0


async def test_what_the_extractive_model_answers_is_recorded_and_free():
    await drain(make_call(EXTRACTIVE), answering(*ANSWER, usage=USAGE, target=EXTRACTIVE))
    assert ((await row()).money, (await UsageRecord.objects.aget()).money) == (0, 0)


async def test_the_log_has_one_line_of_each_chat_and_no_text(caplog):
    caplog.set_level(logging.DEBUG, "apps.gateway.steps.recorded")
    await drain(make_call(principal=Principal(None, WORKSPACE_ID, "chat")), answering(*ANSWER, usage=USAGE))
    await drain(make_call(kind=Kind.EMBEDDING), answering([[0.1]]))
    chat, embedding = [record for record in caplog.records if record.msg == "gateway.completed"]
    assert (chat.levelno, embedding.levelno) == (logging.INFO, logging.DEBUG)
    assert (chat.model, chat.purpose, chat.workspace_id, chat.outcome) == ("acme/large", "chat", WORKSPACE_ID, "answered")
    assert (chat.input_tokens, chat.output_tokens) == (1000, 200)
    assert (embedding.input_tokens, embedding.output_tokens) == (None, None)
    assert chat.total_ms >= chat.first_ms >= 0
    assert "eight by" not in str([vars(chat), vars(embedding)])
