"""Rounds of tools: text first is the answer, calls first are done and answered."""

import asyncio
from decimal import Decimal

import pytest

from apps.chat.errors import RunMoneySpent, RunTokensSpent
from apps.chat.graph import phrases
from apps.chat.graph.build import run_agent
from apps.chat.graph.context import ToolResult, Turn
from apps.chat.graph.limits import Limits, Spent
from apps.chat.graph.nodes.use_tools import NO_ROOM
from tests.chat.graph.scene import Scene, Silence, Toolbox, call, passage

LINUX = passage(7, "Quire runs on Linux. It needs Python.", title="Handbook", page=3)
LIMIT = passage(9, "The limit is 50 megabytes a file.", title="Limits", document="d2")
MORE = passage(11, "As in [12]: no more than 9 files.", title="Limits", document="d2")


async def ask(scene, question="Where does Quire run?", **state):
    return await run_agent({"question": question, **state}, scene.context())


def scene_of(*answers, results=(), passages=(LINUX,), **fields):
    return Scene(answers=list(answers), passages=list(passages), is_embedded=False, tools=Toolbox(dict(results)), **fields)


async def test_what_a_tool_found_goes_back_to_the_model_and_can_be_cited():
    scene = scene_of([call(0, "find", '{"a":1}')], ["50 megabytes a file. [2] Linux. [1]"], results={"find": ToolResult("Found one.", (LIMIT, MORE))})
    outcome = await ask(scene)
    assert outcome.text == scene.notebook.text == "50 megabytes a file. [1] Linux. [2]"
    assert [one.passage.id for one in outcome.citations] == [9, 7]
    assert scene.tools.used == [(0, "find", '{"a":1}')]
    asked, wanted, told = scene.calls[1][-3:]
    assert [block.get("number") for block in asked.content] == [None, 1]
    assert [one.name for one in wanted.tool_calls] == ["find"]
    assert (told.role, told.tool_call_id) == ("tool", "id0")
    assert told.content == [
        {"type": "text", "text": "Found one."},
        {"type": "passage", "number": 2, "title": "Limits", "place": "", "text": LIMIT.text},
        {"type": "passage", "number": 3, "title": "Limits", "place": "", "text": "As in (12): no more than 9 files."},
    ]


async def test_a_round_is_told_in_a_stage_and_in_the_trace_without_its_text():
    scene = scene_of([call(0, "find")], ["Yes. [1]"], results={"find": ToolResult("Secret words.", (LIMIT,))})
    outcome = await ask(scene)
    assert ("tool.find", "Using find") in scene.notebook.of("stage")
    assert outcome.trace["tools"] == [{"round": 1, "name": "find", "passages": 1, "chars": 13 + len(LIMIT.text), "is_error": False}]
    assert outcome.trace["prompts"] == ["answer.v1", "tools.v1"]
    assert scene.prompts == ["answer.v1+tools.v1", "answer.v1+tools.v1"]
    assert (outcome.trace["input_tokens"], outcome.trace["output_tokens"]) == (200, 20)
    assert "Secret" not in str(outcome.trace)


async def test_calls_of_one_round_are_done_at_once_and_answered_in_their_order():
    first_is_done = asyncio.Event()
    scene = scene_of([call(0, "slow"), call(1, "quick")], ["Yes. [1]"], results={"slow": ToolResult("slow"), "quick": ToolResult("quick")})
    use = scene.tools.use

    async def in_turn(wanted, position):
        if wanted.name == "slow":
            await first_is_done.wait()
        first_is_done.set()
        return await use(wanted, position)

    scene.tools.use = in_turn
    await ask(scene)
    assert [message.content[0]["text"] for message in scene.calls[1][-2:]] == ["slow", "quick"]
    assert sorted(position for position, *_ in scene.tools.used) == [0, 1]


async def test_each_call_of_a_run_has_a_place_of_its_own():
    scene = scene_of([call(0, "find")], [call(0, "find")], ["Yes. [1]"], results={"find": ToolResult("x")})
    await ask(scene)
    assert [position for position, *_ in scene.tools.used] == [0, 8]


async def test_calls_come_in_pieces_and_get_ids_where_they_have_none():
    pieces = [call(0, "find", '{"a"', ""), call(1, "find", "", ""), call(0, "", ":1}", ""), call(2, "find", "{}", "x"), call(3, "find", "{}", "x")]
    scene = scene_of(["\n", *pieces], ["Yes. [1]"], results={"find": ToolResult("x")})
    outcome = await ask(scene)
    assert [(one.id, one.arguments) for one in scene.calls[1][-5].tool_calls] == [("call_0_0", '{"a":1}'), ("call_0_1", ""), ("x", "{}"), ("call_0_3", "{}")]
    assert outcome.text == scene.notebook.text == "Yes. [1]"


async def test_a_round_has_eight_calls_at_most():
    scene = scene_of([call(number, "find") for number in range(20)], ["Yes. [1]"], results={"find": ToolResult("x")})
    await ask(scene)
    assert len(scene.tools.used) == 8


async def test_text_first_is_the_answer_whatever_is_called_after_it():
    scene = scene_of(["Linux. [1]", call(0, "find")], results={"find": ToolResult("x")})
    assert (await ask(scene)).text == "Linux. [1]"
    assert scene.tools.used == []


