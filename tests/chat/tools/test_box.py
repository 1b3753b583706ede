"""Each call is checked, timed, cut, and answered in words; only changed rights and the database end a run."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import OperationalError

from apps.chat.errors import RightsChanged
from apps.chat.graph.context import ToolResult
from apps.chat.services.asker import Asker
from apps.chat.tools import TOOLS, box
from apps.chat.tools.arguments import Text
from apps.chat.tools.base import ModelTool
from apps.chat.tools.box import RunToolbox
from apps.common.errors import Invalid, LimitExceeded
from apps.gateway.types import ToolCall
from tests.chat.graph.scene import passage
from tests.chat.stage import shelve

pytestmark = pytest.mark.django_db(transaction=True)


def tool_of(does, permission="chat.ask", **fields):
    """A tool of the tests, which does what it is told to."""

    def build(who):
        async def use(arguments, key):
            await who()
            return await does(arguments, key)

        return use

    return ModelTool("planted", permission, build, description="", say=lambda arguments: "Doing it", **fields)


@pytest.fixture
def plant(monkeypatch):
    def put(does, **fields):
        monkeypatch.setitem(TOOLS, "planted", tool_of(does, **fields))

    return put


def names(toolbox):
    return [spec["function"]["name"] for spec in toolbox.offered]


async def says(arguments, key):
    return ToolResult(f"key {key}")


def test_tools_are_offered_by_the_right_they_need(box_of, bob_reader):
    assert names(box_of(bob_reader)) == ["search_documents", "read_document", "list_documents", "calculate", "today"]
    assert names(box_of(replace(bob_reader, permissions=frozenset({"chat.ask"})))) == ["calculate", "today"]


async def test_what_is_not_offered_cannot_be_called(use, bob_reader, plant):
    plant(says, permission="workspace.manage")
    reader = replace(bob_reader, permissions=frozenset({"chat.ask", "document.view"}))
    for name in ("planted", "complete", "search", "rm", ""):
        result = await use(reader, name)
        assert result.is_error
        assert result.text == "There is no such tool. There are: search_documents, read_document, list_documents, calculate, today."


async def test_a_right_lost_since_then_is_told_to_the_model(box_of, bob_reader, plant):
    plant(says, permission="workspace.manage")
    toolbox = box_of(replace(bob_reader, permissions=bob_reader.permissions | {"workspace.manage"}))
    toolbox._asker = Asker(replace(bob_reader, permissions=bob_reader.permissions - {"workspace.manage"}))
    result = await toolbox.use(ToolCall("id", "planted", "{}"), 0)
    assert result == ToolResult("This needs the right workspace.manage. Ask an administrator of the workspace.", is_error=True)


async def test_a_wrong_argument_is_told_to_the_model_and_nothing_is_done(use, bob_reader, plant):
    done = []

    async def does(arguments, key):
        done.append(arguments)
        return ToolResult()

    plant(does, fields=(Text("query", ""),))
    assert await use(bob_reader, "planted", query=5) == ToolResult("query has to be a text.", is_error=True)
    assert done == []
    await use(bob_reader, "planted", query="x")
    assert done == [{"query": "x"}]


async def test_a_tool_with_side_effects_gets_a_key_of_the_run_the_place_and_what_is_asked(bob_reader, plant):
    plant(says, fields=(Text("to", "", is_required=False),), has_side_effects=True)
    run_id, asked = uuid4(), [("{}", 3), ("{}", 3), ("{}", 4), ('{"to": "bob"}', 3)]
    keys = [(await RunToolbox(bob_reader, Asker(bob_reader), run_id).use(ToolCall("id", "planted", said), place)).text for said, place in asked]
    assert keys[0] == keys[1]
    assert keys[0].startswith(f"key {run_id}:3:")
    assert len(set(keys)) == 3


async def test_one_without_gets_none(use, bob_reader, plant):
    plant(says)
    assert (await use(bob_reader, "planted")).text == "key "


@pytest.mark.parametrize(
    ("error", "words"),
    [(Invalid("Not so."), "Not so."), (LimitExceeded("", retry_after=1), "That was too much in too short a time"), (ValueError("secret"), "planted failed.")],
)
async def test_errors_are_told_to_the_model_and_no_traceback_is(use, bob_reader, plant, error, words, caplog):
    async def fails(arguments, key):
        raise error

    plant(fails)
    assert await use(bob_reader, "planted") == ToolResult(words, is_error=True)
    assert ("tool.crashed" in caplog.text) == isinstance(error, ValueError)


async def test_a_slow_tool_is_ended(use, bob_reader, plant, monkeypatch):
    async def sleeps(arguments, key):
        await asyncio.Event().wait()

    monkeypatch.setattr(box, "CALL_SECONDS", 0.01)
    plant(sleeps)
    assert "took longer than" in (await use(bob_reader, "planted")).text


@pytest.mark.parametrize("error", [RightsChanged("Gone."), OperationalError()])
async def test_changed_rights_and_the_database_end_the_run(use, bob_reader, plant, error):
    async def fails(arguments, key):
        raise error

    plant(fails)
    with pytest.raises(type(error)):
        await use(bob_reader, "planted")


async def test_what_was_found_meanwhile_and_may_be_seen_no_more_ends_the_run(use, alice_reader, bob_reader, plant):
    from apps.common.db import run_db

    hidden = (await run_db(lambda: shelve(alice_reader, "Secret.", access="restricted")))[0]

    async def finds(arguments, key):
        return ToolResult(passages=(passage(hidden.pk, "Secret."),))

    async def names_it(arguments, key):
        return ToolResult("Secret", documents=(str(hidden.version.document_id),))

    for does in (finds, names_it):
        plant(does)
        with pytest.raises(RightsChanged):
            await use(bob_reader, "planted")


async def test_what_is_too_long_is_cut_and_said_to_be(use, bob_reader, plant):
    async def speaks(arguments, key):
        return ToolResult("x" * 50, (passage(1, "y" * 30), passage(2, "z" * 30)))

    plant(speaks, chars_max=40)
    result = await use(bob_reader, "planted")
    assert result.text == "x" * 40 + "\n(Cut here: there is more. Ask for less at a time.)"
    assert [one.text for one in result.passages] == ["y" * 30]


@pytest.mark.parametrize(
    ("name", "arguments", "stage"),
    [
        ("search_documents", '{"query": "the limit"}', ("tool.search_documents", "Searching for “the limit”")),
        ("read_document", '{"document": "a"}', ("tool.read_document", "Reading a document")),
        ("read_document", '{"document": "a", "from_page": 3}', ("tool.read_document", "Reading on from page 3 of a document")),
        ("list_documents", "", ("tool.list_documents", "Looking through the list of documents")),
        ("list_documents", '{"query": "a"}', ("tool.list_documents", "Looking for documents named “a”")),
        ("calculate", '{"expression": "1"}', ("tool.calculate", "Calculating")),
        ("today", "{}", ("tool.today", "Looking up today's date")),
        ("today", "{", ("tool.today", "Trying again")),
        ("rm -rf", "{}", ("tool.unknown", "Trying something that is not there")),
    ],
)
def test_a_call_is_told_in_a_line(box_of, bob_reader, name, arguments, stage):
    assert box_of(bob_reader).describe(ToolCall("id", name, arguments)) == stage


def test_the_line_stays_a_line(box_of, bob_reader):
    _, words = box_of(bob_reader).describe(ToolCall("id", "search_documents", '{"query": "' + "long " * 90 + '"}'))
    assert len(words) <= box.STAGE_CHARS


async def test_sums_and_dates_need_no_library(use, bob_reader, monkeypatch):
    from datetime import UTC, datetime

    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert (await use(bob_reader, "calculate", expression="2 ** 8")).text == "2 ** 8 = 256"
    assert (await use(bob_reader, "calculate", expression="1 / 0")).text == "The expression divides by zero."
    assert (await use(bob_reader, "today")).text == "Today is Tuesday, 1 December 2026 (2026-12-01), in the time zone UTC."


async def test_a_search_of_the_models_own_is_the_askers(use, bob_reader, stage, shelf):
    result = await use(bob_reader, "search_documents", query="the limit")
    assert [one.text for one in result.passages] == [one.text for one in shelf]
    assert stage.questions == ["the limit"]
    assert stage.readers == [bob_reader]
