"""A connected model that uses tools, over real HTTP, from the question to the stored answer."""

import json
from decimal import Decimal

import pytest

from apps.chat.models import Citation, RunEvent
from apps.gateway.services import complete
from tests.chat.conftest import LIMIT
from tests.fakes.scripts import Status, Tool, error_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model(fake_llm, stage, monkeypatch):
    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    return fake_llm


def see_through(run, carry_out):
    carry_out()
    run.refresh_from_db()
    run.answer.refresh_from_db()


def test_a_model_searches_once_more_and_cites_what_it_found(run, stage, shelf, carry_out, model):
    stage.passages = shelf[:1]
    model.enqueue([Tool(0, "a", "read_document", '{"docu'), Tool(0, arguments='ment": "Handbook"}')], ["The limit is 50 megabytes a file. [2]"])
    see_through(run, carry_out)
    assert run.answer.text == "The limit is 50 megabytes a file. [1]"
    assert Citation.objects.get().passage_id == shelf[1].pk
    first, second = (request.body for request in model.requests)
    assert [tool["function"]["name"] for tool in first["tools"]] == ["search_documents", "read_document", "list_documents", "calculate", "today"]
    told = second["messages"][-1]
    assert (told["role"], told["tool_call_id"]) == ("tool", "a")
    passage = f'<passage number="2" title="Handbook" place="page 3">\n{LIMIT}\n</passage>'
    assert told["content"] == f"<tool_result>\nAlready given above, as passage 1.\n\n{passage}\n</tool_result>"
    stages = [one.payload for one in RunEvent.objects.filter(type="stage.changed")]
    assert {"stage": "tool.read_document", "text": "Reading a document"} in stages


def test_a_server_that_refuses_tools_is_asked_without_them(run, shelf, carry_out, model, caplog):
    model.enqueue([Status(400, error_body("tools are not supported"))], ["Quire runs on Linux. [1]"])
    see_through(run, carry_out)
    assert run.answer.text == "Quire runs on Linux. [1]"
    assert ["tools" in request.body for request in model.requests] == [True, False]
    assert "model.refused_tools" in caplog.text


def test_what_it_refuses_without_tools_too_is_an_error(run, shelf, carry_out, model, settings):
    settings.QUIRE_LLM_TOOLS = False
    model.enqueue([Status(400, error_body("no"))])
    see_through(run, carry_out)
    assert (run.state, run.error_code) == ("failed", "request_refused")
    assert [request.body.get("tools") for request in model.requests] == [None]


def test_no_rounds_are_no_tools(run, shelf, carry_out, model, settings):
    settings.QUIRE_RUN_ROUNDS = 0
    see_through(run, carry_out)
    assert "tools" not in model.requests[0].body
    assert run.trace["prompts"][0] == "answer.v1"
    assert "tools.v1" not in run.trace["prompts"]


def test_a_run_that_used_up_its_tokens_says_so(run, shelf, carry_out, model, settings):
    settings.QUIRE_RUN_TOKENS = 1
    model.enqueue([Tool(0, "a", "today", "{}")])
    see_through(run, carry_out)
    assert (run.state, run.error_code) == ("failed", "run_tokens_spent")
    assert len(model.requests) == 1


def test_a_run_that_cost_what_it_may_says_so(run, shelf, carry_out, model, settings):
    settings.QUIRE_RUN_MONEY = Decimal("0.000001")
    settings.QUIRE_LLM_PRICE_IN = settings.QUIRE_LLM_PRICE_OUT = Decimal(10)
    model.enqueue([Tool(0, "a", "today", "{}")])
    see_through(run, carry_out)
    assert (run.state, run.error_code) == ("failed", "run_money_spent")


def test_without_a_price_no_answer_is_begun_where_money_is_counted(run, shelf, carry_out, model, settings):
    settings.QUIRE_RUN_MONEY = Decimal(1)
    see_through(run, carry_out)
    assert run.error_code == "run_money_spent"
    assert model.requests == []


def test_a_sum_is_calculated_by_a_tool(run, shelf, carry_out, model):
    model.enqueue([Tool(0, "a", "calculate", json.dumps({"expression": "3 * 4"}))], ["12."])
    see_through(run, carry_out)
    assert "3 * 4 = 12" in model.requests[1].body["messages"][-1]["content"]
    assert run.answer.text == "12."