async def test_a_passage_is_given_once_and_named_after_that():
    scene = scene_of([call(0, "find"), call(1, "find")], ["Yes. [1]"], results={"find": ToolResult(passages=(LINUX, LIMIT))})
    outcome = await ask(scene)
    first, second = scene.calls[1][-2:]
    assert [block.get("number", block.get("text")) for block in first.content] == ["Already given above, as passage 1.", 2]
    assert [block["text"] for block in second.content] == ["Already given above, as passage 1, passage 2."]
    assert [one["id"] for one in outcome.trace["passages"]] == [7, 9]


async def test_after_the_last_round_the_model_is_asked_without_tools():
    scene = scene_of([call(0, "find")], [call(0, "find")], ["Yes. [1]"], results={"find": ToolResult("x")}, limits=Limits(rounds=2))
    outcome = await ask(scene)
    assert scene.offered == [["find"], ["find"], []]
    assert scene.prompts[-1] == "answer.v1"
    assert outcome.text == "Yes. [1]"


async def test_a_model_that_calls_what_it_was_not_offered_has_no_answer():
    scene = scene_of([call(0, "find")], [call(0, "find")], results={"find": ToolResult("x")}, limits=Limits(rounds=1))
    outcome = await ask(scene)
    assert outcome.text == f"{phrases.NO_ANSWER}\n\nThe nearest document is **Handbook**."
    assert len(scene.tools.used) == 1


async def test_what_tools_give_back_is_capped_for_the_whole_run():
    long = passage(12, "x" * 60)
    scene = scene_of(
        [call(0, "find"), call(1, "say")], ["Yes. [1]"], results={"find": ToolResult("y" * 50, (long,)), "say": ToolResult("z")}, limits=Limits(tool_chars=100)
    )
    await ask(scene)
    assert [block["text"] for message in scene.calls[1][-2:] for block in message.content] == ["y" * 50 + "\n" + NO_ROOM, NO_ROOM]
    assert scene.offered == [["find", "say"], []]


async def test_late_in_its_time_a_run_looks_no_further():
    scene = scene_of(["Yes. [1]"], results={"find": ToolResult("x")}, tools_until=0.0)
    await ask(scene)
    assert scene.offered == [[]]


async def test_a_run_that_used_up_its_tokens_ends_in_words():
    scene = scene_of([call(0, "find")], ["Yes. [1]"], results={"find": ToolResult("x")}, limits=Limits(tokens=110))
    with pytest.raises(RunTokensSpent, match="110 tokens of the 110"):
        await ask(scene)
    assert len(scene.calls) == 1


async def test_a_run_that_cost_what_it_may_ends_in_words():
    limits = Limits(money=Decimal("0.1"), price_of=lambda read, wrote: Decimal(read + wrote) / 1000)
    scene = scene_of([call(0, "find")], ["Yes. [1]"], results={"find": ToolResult("x")}, limits=limits)
    with pytest.raises(RunMoneySpent, match="cost as much"):
        await ask(scene)
    assert len(scene.calls) == 1


def test_a_model_without_a_price_is_not_free_where_money_is_counted():
    with pytest.raises(RunMoneySpent, match="not known"):
        Limits(money=Decimal(1)).require_more(Spent())
    Limits(money=Decimal(1), price_of=lambda read, wrote: Decimal(0)).require_more(Spent(5, 5))


async def test_a_follow_ups_tokens_count_too():
    scene = scene_of(["Where does it run?"], ["Yes. [1]"], limits=Limits(tokens=110))
    with pytest.raises(RunTokensSpent):
        await ask(scene, "And it?", history=(Turn("Where does Quire run?", "On Linux."),))


async def test_with_tools_a_question_is_asked_though_nothing_was_found():
    scene = scene_of([call(0, "count")], ["It is 4."], results={"count": ToolResult("4")}, passages=())
    assert (await ask(scene, "What is 2 + 2?")).text == "It is 4."
    assert scene.calls[0][-1].content == [{"type": "text", "text": "No passages were found for this question.\n\nWhat is 2 + 2?"}]


async def test_an_empty_result_is_told_in_words():
    scene = scene_of([call(0, "find")], ["Yes. [1]"], results={"find": ToolResult()})
    await ask(scene)
    assert scene.calls[1][-1].content == [{"type": "text", "text": "Nothing was found."}]


async def test_a_stop_ends_tools_at_once_and_asks_nothing_more():
    never = Silence()
    scene = scene_of([call(0, "find")], results={"find": never})
    asking = asyncio.create_task(ask(scene))
    await never.reached.wait()
    scene.stop.set()
    outcome = await asyncio.wait_for(asking, 1)
    assert (outcome.text, outcome.is_stopped, len(scene.calls)) == ("", True, 1)


async def test_small_talk_is_offered_no_tools():
    scene = scene_of(["Good day."], results={"find": ToolResult("x")})
    await ask(scene, "hello")
    assert scene.offered == [[]]


async def test_the_summary_is_told_before_the_last_turns_as_a_models_words():
    scene = scene_of(["Yes. [1]"], results={"find": ToolResult("x")})
    await ask(scene, "How large may an uploaded file be?", summary="They spoke of Linux.", history=())
    assert [(message.role, message.content) for message in scene.calls[0][1:3]] == [
        ("user", "Sum up our conversation so far."),
        ("assistant", "They spoke of Linux."),
    ]
